package im.hongyan.async;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Bounds the total concurrency and takes the excess from the keys in turn (fair queuing), so that a busy key delays
 * only its own work. Each key has a line (a FIFO queue). If too much work is pending, the newest work of the longest
 * line is refused. Thread-safe.
 *
 * @param <K> the key, such as a client's network
 */
public final class FairQueue<K> {
    /** @param start runs the work */
    private record Task(long since, Runnable start, Promise<?> promise) {}

    private final int maxConcurrent;
    private final int maxPending;
    private final long maxWaitNanos;
    private final Supplier<? extends Throwable> refusal;
    /** The waiting work by key; the first key is the next to be served. No line is empty. */
    private final Map<K, Deque<Task>> lines = new LinkedHashMap<>();

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
        Task refused;
        synchronized (this) {
            lines.computeIfAbsent(key, none -> new ArrayDeque<>())
                    .addLast(new Task(System.nanoTime(), () -> run(work, promise), promise));
            waiting++;
            refused = running + waiting > maxPending ? removeNewestOfLongest(key) : null;
        }
        if (refused != null) {
            refused.promise().fail(refusal.get());
        }
        startNext();
        return promise.future();
    }

    /** @param last the key whose work is refused if several lines are equally long */
    private Task removeNewestOfLongest(K last) {
        K longest = last;
        for (Map.Entry<K, Deque<Task>> line : lines.entrySet()) {
            if (line.getValue().size() > lines.get(longest).size()) {
                longest = line.getKey();
            }
        }
        Task removed = lines.get(longest).removeLast();
        waiting--;
        if (lines.get(longest).isEmpty()) {
            lines.remove(longest);
        }
        return removed;
    }

    private void startNext() {
        List<Task> late = new ArrayList<>();
        Task next = null;
        synchronized (this) {
            while (next == null && running < maxConcurrent && waiting > 0) {
                Task first = removeFirst();
                if (System.nanoTime() - first.since() > maxWaitNanos) {
                    late.add(first);
                } else {
                    next = first;
                    running++;
                }
            }
        }
        late.forEach(task -> task.promise().fail(refusal.get()));
        if (next != null) {
            next.start().run();
        }
    }

    /** The first task of the next key, whose other work then waits for all other keys. */
    private Task removeFirst() {
        K key = lines.keySet().iterator().next();
        Deque<Task> line = lines.remove(key);
        Task first = line.removeFirst();
        waiting--;
        if (!line.isEmpty()) {
            lines.put(key, line);
        }
        return first;
    }

    private <T> void run(Supplier<Future<T>> work, Promise<T> promise) {
        Future<T> result;
        try {
            result = work.get();
        } catch (RuntimeException failure) {
            result = Future.failedFuture(failure);
        }
        result.onComplete(done -> {
            synchronized (this) {
                running--;
            }
            try {
                promise.handle(done);
            } finally {
                // Also if a listener throws.
                startNext();
            }
        });
    }
}
