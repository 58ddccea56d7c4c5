package im.hongyan.redenvelope;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;

/** Caches the immutable parts of envelopes. Thread-safe. */
final class EnvelopeSpecCache {
    private static final int MAX_CACHED = 100_000;

    private final EnvelopeStore store;
    private final Cache<EnvelopeId, EnvelopeSpec> specs =
            Caffeine.newBuilder().maximumSize(MAX_CACHED).build();

    EnvelopeSpecCache(EnvelopeStore store) {
        this.store = store;
    }

    /** Fails with {@code envelope.not_found}. */
    Future<EnvelopeSpec> get(EnvelopeId id) {
        EnvelopeSpec cached = cached(id);
        if (cached != null) {
            return Future.succeededFuture(cached);
        }
        return store.spec(id).map(found -> {
            EnvelopeSpec spec = found.orElseThrow(EnvelopeErrors::notFound);
            specs.put(id, spec);
            return spec;
        });
    }

    /** Null if it is not cached. */
    EnvelopeSpec cached(EnvelopeId id) {
        return specs.getIfPresent(id);
    }

    void clear() {
        specs.invalidateAll();
    }
}
