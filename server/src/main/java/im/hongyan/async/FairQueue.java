package im.hongyan.async;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Bounds the total concurrency and takes the excess from the keys in turn (fair queuing), so that a busy key delays
 * only its own work. Each key has a FIFO queue. If too much work is pending, the newest work of the longest queue is
 * refused. Thread-safe.
 *
 * @param <K> the key, such as a client's network
 */
public final class FairQueue<K> {
    private record Task<T>(long since, Supplier<Future<T>> work, Promise<T> promise) {}

    private final int maxConcurrent;
    private final int maxPending;
    private final long maxWaitNanos;
    private final Supplier<? extends Throwable> refusal;
    /** The waiting work by key; the first key is served next. No queue is empty. */
    private final Map<K, Deque<Task<?>>> queues = new LinkedHashMap<>();

    private int running;
    private int waiting;

    /**
     * @param maxConcurrent the maximum number of tasks in progress
     * @param maxPending the maximum number of tasks in progress and waiting
     * @param maxWait work that has waited for longer is refused when it is its turn
     * @param refusal the failure of work that is refused
     */
    public FairQueue(int maxConcurrent, int maxPending, Duration maxWait, Supplier<? extends Throwable> refusal) {
        this.maxConcurrent = maxConcurrent;
        this.maxPending = maxPending;
        this.maxWaitNanos = maxWait.toNanos();
        this.refusal = refusal;
    }

    /** Runs {@code work} in its turn: now on the caller's thread, or later on the thread that completed other work. */
    public <T> Future<T> submit(K key, Supplier<Future<T>> work) {
        Promise<T> promise = Promises.onCallersContext();
        Task<?> refused;
        synchronized (this) {
            queues.computeIfAbsent(key, none -> new ArrayDeque<>())
                    .addLast(new Task<>(System.nanoTime(), work, promise));
            waiting++;
            refused = running + waiting > maxPending ? removeNewestOfLongest(key) : null;
        }
        if (refused != null) {
            Promises.fail(refused.promise(), refusal.get());
        }
        startWaiting();
        return promise.future();
    }

    /** @param last the key whose work is refused if several queues are equally long */
    private Task<?> removeNewestOfLongest(K last) {
        K longest = last;
        for (Map.Entry<K, Deque<Task<?>>> each : queues.entrySet()) {
            if (each.getValue().size() > queues.get(longest).size()) {
                longest = each.getKey();
            }
        }
        Task<?> removed = queues.get(longest).removeLast();
        waiting--;
        if (queues.get(longest).isEmpty()) {
            queues.remove(longest);
        }
        return removed;
    }

    /** Starts work in a loop, so that work that completes immediately does not recurse. */
    private void startWaiting() {
        Task<?> next = removeFirst();
        while (next != null) {
            if (System.nanoTime() - next.since() > maxWaitNanos) {
                ended(next.promise(), Future.failedFuture(refusal.get()));
            } else {
                start(next);
            }
            next = removeFirst();
        }
    }

    /** The first task of the next key, which then moves to the end of the line; null if no task may start. */
    private synchronized Task<?> removeFirst() {
        if (running >= maxConcurrent || waiting == 0) {
            return null;
        }
        K key = queues.keySet().iterator().next();
        Deque<Task<?>> queue = queues.remove(key);
        Task<?> first = queue.removeFirst();
        waiting--;
        running++;
        if (!queue.isEmpty()) {
            queues.put(key, queue);
        }
        return first;
    }

    private <T> void start(Task<T> task) {
        Future<T> result;
        try {
            result = task.work().get();
        } catch (RuntimeException | Error failure) {
            result = Future.failedFuture(failure);
        }
        if (result.isComplete()) {
            ended(task.promise(), result);
        } else {
            result.onComplete(done -> {
                ended(task.promise(), done);
                startWaiting();
            });
        }
    }

    private <T> void ended(Promise<T> promise, AsyncResult<T> result) {
        synchronized (this) {
            running--;
        }
        if (result.succeeded()) {
            Promises.complete(promise, result.result());
        } else {
            Promises.fail(promise, result.cause());
        }
    }
}
