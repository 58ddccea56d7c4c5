package im.hongyan.async;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Limits a rate per key on this node, with a burst: a token bucket per key. A key that has been idle long enough for a
 * full burst takes no memory. Thread-safe.
 *
 * <p>Each node counts separately, so a limit needs no request to another server and works during an outage. In a
 * cluster, a key may reach at most the number of nodes times the rate.
 *
 * @param <K> the key, such as a user, or a record of a user and a conversation
 */
public final class KeyedRateLimiter<K> {
    /** Beyond this number of active keys, the limiter drops those that have been idle the longest. */
    private static final long MAX_KEYS = 100_000;

    /** Caffeine records at most one write per second, so an entry may expire a second early. */
    private static final Duration EXPIRY_MARGIN = Duration.ofSeconds(2);

    private final LongSupplier nanoTime;
    private final double nanosPerToken;
    private final double burstNanos;
    /** By key: the time, as of {@link System#nanoTime}, at which the bucket is full again. */
    private final Cache<K, Long> fullAt;

    /**
     * @param perSecond the average rate
     * @param burst the tokens that a key may take at once after an idle period, at least 1
     */
    public KeyedRateLimiter(double perSecond, int burst) {
        this(perSecond, burst, System::nanoTime);
    }

    /** @param nanoTime the clock, for tests */
    KeyedRateLimiter(double perSecond, int burst, LongSupplier nanoTime) {
        if (!(perSecond > 0) || burst < 1) {
            throw new IllegalArgumentException("a rate limit must allow at least one request");
        }
        this.nanoTime = nanoTime;
        this.nanosPerToken = 1e9 / perSecond;
        this.burstNanos = burst * nanosPerToken;
        this.fullAt = Caffeine.newBuilder()
                .maximumSize(MAX_KEYS)
                .expireAfterWrite(Duration.ofNanos((long) burstNanos).plus(EXPIRY_MARGIN))
                .ticker(nanoTime::getAsLong)
                .build();
    }

    /**
     * Takes one token.
     *
     * @return 0 if there was one; otherwise the milliseconds until there is one, and nothing is taken
     */
    public long take(K key) {
        return take(key, 1);
    }

    /**
     * Takes several tokens, or none if there are not enough.
     *
     * @param tokens from 1 to the burst
     * @return 0 if there were enough; otherwise the milliseconds until there are
     */
    public long take(K key, int tokens) {
        long now = nanoTime.getAsLong();
        double cost = tokens * nanosPerToken;
        long[] waitMs = {0};
        fullAt.asMap().compute(key, (same, known) -> {
            double debt = debt(known, now);
            waitMs[0] = excessMs(debt + cost);
            return waitMs[0] == 0 ? Long.valueOf(now + Math.round(debt + cost)) : known;
        });
        return waitMs[0];
    }

    /**
     * Returns what {@link #take(Object, int)} would return now, and takes nothing. A later take may still be refused.
     */
    public long waitMs(K key, int tokens) {
        return excessMs(debt(fullAt.getIfPresent(key), nanoTime.getAsLong()) + tokens * nanosPerToken);
    }

    private static double debt(Long fullAt, long now) {
        return fullAt == null ? 0 : Math.max(0, fullAt - now);
    }

    /** How long until a debt fits into the burst. */
    private long excessMs(double debt) {
        double missing = debt - burstNanos;
        // Half a nanosecond: rounding must not refuse the last token of a burst.
        return missing <= 0.5 ? 0 : Math.max(1, (long) Math.ceil(missing / 1e6));
    }
}
