package im.hongyan.async;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Has work of one kind wait for its own, in order, rather than for what everybody needs: a busy conversation, or a person who
 * asks for much at once, holds up nobody else. Thread-safe.
 *
 * @param <K> what shares a line
 */
public final class KeyedQueue<K> {
    /** @param begun is done when its turn has come */
    private record Waiting(Promise<Void> begun, Runnable work) {
        void begin() {
            begun.complete();
            work.run();
        }
    }

    private static final class Line {
        private int running;
        private boolean draining;
        private final Queue<Waiting> queue = new ArrayDeque<>();
    }

    private final int maxConcurrent;
    private final int maxWaiting;
    private final long maxWaitNanos;
    private final Supplier<? extends Throwable> refusal;
    private final Map<K, Line> lines = new HashMap<>();

    /**
     * @param maxConcurrent how much of a line is worked on at a time
     * @param maxWaiting of a line, besides
     * @param refusal of what finds no place in its line, or has no turn within {@code maxWait}
     */
    public KeyedQueue(int maxConcurrent, int maxWaiting, Duration maxWait, Supplier<? extends Throwable> refusal) {
        this.maxConcurrent = maxConcurrent;
        this.maxWaiting = maxWaiting;
        this.maxWaitNanos = maxWait.toNanos();
        this.refusal = refusal;
    }

    /**
     * Runs {@code work} when it has its turn: at once on the caller's thread, or later on that of whoever's work ended before;
     * refuses it if too many wait, or, on the caller's context, if it has waited for too long, whatever those before it do.
     */
    public <T> Future<T> take(K key, Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        Waiting waiting = null;
        Line line;
        synchronized (lines) {
            line = lines.computeIfAbsent(key, none -> new Line());
            // Nor past those who wait: what is begun is begun in its order.
            if (line.running < maxConcurrent && !line.draining && line.queue.isEmpty()) {
                line.running++;
            } else if (line.queue.size() >= maxWaiting) {
                return Future.failedFuture(refusal.get());
            } else {
                waiting = new Waiting(onCallersContext(), () -> run(key, work, promise));
                line.queue.add(waiting);
            }
        }
        if (waiting == null) {
            run(key, work, promise);
        } else {
            refuseLater(line, waiting, promise);
        }
        return promise.future();
    }

    /** So that the timers of all callers are not one thread's. */
    private static Promise<Void> onCallersContext() {
        Context caller = Vertx.currentContext();
        return caller == null ? Promise.promise() : ((ContextInternal) caller).promise();
    }

    private void refuseLater(Line line, Waiting waiting, Promise<?> promise) {
        waiting.begun.future().timeout(maxWaitNanos, TimeUnit.NANOSECONDS).onFailure(late -> {
            boolean withdrawn;
            synchronized (lines) {
                withdrawn = line.queue.remove(waiting);
            }
            if (withdrawn) {
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
            if (done.succeeded()) {
                promise.complete(done.result());
            } else {
                promise.fail(done.cause());
            }
        });
    }

    /**
     * One thread at a time begins what waits, in a loop: of work that ends where it begins, each would otherwise begin the next
     * one inside itself.
     */
    private void ended(K key) {
        Line line;
        synchronized (lines) {
            line = lines.get(key);
            line.running--;
            if (line.draining) {
                return;
            }
            line.draining = true;
        }
        while (beginNext(key, line)) {}
    }

    private boolean beginNext(K key, Line line) {
        Waiting next;
        synchronized (lines) {
            next = line.running < maxConcurrent ? line.queue.poll() : null;
            if (next != null) {
                line.running++;
            } else {
                line.draining = false;
                if (line.running == 0) {
                    lines.remove(key);
                }
            }
        }
        if (next != null) {
            next.begin();
        }
        return next != null;
    }
}
