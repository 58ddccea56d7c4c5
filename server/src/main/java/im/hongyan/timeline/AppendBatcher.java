package im.hongyan.timeline;

import im.hongyan.async.Batcher;
import im.hongyan.async.Promises;
import im.hongyan.protocol.ConversationId;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.timeline.LogStore.Outcome;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: collects the next batch while one is being stored. An idle lane stores at once, a busy one stores
 * larger batches, and nothing waits for a timer.
 *
 * <p>A conversation always uses the same lane, so that its entries are committed and published in one order.
 * Thread-safe.
 *
 * <p>If the connection breaks during a batch, its outcome is unknown. The lane stores the batch again with the same
 * client ids, which finds the entries that are stored already. When its deadline passes, a sender gets {@code
 * unavailable}, whatever the lane waits for; an entry that may be stored anyway is passed to {@code doubted}.
 */
final class AppendBatcher {
    /**
     * Bounds of one lane.
     *
     * @param waiting the number of entries that may wait; further ones are refused
     * @param waitingBytes the total size of their contents
     * @param deadlineMs the time until a sender gets an answer, shorter than a client's timeout
     * @param retryMs the pause between two attempts to store a batch whose outcome is unknown
     */
    record Limits(int waiting, long waitingBytes, long deadlineMs, long retryMs) {
        static final Limits DEFAULTS = new Limits(10_000, 16 << 20, 8_500, 200);
    }

    private static final Logger LOG = LoggerFactory.getLogger(AppendBatcher.class);
    private static final int MAX_BATCH = 256;
    private static final int MAX_BATCH_BYTES = 1 << 20;
    private static final long WATCH_MS = 250;

    private record Waiting(NewEntry newEntry, Promise<Appended> promise, long deadline) {
        boolean isOverdue(long now) {
            return deadline - now <= 0;
        }
    }

    /** Collects a batch. A retry that waits behind its own original is left for the next one. */
    private static final class Rows implements Batcher.Batch<Waiting> {
        private final List<Waiting> all = new ArrayList<>();
        private final Set<NewEntry.Key> keys = new HashSet<>();
        private long bytes;

        @Override
        public boolean add(Waiting waiting) {
            bytes += waiting.newEntry.weight();
            boolean full = all.size() == MAX_BATCH || (bytes > MAX_BATCH_BYTES && !all.isEmpty());
            return !full && keys.add(waiting.newEntry.key()) && all.add(waiting);
        }
    }

    /** @param again whether an attempt with an unknown outcome came before */
    private record Batch(List<Waiting> rows, boolean again) {}

    private final Vertx vertx;
    private final LogStore store;
    private final LogMetrics metrics;
    private final Limits limits;
    private final BiConsumer<NewEntry, Appended> committed;
    private final Consumer<NewEntry> doubted;

    private final Batcher<Waiting, Rows> batcher;
    private final AtomicBoolean watched = new AtomicBoolean();
    /** The rows in flight that are still to be stored after PostgreSQL refused their batch as a whole. */
    private final Deque<Batch> parts = new ArrayDeque<>();

    private List<Waiting> underWay = List.of();
    /** Completes when all rows under way are stored or refused. */
    private Promise<Void> processed = Promise.promise();

    /**
     * @param committed called for each entry after its commit, in the order of the log; also for one that is not
     *     {@code fresh} if the answer to an earlier attempt was lost, because it may not have been published yet
     * @param doubted called for entries whose senders got an error, and that may be stored anyway
     */
    AppendBatcher(
            Vertx vertx,
            LogStore store,
            LogMetrics metrics,
            Limits limits,
            BiConsumer<NewEntry, Appended> committed,
            Consumer<NewEntry> doubted) {
        this.vertx = vertx;
        this.store = store;
        this.metrics = metrics;
        this.limits = limits;
        this.committed = committed;
        this.doubted = doubted;
        this.batcher = new Batcher<>(
                limits.waiting,
                limits.waitingBytes,
                waiting -> waiting.newEntry.weight(),
                Rows::new,
                this::process,
                Runnable::run);
    }

