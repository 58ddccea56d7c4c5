package im.hongyan.redenvelope;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.async.LogThrottle;
import im.hongyan.async.SingleFlight;
import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.Claim.Outcome;
import im.hongyan.redenvelope.Claim.Taken;
import im.hongyan.redenvelope.Claim.Wanted;
import im.hongyan.redenvelope.EnvelopeStore.Holdings;
import im.hongyan.redenvelope.ShareAllocator.Answer;
import im.hongyan.redenvelope.ShareAllocator.Reservation;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The grab: who gets which share of an envelope. The gate turns the crowd away and gives each winner an index; a batch of
 * winners is claimed in PostgreSQL, which alone decides; the opener is answered after the commit.
 *
 * <p>What the gate gets wrong is put right by what PostgreSQL says, and after a few tries, or without the gate, PostgreSQL
 * picks the share itself. Once nothing can be taken from an envelope any more, what each has of it is final, and is answered
 * from memory. Thread-safe.
 */
final class EnvelopeOpening {
    /** What somebody is told who opens an envelope. */
    sealed interface Opened {
        /** @param again he had it before */
        record Share(long amount, boolean again) implements Opened {}

        record Empty() implements Opened {}

        record Expired() implements Opened {}
    }

    /** What is told of shares after their commit, each once. */
    interface Listener {
        /**
         * @param taken how many shares of the envelope are claimed by now
         * @param remaining fen that are left in it
         */
        void claimed(EnvelopeSpec envelope, List<Taken> shares, int taken, long remaining);
    }

    /**
     * Who has what of an envelope.
     *
     * @param closed nothing can be had of it any more
     * @param exhausted because all is taken; or else what was left went back
     */
    private record Holders(boolean closed, boolean exhausted, Map<UserId, Long> amounts) {
        static Holders of(Holdings all) {
            return new Holders(all.isClosed(), all.isExhausted(), all.amounts());
        }

