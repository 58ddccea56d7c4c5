package im.hongyan.async;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Reads that many share. Of one key there is one at a time; whoever asks meanwhile shares the next one, and so sees whatever
 * was committed before he asked. Thread-safe.
 */
public final class SingleFlight<K, V> {
    private record Read<V>(Promise<V> promise, Supplier<Future<V>> work) {}

    /** Under each key that is read now: the read after it, or null. */
    private final Map<K, Read<V>> next = new HashMap<>();

    public Future<V> fresh(K key, Supplier<Future<V>> work) {
        Read<V> mine;
        synchronized (next) {
            if (next.containsKey(key)) {
                Read<V> waiting = next.computeIfAbsent(key, none -> new Read<>(Promise.promise(), work));
                return waiting.promise.future();
            }
            mine = new Read<>(Promise.promise(), work);
            next.put(key, null);
        }
        begin(key, mine);
        return mine.promise.future();
    }

    private void begin(K key, Read<V> read) {
        Future.succeededFuture().compose(none -> read.work.get()).onComplete(done -> {
            Read<V> following;
            synchronized (next) {
                following = next.remove(key);
                if (following != null) {
                    next.put(key, null);
                }
            }
            if (following != null) {
                begin(key, following);
            }
            read.promise.handle(done);
        });
    }
}
