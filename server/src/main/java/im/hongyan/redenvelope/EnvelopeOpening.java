package im.hongyan.redenvelope;

import im.hongyan.async.LogThrottle;
import im.hongyan.async.SingleFlight;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.ShareAllocator.Answer;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens envelopes. The share allocator rejects most users once an envelope is empty and reserves a share for each of
 * the others. Their claims go to PostgreSQL in batches, and PostgreSQL alone decides. The user is answered after the
 * commit.
 *
 * <p>If the allocator is wrong, the outcome of the claim corrects it and the opening is tried again. After a few tries,
 * or without the allocator, PostgreSQL picks the share. The results of closed envelopes come from a cache. Thread-safe.
 */
final class EnvelopeOpening {
    /**
     * @param stuckAfter how long a share may be neither free nor claimed; longer than it takes to resume a reservation
     * @param patience how long a user waits for the reserved shares to be claimed before PostgreSQL picks one
     */
    record Timing(Duration stuckAfter, Duration patience) {
        static final Timing DEFAULT = new Timing(Duration.ofSeconds(15), Duration.ofSeconds(2));
    }

    private static final Logger LOG = LoggerFactory.getLogger(EnvelopeOpening.class);
    private static final int BATCHERS = 2;
    /** With the allocator; then PostgreSQL picks. */
    private static final int MAX_TRIES = 4;

    private static final long RECHECK_MS = 25;

    private final Vertx vertx;
    private final ShareAllocator allocator;
    private final EnvelopeMetrics metrics;
    private final Duration patience;
    private final EnvelopeSpecCache specs;
    private final EnvelopeHoldings holdings;
    private final AllocatorMaintenance maintenance;
    private final List<ClaimBatcher> batchers;
    private final SingleFlight<EnvelopeId, Void> pauses = new SingleFlight<>();
    private final LogThrottle throttle = new LogThrottle();

    EnvelopeOpening(
            Vertx vertx,
            EnvelopeStores stores,
            ShareAllocator allocator,
            ClaimResults.Listener listener,
            EnvelopeMetrics metrics,
            Timing timing) {
        this.vertx = vertx;
        this.allocator = allocator;
        this.metrics = metrics;
        this.patience = timing.patience();
        specs = new EnvelopeSpecCache(stores.envelopes());
        holdings = new EnvelopeHoldings(stores.claims());
        maintenance = new AllocatorMaintenance(stores.envelopes(), allocator, metrics, timing.stuckAfter());
        ClaimResults results = new ClaimResults(stores.claims(), specs, allocator, listener, metrics);
        batchers = Stream.generate(() -> new ClaimBatcher(vertx, results))
                .limit(BATCHERS)
                .toList();
        metrics.queues(batchers);
    }

    /** Fails with {@code envelope.not_found}. */
    Future<EnvelopeSpec> spec(EnvelopeId id) {
        return specs.get(id);
    }

    /** Opens an envelope. The caller has checked that the user may; PostgreSQL checks again. */
    Future<OpenResult> open(EnvelopeSpec envelope, UserId user) {
        return holdings.cachedResult(envelope.id(), user)
                .map(Future::succeededFuture)
                .orElseGet(() -> claim(envelope, user))
                .onSuccess(metrics::opened);
    }

    /** Claims a share for a user, or for the reservation that the user has. */
    Future<OpenResult> claim(EnvelopeSpec envelope, UserId user) {
        return reserve(envelope, user, 0);
    }

    /** Call when the database was restored to another state. */
    void clearCaches() {
        specs.clear();
        holdings.clear();
    }

    private Future<OpenResult> reserve(EnvelopeSpec envelope, UserId user, int tries) {
        // Expiry is decided by PostgreSQL's clock. By this node's clock it only skips the allocator.
        if (tries >= MAX_TRIES || isExpired(envelope)) {
            return claim(envelope, user, null, tries);
        }
        return allocator
                .reserve(envelope, user)
                .map(Optional::of)
                .recover(this::withoutAllocator)
                .compose(answer -> {
                    if (answer.isEmpty()) {
                        return claim(envelope, user, null, tries);
                    } else if (answer.get() instanceof Answer.Index index) {
                        return claim(envelope, user, index.idx(), tries);
                    } else if (answer.get() instanceof Answer.NotBuilt) {
                        return maintenance
                                .build(envelope.id(), envelope)
                                .compose(none -> reserve(envelope, user, tries + 1));
                    }
                    return awaitClaims(envelope, user, tries, System.nanoTime());
                });
    }

