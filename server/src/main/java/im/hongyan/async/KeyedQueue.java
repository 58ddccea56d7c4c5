package im.hongyan.async;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Bounds concurrency per key and queues the excess in FIFO order, so that a busy key cannot starve the others.
 * Thread-safe.
 *
 * @param <K> the key, such as a user or a conversation
 */
public final class KeyedQueue<K> {
    /** @param started completes when the work leaves the queue */
    private record Waiting(Promise<Void> started, Runnable work) {
        void start() {
            started.complete();
            work.run();
        }
    }

    /** The work of one key; present in the map while any of it runs or waits. */
    private static final class Work {
        private int running;
        private boolean draining;
        private final Queue<Waiting> queue = new ArrayDeque<>();
    }

    private final int maxConcurrent;
    private final int maxWaiting;
    private final long maxWaitNanos;
    private final Supplier<? extends Throwable> refusal;
    private final Map<K, Work> byKey = new HashMap<>();

    /**
     * @param maxConcurrent the maximum number of tasks of one key in progress
     * @param maxWaiting the maximum number of tasks of one key that wait besides
     * @param maxWait how long work may wait before it is refused
     * @param refusal the failure of work that finds the queue full or waits for too long
     */
    public KeyedQueue(int maxConcurrent, int maxWaiting, Duration maxWait, Supplier<? extends Throwable> refusal) {
        this.maxConcurrent = maxConcurrent;
        this.maxWaiting = maxWaiting;
        this.maxWaitNanos = maxWait.toNanos();
        this.refusal = refusal;
    }

    /**
     * Runs {@code work} when it is its turn: at once on the caller's thread, or later on the thread that ended the work
     * before it. Fails with the refusal if the queue is full, or on the caller's context after {@code maxWait}, also
     * if the work before it hangs.
     */
    public <T> Future<T> submit(K key, Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        Waiting waiting = null;
        Work ofKey;
        synchronized (byKey) {
            ofKey = byKey.computeIfAbsent(key, none -> new Work());
            // New work never overtakes waiting work.
            if (ofKey.running < maxConcurrent && !ofKey.draining && ofKey.queue.isEmpty()) {
                ofKey.running++;
            } else if (ofKey.queue.size() >= maxWaiting) {
                return Future.failedFuture(refusal.get());
            } else {
                waiting = new Waiting(Promises.onCallersContext(), () -> run(key, work, promise));
                ofKey.queue.add(waiting);
            }
        }
        if (waiting == null) {
            run(key, work, promise);
        } else {
            refuseLater(ofKey, waiting, promise);
        }
        return promise.future();
    }

    private void refuseLater(Work ofKey, Waiting waiting, Promise<?> promise) {
        waiting.started.future().timeout(maxWaitNanos, TimeUnit.NANOSECONDS).onFailure(late -> {
            boolean removed;
            synchronized (byKey) {
                removed = ofKey.queue.remove(waiting);
            }
            if (removed) {
                promise.fail(refusal.get());
            }
        });
    }

    private <T> void run(K key, Supplier<Future<T>> work, Promise<T> promise) {
        Future<T> result;
        try {
            result = work.get();
        } catch (RuntimeException | Error e) {
            result = Future.failedFuture(e);
        }
        result.onComplete(done -> {
            ended(key);
            // A listener that throws must not end the loop that starts waiting work.
            if (done.succeeded()) {
                Promises.complete(promise, done.result());
            } else {
                Promises.fail(promise, done.cause());
            }
        });
    }

    /** One thread at a time starts waiting work, in a loop, so that work that ends at once does not nest. */
    private void ended(K key) {
        Work ofKey;
        synchronized (byKey) {
            ofKey = byKey.get(key);
            ofKey.running--;
            if (ofKey.draining) {
                return;
            }
            ofKey.draining = true;
        }
        while (startNext(key, ofKey)) {}
    }

    private boolean startNext(K key, Work ofKey) {
        Waiting next;
        synchronized (byKey) {
            next = ofKey.running < maxConcurrent ? ofKey.queue.poll() : null;
            if (next != null) {
                ofKey.running++;
            } else {
                ofKey.draining = false;
                if (ofKey.running == 0) {
                    byKey.remove(key);
                }
            }
        }
        if (next != null) {
            next.start();
        }
        return next != null;
    }
}
