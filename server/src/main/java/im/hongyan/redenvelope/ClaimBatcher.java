package im.hongyan.redenvelope;

import im.hongyan.async.Batcher;
import im.hongyan.async.Promises;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit of claims: while PostgreSQL processes one batch, the next one is collected. All claims of an envelope go
 * through the same batcher, so that batches of one node do not wait for each other's locks.
 *
 * <p>Claims are idempotent, so a batch with an unknown outcome is repeated until the deadline. A claim that has timed
 * out may still be committed; a later request for it then returns the share. Thread-safe.
 */
final class ClaimBatcher {
    private static final int MAX_BATCH = 256;
    private static final int MAX_QUEUED = 20_000;
    private static final long DEADLINE_MS = 8_500;
    private static final long RETRY_MS = 200;

    record Result(ClaimRequest request, ClaimOutcome outcome) {}

    private record Key(EnvelopeId envelope, UserId user) {}

    private record Waiting(ClaimRequest request, Promise<ClaimOutcome> promise, long deadline) {
        boolean isOverdue() {
            return deadline - System.nanoTime() <= 0;
        }

        Key key() {
            return new Key(request.envelope(), request.user());
        }
    }

    /**
     * Collects a batch: each user and envelope once. A repeated request shares the answer of the first one, so that
     * retries do not shrink batches.
     */
    private static final class Rows implements Batcher.Batch<Waiting> {
        private final Map<Key, Waiting> byKey = new LinkedHashMap<>();
        private final List<Waiting> overdue = new ArrayList<>(0);

        @Override
        public boolean add(Waiting waiting) {
            if (byKey.size() == MAX_BATCH) {
                return false;
            }
            if (waiting.isOverdue()) {
                return overdue.add(waiting);
            }
            Waiting first = byKey.putIfAbsent(waiting.key(), waiting);
            if (first == null) {
                return true;
            }
            if (!first.request.equals(waiting.request)) {
                return false;
            }
            first.promise.future().map(ClaimBatcher::repeated).onComplete(waiting.promise);
            return true;
        }
    }

    /**
     * @param id stays the same when the batch is repeated, so that PostgreSQL recognizes the claims of earlier attempts
     * @param retried whether an earlier attempt had an unknown outcome
     */
    private record Batch(UUID id, List<Waiting> rows, boolean retried) {
        Batch half(int from, int to) {
            return new Batch(id, List.copyOf(rows.subList(from, to)), retried);
        }
    }

    /** Processes the batches. */
    interface Target {
        /**
         * @param id of the batch; the same for each of its attempts
         * @return an outcome for each request, in order
         */
        Future<List<ClaimOutcome>> claim(UUID id, List<ClaimRequest> batch);

        /** Called after each successful batch, before the users get their answers. */
        void completed(List<Result> results);
    }

    private static final Logger LOG = LoggerFactory.getLogger(ClaimBatcher.class);

    private final Vertx vertx;
    private final Target target;
    private final Batcher<Waiting, Rows> batcher = new Batcher<>(MAX_QUEUED, Rows::new, this::process);
    /** After a batch has failed as a whole: its parts that are still to be claimed. */
    private final Queue<Batch> halves = new ArrayDeque<>();
    /** Completes when all requests of the current batch have an outcome. */
    private Promise<Void> processed = Promise.promise();

    ClaimBatcher(Vertx vertx, Target target) {
        this.vertx = vertx;
        this.target = target;
    }