    /** An empty answer lets PostgreSQL pick the share. */
    private Future<Optional<Answer>> withoutAllocator(Throwable failure) {
        if (failure instanceof Rejection) {
            // The allocator is overloaded, not away: PostgreSQL would be overloaded, too.
            return Future.failedFuture(failure);
        }
        if (!(failure instanceof StoreUnavailable)) {
            throttle.log(suppressed ->
                    LOG.error("the share allocator failed ({} more failures not logged)", suppressed, failure));
        }
        return Future.succeededFuture(Optional.empty());
    }

    private Future<OpenResult> claim(EnvelopeSpec envelope, UserId user, Integer idx, int tries) {
        if (idx == null) {
            metrics.fallbackClaim();
        }
        return batchers.get(Math.floorMod(envelope.id().hashCode(), BATCHERS))
                .claim(new ClaimRequest(envelope.id(), user, idx))
                .compose(outcome -> {
                    if (outcome instanceof ClaimOutcome.Claimed claimed) {
                        if (claimed.remaining() == 0) {
                            holdings.exhausted(envelope.id());
                        }
                        return Future.succeededFuture(
                                new OpenResult.Share(claimed.share().amount(), !claimed.fresh()));
                    } else if (outcome instanceof ClaimOutcome.IndexTaken) {
                        return reserve(envelope, user, tries + 1);
                    } else if (outcome instanceof ClaimOutcome.Exhausted) {
                        holdings.exhausted(envelope.id());
                        return Future.succeededFuture(new OpenResult.Empty());
                    } else if (outcome instanceof ClaimOutcome.Refused refused) {
                        return Future.failedFuture(EnvelopeErrors.of(refused.why()));
                    } else if (idx != null) {
                        // An earlier claim of this user may be in progress. Without an index PostgreSQL waits for it.
                        return claim(envelope, user, null, tries);
                    }
                    return expired(envelope, user);
                });
    }

    /** The envelope has expired and the user has no share: the claims tell whether all shares were taken before. */
    private Future<OpenResult> expired(EnvelopeSpec envelope, UserId user) {
        return holdings.cachedResult(envelope.id(), user)
                .map(Future::succeededFuture)
                .orElseGet(() -> holdings.read(envelope.id())
                        .map(read -> read.isExhausted() ? new OpenResult.Empty() : new OpenResult.Expired()));
    }

    /**
     * The allocator has no free share. It may have lost the user's share, or another node may be claiming one for the
     * user, so the result is final only when all shares are claimed. Until then all waiting users share one read at a
     * time. Shares that stay unclaimed are given to users who wait.
     */
    private Future<OpenResult> awaitClaims(EnvelopeSpec envelope, UserId user, int tries, long since) {
        EnvelopeId id = envelope.id();
        return holdings.read(id)
                .onSuccess(read -> maintenance.noFreeShare(id, read))
                .compose(read -> {
                    Optional<OpenResult> result = EnvelopeHoldings.result(read, user);
                    if (result.isPresent()) {
                        return Future.succeededFuture(result.get());
                    }
                    if (System.nanoTime() - since > patience.toNanos() || isExpired(envelope)) {
                        return claim(envelope, user, null, tries);
                    }
                    return pause(id).compose(none -> holdings.cachedResult(id, user)
                            .map(Future::succeededFuture)
                            .orElseGet(() -> awaitClaims(envelope, user, tries, since)));
                });
    }

    /** One timer for all users who wait for the same envelope. */
    private Future<Void> pause(EnvelopeId id) {
        return pauses.join(
                id, () -> vertx.timer(RECHECK_MS, TimeUnit.MILLISECONDS).mapEmpty());
    }

    private static boolean isExpired(EnvelopeSpec envelope) {
        return !Instant.now().isBefore(envelope.expiresAt());
    }
}