    Future<Appended> append(NewEntry newEntry) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limits.deadlineMs);
        Waiting waiting = new Waiting(newEntry, Promise.promise(), deadline);
        if (!batcher.offer(waiting)) {
            return Future.failedFuture(TimelineErrors.busy());
        }
        if (!watched.get() && watched.compareAndSet(false, true)) {
            watch();
        }
        return waiting.promise.future();
    }

    int queued() {
        return batcher.queued();
    }

    private Future<Void> process(Rows rows) {
        Promise<Void> done = Promise.promise();
        synchronized (this) {
            underWay = rows.all;
            processed = done;
        }
        store(new Batch(rows.all, false));
        return done.future();
    }

    /** Stores the next part of the batch under way, or lets the batcher go on if there is none. */
    private void storeNext() {
        Batch part;
        Promise<Void> done;
        synchronized (this) {
            part = parts.poll();
            done = processed;
            if (part == null) {
                underWay = List.of();
            }
        }
        if (part == null) {
            done.complete();
        } else {
            store(part);
        }
    }

    private void store(Batch batch) {
        long started = System.nanoTime();
        attempt(batch.rows).onComplete(done -> {
            metrics.batch(batch.rows.size(), System.nanoTime() - started);
            if (done.succeeded()) {
                settle(batch, done.result());
                storeNext();
            } else {
                failed(batch, done.cause());
            }
        });
    }

    private Future<List<Outcome>> attempt(List<Waiting> rows) {
        try {
            return store.append(rows.stream().map(Waiting::newEntry).toList());
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private void settle(Batch batch, List<Outcome> outcomes) {
        for (int i = 0; i < outcomes.size(); i++) {
            Waiting waiting = batch.rows.get(i);
            if (outcomes.get(i) instanceof Outcome.Stored stored) {
                if (stored.appended().fresh() || batch.again) {
                    publish(waiting.newEntry, stored.appended());
                }
                Promises.complete(waiting.promise, stored.appended());
            } else if (outcomes.get(i) instanceof Outcome.Refused refused) {
                Promises.fail(waiting.promise, refused.rejection());
            }
        }
    }

    /** If publishing fails, the push is late, and the lane continues. */
    private void publish(NewEntry newEntry, Appended appended) {
        try {
            committed.accept(newEntry, appended);
        } catch (RuntimeException e) {
            LOG.error("a stored entry could not be published, trying again later", e);
            doubted.accept(newEntry);
        }
    }

    private void failed(Batch batch, Throwable cause) {
        boolean unavailable = cause instanceof StoreUnavailable;
        boolean unknown = cause instanceof StoreUnavailable away && !away.outcomeKnown();
        if (unknown || (unavailable && batch.again)) {
            retryLater(batch.rows);
        } else if (isLocked(cause) && separate(batch)) {
            storeNext();
        } else if (unavailable || batch.rows.size() == 1) {
            batch.rows.forEach(waiting -> Promises.fail(waiting.promise, cause));
            storeNext();
        } else {
            LOG.warn("a batch of {} was refused as a whole, storing its halves", batch.rows.size(), cause);
            halve(batch);
            storeNext();
        }
    }

    /** Another transaction holds one of the conversations for longer than the lock timeout. */
    private static boolean isLocked(Throwable cause) {
        return cause instanceof StoreUnavailable refused && refused.locked();
    }

    /**
     * Gives each conversation a batch of its own, so that the others do not wait for the one that is locked.
     *
     * @return false if there is one conversation only
     */
    private synchronized boolean separate(Batch batch) {
        Map<ConversationId, List<Waiting>> byConversation = new LinkedHashMap<>();
        for (Waiting waiting : batch.rows) {
            byConversation
                    .computeIfAbsent(waiting.newEntry.conversation(), id -> new ArrayList<>())
                    .add(waiting);
        }
        if (byConversation.size() < 2) {
            return false;
        }
        byConversation.values().forEach(rows -> parts.push(new Batch(rows, batch.again)));
        return true;
    }

    /** PostgreSQL does not say which row it failed on. Halving finds it, and stores the others. */
    private synchronized void halve(Batch batch) {
        int middle = batch.rows.size() / 2;
        parts.push(new Batch(batch.rows.subList(middle, batch.rows.size()), batch.again));
        parts.push(new Batch(batch.rows.subList(0, middle), batch.again));
    }

    private void retryLater(List<Waiting> rows) {
        long now = System.nanoTime();
        List<Waiting> left = new ArrayList<>(rows.size());
        for (Waiting waiting : rows) {
            if (waiting.isOverdue(now)) {
                doubted.accept(waiting.newEntry);
                Promises.fail(waiting.promise, TimelineErrors.away());
            } else {
                left.add(waiting);
            }
        }
        if (left.isEmpty()) {
            storeNext();
        } else {
            vertx.timer(limits.retryMs, TimeUnit.MILLISECONDS).onSuccess(none -> store(new Batch(left, true)));
        }
    }

    private void watch() {
        vertx.timer(WATCH_MS, TimeUnit.MILLISECONDS).onSuccess(none -> refuseOverdue());
    }

    /** Refuses entries that wait behind a batch that hangs, so that none is stored after its sender got an error. */
    private void refuseOverdue() {
        long now = System.nanoTime();
        List<Waiting> overdue = batcher.drainWhile(waiting -> waiting.isOverdue(now));
        synchronized (this) {
            underWay.stream().filter(waiting -> waiting.isOverdue(now)).forEach(overdue::add);
        }
        overdue.forEach(waiting -> Promises.fail(waiting.promise, TimelineErrors.away()));
        watched.set(false);
        if (!batcher.isIdle() && watched.compareAndSet(false, true)) {
            watch();
        }
    }
}