        /** Nothing, while it is not certain that he has none and gets none: a claim of his may be under way. */
        Optional<Opened> of(UserId user) {
            Long amount = amounts.get(user);
            if (amount != null) {
                return Optional.of(new Opened.Share(amount, true));
            }
            if (!closed) {
                return Optional.empty();
            }
            return Optional.of(exhausted ? new Opened.Empty() : new Opened.Expired());
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(EnvelopeOpening.class);
    private static final int LANES = 2;
    /** Of the gate; then PostgreSQL picks. */
    private static final int TRIES = 4;

    /** A share that a gate calls taken, and PostgreSQL free, for so long is one that the gate has lost. */
    private static final Duration STUCK = Duration.ofSeconds(15);

    /** For so long the crowd waits until what is reserved is claimed; then PostgreSQL gives away what is not. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final long LOOK_AGAIN_MS = 25;

    private static final int MAX_REMEMBERED = 100_000;
    private static final int MAX_SHARES_REMEMBERED = 2_000_000;

    private final Vertx vertx;
    private final EnvelopeStore store;
    private final ShareAllocator gate;
    private final Listener listener;
    private final EnvelopeMetrics metrics;
    private final ClaimBatcher[] lanes = new ClaimBatcher[LANES];
    private final LogThrottle seldom = new LogThrottle();

    private final Cache<EnvelopeId, EnvelopeSpec> terms =
            Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).build();
    private final Cache<EnvelopeId, Holders> over = Caffeine.newBuilder()
            .maximumWeight(MAX_SHARES_REMEMBERED)
            .weigher((EnvelopeId id, Holders one) -> 4 + one.amounts().size())
            .build();
    /** Whether an envelope is over is looked at once a second, and not by each of a crowd. */
    private final Cache<EnvelopeId, Boolean> checked = Caffeine.newBuilder()
            .maximumSize(MAX_REMEMBERED)
            .expireAfterWrite(Duration.ofSeconds(1))
            .build();
    /** Since when how many shares of an envelope are claimed, while the gate said that it has none. */
    private final Cache<EnvelopeId, Stuck> stuck;

    private final Duration stuckAfter;
    private final Duration patience;

    private record Stuck(int taken, long since) {}

    private final SingleFlight<EnvelopeId, Void> builds = new SingleFlight<>();
    private final Map<EnvelopeId, Future<Void>> pauses = new ConcurrentHashMap<>();
    private final SingleFlight<EnvelopeId, Holders> reads = new SingleFlight<>();

    EnvelopeOpening(Vertx vertx, EnvelopeStore store, ShareAllocator gate, Listener listener, EnvelopeMetrics metrics) {
        this(vertx, store, gate, listener, metrics, STUCK, PATIENCE);
    }

    /**
     * @param stuckAfter how long a share may be neither free nor claimed; longer than a reservation takes to be gone on with
     * @param patience how long somebody is kept waiting while the gate is empty, and not all is claimed
     */
    EnvelopeOpening(
            Vertx vertx,
            EnvelopeStore store,
            ShareAllocator gate,
            Listener listener,
            EnvelopeMetrics metrics,
            Duration stuckAfter,
            Duration patience) {
        this.vertx = vertx;
        this.patience = patience;
        this.store = store;
        this.gate = gate;
        this.listener = listener;
        this.metrics = metrics;
        this.stuckAfter = stuckAfter;
        stuck = Caffeine.newBuilder()
                .maximumSize(MAX_REMEMBERED)
                .expireAfterAccess(stuckAfter.multipliedBy(4))
                .build();
        for (int i = 0; i < LANES; i++) {
            lanes[i] = new ClaimBatcher(vertx, new Batches());
        }
        metrics.queues(List.of(lanes));
    }

    /** What of an envelope never changes; fails with {@code envelope.not_found}. */
    Future<EnvelopeSpec> terms(EnvelopeId id) {
        EnvelopeSpec known = terms.getIfPresent(id);
        if (known != null) {
            return Future.succeededFuture(known);
        }
        return store.terms(id).map(found -> {
            EnvelopeSpec read = found.orElseThrow(EnvelopeErrors::notFound);
            terms.put(id, read);
            return read;
        });
    }

    /** Gives somebody a share. Whether he may ask was looked at before; PostgreSQL looks again. */
    Future<Opened> open(EnvelopeSpec envelope, UserId user) {
        return remembered(envelope, user)
                .map(Future::succeededFuture)
                .orElseGet(() -> attempt(envelope, user, 0))
                .onSuccess(metrics::opened);
    }

    /** Goes on with reservations of which nobody knows what became, as of a node that died. */
    Future<Void> goOn(long ageMs) {
        return gate.overdue(ageMs).compose(reservations -> {
            metrics.overdue(reservations.size());
            List<Future<?>> all = new ArrayList<>();
            reservations.forEach(one -> all.add(terms(one.envelope())
                    .compose(envelope -> attempt(envelope, one.user(), 0))
                    .<Void>mapEmpty()
                    .recover(EnvelopeOpening::forgivenIfRefused)
                    // Also of one that the gate itself has forgotten.
                    .compose(none -> gate.settled(List.of(one))
                            .onFailure(EnvelopeOpening::leaveForLater)
                            .otherwiseEmpty())));
            return all.isEmpty() ? Future.succeededFuture() : Future.join(all).mapEmpty();
        });
    }

    /** For good: as when the database was put back to an earlier state, and Redis holds reservations of what never was. */
    private static Future<Void> forgivenIfRefused(Throwable failure) {
        return failure instanceof Rejection refusal && refusal.kind() != ErrorKind.UNAVAILABLE
                ? Future.succeededFuture()
                : Future.failedFuture(failure);
    }

    /** The database holds another history. */
    void forget() {
        terms.invalidateAll();
        over.invalidateAll();
    }

    private Future<Opened> attempt(EnvelopeSpec envelope, UserId user, int tries) {
        // Its end is judged by PostgreSQL's clock; ours only says that there is no need of a gate any more.
        if (tries >= TRIES || isLate(envelope)) {
            return claim(envelope, user, null, tries);
        }
        return gate.take(envelope, user)
                .<Answer>map(answer -> answer)
                .recover(failure -> withoutGate(failure))
                .compose(answer -> {
                    if (answer == null) {
                        return claim(envelope, user, null, tries);
                    } else if (answer instanceof Answer.Index index) {
                        return claim(envelope, user, index.idx(), tries);
                    } else if (answer instanceof Answer.Unbuilt) {
                        return build(envelope).compose(none -> attempt(envelope, user, tries + 1));
                    }
                    return emptied(envelope, user, tries, System.nanoTime());
                });
    }

    /** Null stands for no answer: PostgreSQL goes by itself. */
    private Future<Answer> withoutGate(Throwable failure) {
        if (failure instanceof Rejection) {
            // It is not away, but there are more people than it can be asked for: nor could PostgreSQL.
            return Future.failedFuture(failure);
        }
        if (!(failure instanceof StoreUnavailable)) {
            seldom.log(passed -> LOG.error("the gate failed ({} more like it before)", passed, failure));
        }
        return Future.succeededFuture(null);
    }

    private Future<Opened> claim(EnvelopeSpec envelope, UserId user, Integer idx, int tries) {
        if (idx == null) {
            metrics.slow();
        }
        return lanes[Math.floorMod(envelope.id().hashCode(), LANES)]
                .claim(new Wanted(envelope.id(), user, idx))
                .compose(outcome -> {
                    if (outcome instanceof Outcome.Has has) {
                        if (has.remaining() == 0) {
                            ended(envelope);
                        }
                        return Future.succeededFuture(
                                new Opened.Share(has.share().amount(), !has.fresh()));
                    } else if (outcome instanceof Outcome.NotThatOne) {
                        return attempt(envelope, user, tries + 1);
                    } else if (outcome instanceof Outcome.Empty) {
                        ended(envelope);
                        return Future.succeededFuture(new Opened.Empty());
                    } else if (outcome instanceof Outcome.Refused refused) {
                        return Future.failedFuture(EnvelopeErrors.of(refused.why()));
                    } else if (idx != null) {
                        // A claim of his that began in time may be under way: without an index, PostgreSQL waits for
                        // it.
                        return claim(envelope, user, null, tries);
                    }
                    return late(envelope, user);
                });
    }

    /** Its time is over, and he has nothing of it: whether that is because all was taken, the claims say. */
    private Future<Opened> late(EnvelopeSpec envelope, UserId user) {
        return remembered(envelope, user).map(Future::succeededFuture).orElseGet(() -> holders(envelope)
                .map(holders -> holders.exhausted() ? new Opened.Empty() : new Opened.Expired()));
    }

    /** Who has what, of a read that begins later than now. */
    private Future<Holders> holders(EnvelopeSpec envelope) {
        return reads.joinNext(envelope.id(), () -> read(envelope).map(Holders::of));
    }

    /** One at a time on this node: a crowd meets a gate that is not built yet. */
    private Future<Void> build(EnvelopeSpec envelope) {
        return builds.join(envelope.id(), () -> store.state(envelope.id()).compose(state -> {
                    Map<UserId, Integer> claimed = new HashMap<>();
                    state.ifPresent(found -> found.claims().forEach(taken -> claimed.put(taken.user(), taken.idx())));
                    metrics.built();
                    return gate.build(envelope, claimed);
                }))
                // Without Redis after all: the next attempt finds out, and goes without.
                .recover(failure ->
                        failure instanceof StoreUnavailable ? Future.succeededFuture() : Future.failedFuture(failure));
    }

    /**
     * The gate says that nothing is left. It may not know of a share that he has, or that another node claims for him just
     * now, so he is told so only when all is claimed: then nothing can become his any more. The crowd shares a read at a
     * time, until the answer comes from memory. What is not claimed for long, PostgreSQL gives to whoever waits for it.
     */
    private Future<Opened> emptied(EnvelopeSpec envelope, UserId user, int tries, long since) {
        return reads.joinNext(envelope.id(), () -> read(envelope)
                        .onSuccess(all -> noteLoss(envelope, all))
                        .map(Holders::of))
                .compose(holders -> {
                    Optional<Opened> answer = holders.of(user);
                    if (answer.isPresent()) {
                        return Future.succeededFuture(answer.get());
                    }
                    if (System.nanoTime() - since > patience.toNanos() || isLate(envelope)) {
                        return claim(envelope, user, null, tries);
                    }
                    return pause(envelope.id()).compose(none -> remembered(envelope, user)
                            .map(Future::succeededFuture)
                            .orElseGet(() -> emptied(envelope, user, tries, since)));
                });
    }

    private Future<Void> pause(EnvelopeId id) {
        return pauses.computeIfAbsent(id, none -> {
            Promise<Void> over = Promise.promise();
            vertx.setTimer(LOOK_AGAIN_MS, fired -> {
                pauses.remove(id);
                over.complete();
            });
            return over.future();
        });
    }

    private Optional<Opened> remembered(EnvelopeSpec envelope, UserId user) {
        Holders end = over.getIfPresent(envelope.id());
        return end == null ? Optional.empty() : end.of(user);
    }

    /** By this node's clock, which decides nothing. */
    private static boolean isLate(EnvelopeSpec envelope) {
        return !Instant.now().isBefore(envelope.expiresAt());
    }

    /** The gate says that nothing is left: true once all is claimed; before, the last are on their way. */
    private void noteLoss(EnvelopeSpec envelope, Holdings all) {
        if (all.isClosed()) {
            return;
        }
        int taken = all.amounts().size();
        Stuck before = stuck.get(envelope.id(), none -> new Stuck(taken, System.nanoTime()));
        if (before.taken() != taken) {
            stuck.put(envelope.id(), new Stuck(taken, System.nanoTime()));
        } else if (System.nanoTime() - before.since() > stuckAfter.toNanos()) {
            LOG.warn("the gate of envelope {} has lost shares and is built anew", envelope.id());
            stuck.invalidate(envelope.id());
            gate.drop(envelope.id()).onFailure(EnvelopeOpening::leaveForLater);
        }
    }

    /** Nothing is left: what each has of it can be remembered. */
    private void ended(EnvelopeSpec envelope) {
        if (over.getIfPresent(envelope.id()) == null && checked.asMap().putIfAbsent(envelope.id(), true) == null) {
            read(envelope);
        }
    }

    private Future<Holdings> read(EnvelopeSpec envelope) {
        return store.holdings(envelope.id())
                .map(found -> found.orElseThrow(EnvelopeErrors::notFound))
                .onSuccess(all -> {
                    if (all.isClosed()) {
                        over.put(envelope.id(), Holders.of(all));
                    }
                })
                .onFailure(EnvelopeOpening::leaveForLater);
    }

    /** Whoever asks next tries again, and the reservations that are over their time are gone on with. */
    private static void leaveForLater(Throwable failure) {
        LOG.debug("left for later: {}", failure.toString());
    }

    /** What becomes of a batch. */
    private final class Batches implements ClaimBatcher.Claims {
        @Override
        public Future<List<Outcome>> claim(List<Wanted> wanted) {
            long began = System.nanoTime();
            return store.claim(wanted).onComplete(done -> metrics.batch(wanted.size(), System.nanoTime() - began));
        }

        @Override
        public void settled(List<ClaimBatcher.Settled> batch) {
            List<Reservation> settled = new ArrayList<>();
            Map<EnvelopeSpec, List<Outcome.Has>> fresh = new HashMap<>();
            for (ClaimBatcher.Settled one : batch) {
                Wanted wanted = one.wanted();
                EnvelopeSpec envelope = terms.getIfPresent(wanted.envelope());
                if (envelope == null) {
                    // Forgotten meanwhile; the reservation will be found to be over its time.
                    continue;
                }
                if (one.outcome() instanceof Outcome.Has has && (has.fresh() || one.again())) {
                    fresh.computeIfAbsent(envelope, none -> new ArrayList<>()).add(has);
                }
                if (wanted.idx() == null || isSettled(one.outcome(), wanted.idx())) {
                    settled.add(new Reservation(wanted.envelope(), wanted.user()));
                } else if (one.outcome() instanceof Outcome.Has has) {
                    gate.learn(
                                    envelope,
                                    wanted.user(),
                                    wanted.idx(),
                                    has.share().idx())
                            .onFailure(EnvelopeOpening::leaveForLater);
                } else {
                    gate.release(envelope, wanted.user(), wanted.idx(), !(one.outcome() instanceof Outcome.NotThatOne))
                            .onFailure(EnvelopeOpening::leaveForLater);
                }
            }
            if (!settled.isEmpty()) {
                gate.settled(settled).onFailure(EnvelopeOpening::leaveForLater);
            }
            fresh.forEach((envelope, shares) -> {
                Outcome.Has last = shares.get(shares.size() - 1);
                listener.claimed(
                        envelope, shares.stream().map(Outcome.Has::share).toList(), last.taken(), last.remaining());
            });
        }

        /** Whether the gate was right, or it does not matter any more. */
        private static boolean isSettled(Outcome outcome, int idx) {
            return outcome instanceof Outcome.Has has ? has.share().idx() == idx : outcome instanceof Outcome.Expired;
        }
    }
}
