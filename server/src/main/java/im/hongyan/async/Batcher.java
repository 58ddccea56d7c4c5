package im.hongyan.async;

import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: processes one batch at a time and collects the next one meanwhile. An idle batcher processes an item at
 * once, a busy one processes more items per batch; nothing waits for a timer. Items are processed in the order in which
 * they were offered. Thread-safe.
 *
 * @param <T> an item; it carries its own promise if its sender wants an answer
 * @param <B> a batch, which decides how many items it takes
 */
public final class Batcher<T, B extends Batcher.Batch<T>> {
    private static final Logger LOG = LoggerFactory.getLogger(Batcher.class);

    /** A batch while it is collected: bounds its size, and may merge items that belong together. */
    @FunctionalInterface
    public interface Batch<T> {
        /**
         * Takes the item, or leaves it and all that follow for the next batch. The first item must be taken. Called
         * under the batcher's lock, so it must not call back.
         *
         * @return whether the item was taken
         */
        boolean add(T item);
    }

    private final int maxQueued;
    private final long maxQueuedWeight;
    private final ToLongFunction<? super T> weight;
    private final Supplier<B> newBatch;
    private final Function<? super B, ? extends Future<?>> process;
    private final Executor executor;
    private final Runnable run = this::run;

    private final Queue<T> queue = new ArrayDeque<>();
    private long queuedWeight;
    private boolean busy;

    /** A batcher whose items all weigh the same, and that processes a batch on the thread that triggers it. */
    public Batcher(int maxQueued, Supplier<B> newBatch, Function<? super B, ? extends Future<?>> process) {
        this(maxQueued, Long.MAX_VALUE, item -> 0, newBatch, process, Runnable::run);
    }

    /**
     * @param maxQueued the maximum number of items that wait for the next batch
     * @param maxQueuedWeight the maximum total weight of the waiting items, such as bytes
     * @param weight of an item; must not change while the item waits
     * @param newBatch makes an empty batch
     * @param process answers the items of a batch; the next batch is processed when the future completes. It should not
     *     fail: a failure is logged, and the batcher goes on
     * @param executor collects and processes each batch, such as {@code Runnable::run} or an event loop. What is
     *     offered before it runs joins the batch
     */
    public Batcher(
            int maxQueued,
            long maxQueuedWeight,
            ToLongFunction<? super T> weight,
            Supplier<B> newBatch,
            Function<? super B, ? extends Future<?>> process,
            Executor executor) {
        this.maxQueued = maxQueued;
        this.maxQueuedWeight = maxQueuedWeight;
        this.weight = weight;
        this.newBatch = newBatch;
        this.process = process;
        this.executor = executor;
    }

    /**
     * Queues an item, and processes it at once if the batcher is idle.
     *
     * @return false if the queue is full; the item is then refused
     */
    public boolean offer(T item) {
        boolean idle;
        synchronized (this) {
            long itemWeight = weight.applyAsLong(item);
            if (queue.size() >= maxQueued || queuedWeight + itemWeight > maxQueuedWeight) {
                return false;
            }
            idle = enqueue(item, itemWeight);
        }
        if (idle) {
            executor.execute(run);
        }
        return true;
    }

    /**
     * Queues an item without a bound.
     *
     * @return whether the batcher was idle; then the caller must {@link #run} it, without the executor
     */
    synchronized boolean enqueue(T item) {
        return enqueue(item, weight.applyAsLong(item));
    }

    private boolean enqueue(T item, long itemWeight) {
        queue.add(item);
        queuedWeight += itemWeight;
        boolean idle = !busy;
        busy = true;
        return idle;
    }

    /**
     * Processes batches until one is under way or nothing is left. A loop, so that batches that end at once do not
     * nest.
     */
    void run() {
        for (B batch = next(); batch != null; batch = next()) {
            Future<?> processed = process(batch);
            if (!processed.isComplete()) {
                processed.onComplete(done -> executor.execute(run));
                return;
            }
        }
    }

    /** If a batch throws, only the item being added is lost, and the batcher continues. */
    private synchronized B next() {
        while (!queue.isEmpty()) {
            try {
                B batch = newBatch.get();
                if (fill(batch)) {
                    return batch;
                }
                LOG.error("an empty batch rejected an item, which is dropped");
            } catch (RuntimeException e) {
                LOG.error("an item cannot be added to a batch and is dropped", e);
            }
            dequeue();
        }
        busy = false;
        return null;
    }

    /** Adds as many items as the batch takes. Throws only if it has taken none. */
    private boolean fill(B batch) {
        boolean taken = false;
        try {
            for (T item = queue.peek(); item != null && batch.add(item); item = queue.peek()) {
                dequeue();
                taken = true;
            }
        } catch (RuntimeException e) {
            if (!taken) {
                throw e;
            }
            LOG.error("an item cannot be added to a batch", e);
        }
        return taken;
    }

    private T dequeue() {
        T item = queue.remove();
        queuedWeight -= weight.applyAsLong(item);
        return item;
    }

    private Future<?> process(B batch) {
        Future<?> processed;
        try {
            processed = process.apply(batch);
        } catch (RuntimeException | Error e) {
            processed = Future.failedFuture(e);
        }
        return processed.onFailure(failure -> LOG.error("a batch could not be processed", failure));
    }

    /**
     * Removes waiting items from the head of the queue, up to the first one that does not match.
     *
     * @param condition called under the lock
     * @return the removed items in order; the caller answers them
     */
    public synchronized List<T> drainWhile(Predicate<? super T> condition) {
        List<T> removed = new ArrayList<>();
        while (!queue.isEmpty() && condition.test(queue.peek())) {
            removed.add(dequeue());
        }
        return removed;
    }

    /** The number of items that wait for the next batch. */
    public synchronized int queued() {
        return queue.size();
    }

    /** Whether no batch is in flight and no item waits. */
    public synchronized boolean isIdle() {
        return !busy;
    }
}
