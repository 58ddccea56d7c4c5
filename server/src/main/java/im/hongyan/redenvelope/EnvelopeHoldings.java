package im.hongyan.redenvelope;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.async.SingleFlight;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.ClaimStore.Holdings;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads which users have a share of an envelope, and caches this for closed envelopes: once no share can be taken any
 * more, the result of each user is final. Thread-safe.
 */
final class EnvelopeHoldings {
    private static final Logger LOG = LoggerFactory.getLogger(EnvelopeHoldings.class);
    private static final int MAX_CACHED_SHARES = 2_000_000;
    /** The weight of an entry without shares, so that envelopes with few shares count, too. */
    private static final int ENTRY_WEIGHT = 4;

    private static final int MAX_CHECKS = 100_000;
    private static final Duration CHECK_PERIOD = Duration.ofSeconds(1);

    private final ClaimStore store;
    private final Cache<EnvelopeId, Holdings> closed = Caffeine.newBuilder()
            .maximumWeight(MAX_CACHED_SHARES)
            .weigher((EnvelopeId id, Holdings one) ->
                    ENTRY_WEIGHT + one.amounts().size())
            .build();
    /** Envelopes that were read recently because they seemed to be exhausted. */
    private final Cache<EnvelopeId, Boolean> checked = Caffeine.newBuilder()
            .maximumSize(MAX_CHECKS)
            .expireAfterWrite(CHECK_PERIOD)
            .build();

    private final SingleFlight<EnvelopeId, Holdings> reads = new SingleFlight<>();

    EnvelopeHoldings(ClaimStore store) {
        this.store = store;
    }

    /** A user's final result, if it is cached. */
    Optional<OpenResult> cachedResult(EnvelopeId id, UserId user) {
        Holdings cached = closed.getIfPresent(id);
        return cached == null ? Optional.empty() : result(cached, user);
    }

    /** Empty while the user has no share but may still get one, for example because a claim is in progress. */
    static Optional<OpenResult> result(Holdings holdings, UserId user) {
        Long amount = holdings.amounts().get(user);
        if (amount != null) {
            return Optional.of(new OpenResult.Share(amount, true));
        }
        if (!holdings.isClosed()) {
            return Optional.empty();
        }
        return Optional.of(holdings.isExhausted() ? new OpenResult.Empty() : new OpenResult.Expired());
    }

    /** A read that begins after this call. Concurrent calls for the same envelope share one. */
    Future<Holdings> read(EnvelopeId id) {
        return reads.joinNext(id, () -> load(id));
    }

    /** Caches the holdings of an envelope that is exhausted. */
    void exhausted(EnvelopeId id) {
        if (closed.getIfPresent(id) == null && checked.asMap().putIfAbsent(id, true) == null) {
            load(id);
        }
    }

    private Future<Holdings> load(EnvelopeId id) {
        return store.holdings(id)
                .map(found -> found.orElseThrow(EnvelopeErrors::notFound))
                .onSuccess(holdings -> {
                    if (holdings.isClosed()) {
                        closed.put(id, holdings);
                    }
                })
                .onFailure(failure -> LOG.debug("cannot read the claims of {}: {}", id, failure.toString()));
    }

    void clear() {
        closed.invalidateAll();
    }
}
