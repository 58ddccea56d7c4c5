package im.hongyan.redenvelope;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.async.SingleFlight;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.ClaimStore.Holdings;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds an envelope's share allocator from the claims in PostgreSQL, and drops one that has lost shares, so that the
 * next opening builds it again. Thread-safe.
 */
final class AllocatorMaintenance {
    private static final Logger LOG = LoggerFactory.getLogger(AllocatorMaintenance.class);
    private static final int MAX_TRACKED = 100_000;

    /** Since when an envelope has had this number of claims while its allocator had no free share. */
    private record Stalled(int claims, long since) {}

    private final EnvelopeStore store;
    private final ShareAllocator allocator;
    private final EnvelopeMetrics metrics;
    private final Duration stuckAfter;
    private final SingleFlight<EnvelopeId, Void> builds = new SingleFlight<>();
    private final Cache<EnvelopeId, Stalled> stalled;

    /**
     * @param stuckAfter how long a share may be neither free nor claimed; longer than it takes to resume a reservation
     */
    AllocatorMaintenance(EnvelopeStore store, ShareAllocator allocator, EnvelopeMetrics metrics, Duration stuckAfter) {
        this.store = store;
        this.allocator = allocator;
        this.metrics = metrics;
        this.stuckAfter = stuckAfter;
        stalled = Caffeine.newBuilder()
                .maximumSize(MAX_TRACKED)
                .expireAfterAccess(stuckAfter.multipliedBy(4))
                .build();
    }

    /**
     * Builds the allocator; concurrent calls for the same envelope share one build. Succeeds if a store is unavailable.
     */
    Future<Void> build(EnvelopeId id, EnvelopeSpec spec) {
        return builds.join(id, () -> store.state(id).compose(state -> {
                    Map<UserId, Integer> claimed = new HashMap<>();
                    state.ifPresent(found -> found.claims().forEach(claim -> claimed.put(claim.user(), claim.idx())));
                    metrics.allocatorBuilt();
                    return allocator.build(spec, claimed);
                }))
                .recover(failure ->
                        failure instanceof StoreUnavailable ? Future.succeededFuture() : Future.failedFuture(failure));
    }

    /**
     * Call when the allocator has no free share although not all are claimed: either the last claims are in progress,
     * or shares are lost.
     */
    void noFreeShare(EnvelopeId id, Holdings holdings) {
        if (holdings.isClosed()) {
            return;
        }
        int claims = holdings.amounts().size();
        Stalled before = stalled.get(id, none -> new Stalled(claims, System.nanoTime()));
        if (before.claims() != claims) {
            stalled.put(id, new Stalled(claims, System.nanoTime()));
        } else if (System.nanoTime() - before.since() > stuckAfter.toNanos()) {
            LOG.warn("the share allocator of envelope {} has lost shares; rebuilding it", id);
            stalled.invalidate(id);
            allocator
                    .drop(id)
                    .onFailure(failure -> LOG.debug("cannot drop the allocator of {}: {}", id, failure.toString()));
        }
    }
}
