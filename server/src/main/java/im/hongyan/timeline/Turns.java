package im.hongyan.timeline;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Has transactions wait for each other here rather than for one of the few connections that everybody's need: those on
 * one conversation, which would hold them at its lock, so that one busy conversation would stop all others; and those of
 * one person, who may be in many conversations. Thread-safe.
 *
 * @param <K> what shares a line
 */
final class Turns<K> {
    /** As long as PostgreSQL would let it wait for the lock. */
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(3);

    private record Waiting(long since, Runnable start, Runnable refuse) {
        boolean isLate() {
            return System.nanoTime() - since > LONGEST_WAIT_NANOS;
        }
    }

    private static final class Line {
        private int running;
        private final Queue<Waiting> queue = new ArrayDeque<>();
    }

    private final int atOnce;
    private final int mostWaiting;
    private final Supplier<Rejection> refusal;
    private final Map<K, Line> lines = new HashMap<>();

    private Turns(int atOnce, int mostWaiting, Supplier<Rejection> refusal) {
        this.atOnce = atOnce;
        this.mostWaiting = mostWaiting;
        this.refusal = refusal;
    }

    /** One works, and one is at the lock when the other has committed. */
    static Turns<ConversationId> ofConversations() {
        return new Turns<>(2, 1_000, Refusals::busy);
    }

    static Turns<UserId> ofPeople() {
        return new Turns<>(2, 100, Refusals::tooManyChanges);
    }

    /** Runs {@code work} when it has its turn; refuses it if too many wait, or if its turn comes too late. */
    <T> Future<T> take(K key, Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        Waiting waiting =
                new Waiting(System.nanoTime(), () -> run(key, work, promise), () -> promise.fail(refusal.get()));
        synchronized (lines) {
            Line line = lines.computeIfAbsent(key, none -> new Line());
            if (line.running >= atOnce) {
                if (line.queue.size() >= mostWaiting) {
                    return Future.failedFuture(refusal.get());
                }
                line.queue.add(waiting);
                return promise.future();
            }
            line.running++;
        }
        waiting.start.run();
        return promise.future();
    }

    private <T> void run(K key, Supplier<Future<T>> work, Promise<T> promise) {
        Future<T> result;
        try {
            result = work.get();
        } catch (RuntimeException e) {
            result = Future.failedFuture(e);
        }
        result.onComplete(done -> {
            next(key);
            if (done.succeeded()) {
                promise.complete(done.result());
            } else {
                promise.fail(done.cause());
            }
        });
    }

    private void next(K key) {
        List<Waiting> late = new ArrayList<>();
        Waiting next;
        synchronized (lines) {
            Line line = lines.get(key);
            for (next = line.queue.poll(); next != null && next.isLate(); next = line.queue.poll()) {
                late.add(next);
            }
            if (next == null && --line.running == 0) {
                lines.remove(key);
            }
        }
        late.forEach(waiting -> waiting.refuse.run());
        if (next != null) {
            next.start.run();
        }
    }
}
