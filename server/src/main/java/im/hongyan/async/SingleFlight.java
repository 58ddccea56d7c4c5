package im.hongyan.async;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Shares work between callers: each key has at most one flight (one execution of the work) at a time. The flight's key
 * is free before its result is handed out. Thread-safe.
 */
public final class SingleFlight<K, V> {
    private static final class Flight<V> {
        private final Promise<V> result = Promise.promise();
        private final Supplier<Future<V>> work;
        /** Starts when this one has landed; null if no caller wants it. */
        private Flight<V> next;

        Flight(Supplier<Future<V>> work) {
            this.work = work;
        }
    }

    private final Map<K, Flight<V>> flights = new HashMap<>();

    /** Joins the flight that is under way, or starts one. */
    public Future<V> join(K key, Supplier<Future<V>> work) {
        Flight<V> mine;
        synchronized (flights) {
            Flight<V> current = flights.get(key);
            if (current != null) {
                return current.result.future();
            }
            mine = new Flight<>(work);
            flights.put(key, mine);
        }
        start(key, mine);
        return mine.result.future();
    }

    /**
     * Joins the flight after the one that is under way, or starts one at once. So the result is never older than the
     * call: a read sees whatever was committed before it.
     */
    public Future<V> joinNext(K key, Supplier<Future<V>> work) {
        Flight<V> mine;
        synchronized (flights) {
            Flight<V> current = flights.get(key);
            if (current != null) {
                if (current.next == null) {
                    current.next = new Flight<>(work);
                }
                return current.next.result.future();
            }
            mine = new Flight<>(work);
            flights.put(key, mine);
        }
        start(key, mine);
        return mine.result.future();
    }

    private void start(K key, Flight<V> flight) {
        // Inside a future, so that work that throws fails its callers instead of blocking the key.
        Future.succeededFuture().compose(none -> flight.work.get()).onComplete(landed -> {
            Flight<V> next;
            synchronized (flights) {
                next = flight.next;
                if (next == null) {
                    flights.remove(key);
                } else {
                    flights.put(key, next);
                }
            }
            if (next != null) {
                start(key, next);
            }
            flight.result.handle(landed);
        });
    }
}
