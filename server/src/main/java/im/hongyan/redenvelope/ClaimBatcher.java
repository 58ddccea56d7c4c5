package im.hongyan.redenvelope;

import im.hongyan.async.Batcher;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.Claim.Outcome;
import im.hongyan.redenvelope.Claim.Wanted;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit of claims: one batch is with PostgreSQL while the next one gathers, as the log's lanes do. An idle lane
 * claims at once. An envelope always takes the same lane, so that a node's own batches do not wait for each other.
 *
 * <p>Claiming is safe to repeat. So what was lost on the way to an answer is claimed again until the deadline; after it the
 * claim may be there all the same, and whoever asks again is told of it. Thread-safe.
 */
final class ClaimBatcher {
    private static final int MAX_BATCH = 256;
    private static final int MAX_WAITING = 20_000;
    private static final long DEADLINE_MS = 8_500;
    private static final long RETRY_MS = 200;

    /** @param again after an attempt whose outcome is unknown: what is there by now may be of that one */
    record Settled(Wanted wanted, Outcome outcome, boolean again) {}

    private record Key(EnvelopeId envelope, UserId user) {}

    private record Waiting(Wanted wanted, Promise<Outcome> promise, long deadline) {
        boolean isOverdue() {
            return deadline - System.nanoTime() <= 0;
        }

        Key key() {
            return new Key(wanted.envelope(), wanted.user());
        }
    }

    /**
     * Collects a batch: each user and envelope once. A repeated request shares the answer of the first one, so that retries
     * do not shrink batches.
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
            if (!first.wanted.equals(waiting.wanted)) {
                return false;
            }
            first.promise.future().map(ClaimBatcher::before).onComplete(waiting.promise);
            return true;
        }
    }

    private record Batch(List<Waiting> rows, boolean again) {
        Batch half(int from, int to) {
            return new Batch(List.copyOf(rows.subList(from, to)), again);
        }
    }

    /** What a batch is given to, and what is told of each that is through. */
    interface Claims {
        Future<List<Outcome>> claim(List<Wanted> wanted);

        void settled(List<Settled> settled);
    }

    private static final Logger LOG = LoggerFactory.getLogger(ClaimBatcher.class);

    private final Vertx vertx;
    private final Claims claims;
    private final Batcher<Waiting, Rows> batcher = new Batcher<>(MAX_WAITING, Rows::new, this::process);
    /** Of the batch under way, the halves that are still to be claimed after it failed as a whole. */
    private final Queue<Batch> halves = new ArrayDeque<>();
    /** Completes when all rows under way are claimed or refused. */
    private Promise<Void> processed = Promise.promise();

    ClaimBatcher(Vertx vertx, Claims claims) {
        this.vertx = vertx;
        this.claims = claims;
    }

    /** @return fails with {@code unavailable} if there is no answer in time */
    Future<Outcome> claim(Wanted wanted) {
        Waiting waiting =
                new Waiting(wanted, Promise.promise(), System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DEADLINE_MS));
        if (!batcher.offer(waiting)) {
            return Future.failedFuture(Rejection.unavailable("envelope.busy", "too many people open envelopes", 1_000));
        }
        return waiting.promise
                .future()
                .timeout(DEADLINE_MS, TimeUnit.MILLISECONDS)
                .recover(failure -> Future.failedFuture(failure instanceof TimeoutException ? away() : failure));
    }

    int queued() {
        return batcher.queued();
    }

    private Future<Void> process(Rows rows) {
        rows.overdue.forEach(waiting -> waiting.promise.tryFail(away()));
        if (rows.byKey.isEmpty()) {
            return Future.succeededFuture();
        }
        Promise<Void> done = Promise.promise();
        synchronized (this) {
            processed = done;
        }
        claim(new Batch(List.copyOf(rows.byKey.values()), false));
        return done.future();
    }

    /** Claims the next half of the batch under way, or lets the batcher go on if there is none. */
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

    /** As it is for who asks once more. */
    private static Outcome before(Outcome outcome) {
        return outcome instanceof Outcome.Has has
                ? new Outcome.Has(has.share(), false, has.taken(), has.remaining())
                : outcome;
    }

    private void claim(Batch batch) {
        Future<List<Outcome>> attempt;
        try {
            attempt = claims.claim(batch.rows.stream().map(Waiting::wanted).toList());
        } catch (RuntimeException e) {
            attempt = Future.failedFuture(e);
        }
        attempt.onComplete(done -> {
            if (done.succeeded()) {
                settle(batch, done.result());
                claimNext();
            } else {
                failed(batch, done.cause());
            }
        });
    }

    /** The gate is told before whoever asked: he may ask it again at once. */
    private void settle(Batch batch, List<Outcome> outcomes) {
        List<Settled> settled = new ArrayList<>(outcomes.size());
        for (int i = 0; i < outcomes.size(); i++) {
            settled.add(new Settled(batch.rows.get(i).wanted, outcomes.get(i), batch.again));
        }
        try {
            claims.settled(settled);
        } catch (RuntimeException e) {
            LOG.error("claimed shares could not be handed on", e);
        }
        for (int i = 0; i < outcomes.size(); i++) {
            batch.rows.get(i).promise.tryComplete(outcomes.get(i));
        }
    }

    private void failed(Batch batch, Throwable cause) {
        boolean unavailable = cause instanceof StoreUnavailable;
        boolean unknown = cause instanceof StoreUnavailable away && !away.outcomeKnown();
        boolean inTheWay = cause instanceof StoreUnavailable refused && refused.locked();
        if (unknown || (unavailable && batch.again)) {
            retryLater(batch);
        } else if (batch.rows.size() > 1 && (!unavailable || inTheWay)) {
            // One row that PostgreSQL cannot stand, or somebody's lock on one envelope, is not to stop the others.
            synchronized (this) {
                int middle = batch.rows.size() / 2;
                halves.add(batch.half(0, middle));
                halves.add(batch.half(middle, batch.rows.size()));
            }
            claimNext();
        } else {
            batch.rows.forEach(waiting -> waiting.promise.tryFail(cause));
            claimNext();
        }
    }

    private void retryLater(Batch batch) {
        List<Waiting> left = new ArrayList<>(batch.rows.size());
        for (Waiting waiting : batch.rows) {
            if (waiting.isOverdue()) {
                waiting.promise.tryFail(away());
            } else {
                left.add(waiting);
            }
        }
        if (left.isEmpty()) {
            claimNext();
        } else {
            vertx.timer(RETRY_MS, TimeUnit.MILLISECONDS).onSuccess(none -> claim(new Batch(left, true)));
        }
    }

    private static Rejection away() {
        return Rejection.unavailable("store.unavailable", "the share could not be claimed in time; ask again", 1_000);
    }
}