    /** Fails with {@code unavailable} if the queue is full or there is no outcome in time. */
    Future<ClaimOutcome> claim(ClaimRequest request) {
        Waiting waiting =
                new Waiting(request, Promise.promise(), System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DEADLINE_MS));
        if (!batcher.offer(waiting)) {
            return Future.failedFuture(
                    Rejection.unavailable("envelope.busy", "too many requests to open envelopes; try again", 1_000));
        }
        return waiting.promise
                .future()
                .timeout(DEADLINE_MS, TimeUnit.MILLISECONDS)
                .recover(failure -> Future.failedFuture(failure instanceof TimeoutException ? timedOut() : failure));
    }

    int queued() {
        return batcher.queued();
    }

    private Future<Void> process(Rows rows) {
        rows.overdue.forEach(waiting -> Promises.fail(waiting.promise, timedOut()));
        if (rows.byKey.isEmpty()) {
            return Future.succeededFuture();
        }
        Promise<Void> done = Promise.promise();
        synchronized (this) {
            processed = done;
        }
        claim(new Batch(Id.next(), List.copyOf(rows.byKey.values()), false));
        return done.future();
    }

    /** Claims the next part of the current batch, or ends the batch if there is none. */
    private void claimNext() {
        Batch half;
        Promise<Void> done;
        synchronized (this) {
            half = halves.poll();
            done = processed;
        }
        if (half == null) {
            done.complete();
        } else {
            claim(half);
        }
    }

    /** The outcome for a repeated request. */
    private static ClaimOutcome repeated(ClaimOutcome outcome) {
        return outcome instanceof ClaimOutcome.Claimed claimed
                ? new ClaimOutcome.Claimed(claimed.share(), false, claimed.taken(), claimed.remaining())
                : outcome;
    }

    private void claim(Batch batch) {
        Future<List<ClaimOutcome>> attempt;
        try {
            attempt = target.claim(
                    batch.id, batch.rows.stream().map(Waiting::request).toList());
        } catch (RuntimeException e) {
            attempt = Future.failedFuture(e);
        }
        attempt.onComplete(done -> {
            if (done.succeeded()) {
                complete(batch, done.result());
                claimNext();
            } else {
                failed(batch, done.cause());
            }
        });
    }

    /**
     * The allocator is updated before the users get their answers, because a user may open the envelope again at once.
     */
    private void complete(Batch batch, List<ClaimOutcome> outcomes) {
        List<Result> results = new ArrayList<>(outcomes.size());
        for (int i = 0; i < outcomes.size(); i++) {
            results.add(new Result(batch.rows.get(i).request, outcomes.get(i)));
        }
        try {
            target.completed(results);
        } catch (RuntimeException e) {
            LOG.error("the results of a batch of claims could not be reported", e);
        }
        for (int i = 0; i < outcomes.size(); i++) {
            Promises.complete(batch.rows.get(i).promise, outcomes.get(i));
        }
    }

    private void failed(Batch batch, Throwable cause) {
        boolean unavailable = cause instanceof StoreUnavailable;
        boolean unknown = cause instanceof StoreUnavailable away && !away.outcomeKnown();
        boolean locked = cause instanceof StoreUnavailable lock && lock.locked();
        if (unknown || (unavailable && batch.retried)) {
            retryLater(batch);
        } else if (batch.rows.size() > 1 && (!unavailable || locked)) {
            // Halves the batch, so that one invalid request, or a lock on one envelope, does not fail the others.
            synchronized (this) {
                int middle = batch.rows.size() / 2;
                halves.add(batch.half(0, middle));
                halves.add(batch.half(middle, batch.rows.size()));
            }
            claimNext();
        } else {
            batch.rows.forEach(waiting -> Promises.fail(waiting.promise, cause));
            claimNext();
        }
    }

    private void retryLater(Batch batch) {
        List<Waiting> left = new ArrayList<>(batch.rows.size());
        for (Waiting waiting : batch.rows) {
            if (waiting.isOverdue()) {
                Promises.fail(waiting.promise, timedOut());
            } else {
                left.add(waiting);
            }
        }
        if (left.isEmpty()) {
            claimNext();
        } else {
            vertx.timer(RETRY_MS, TimeUnit.MILLISECONDS).onSuccess(none -> claim(new Batch(batch.id, left, true)));
        }
    }

    private static Rejection timedOut() {
        return Rejection.unavailable("store.unavailable", "the share could not be claimed in time; try again", 1_000);
    }
}
