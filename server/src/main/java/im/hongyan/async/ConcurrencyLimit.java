package im.hongyan.async;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts what is in use per key, up to a maximum. An unused key takes no memory. Thread-safe.
 *
 * @param <K> the key, such as a user or an address
 */
public final class ConcurrencyLimit<K> {
    private final Map<K, Integer> inUse = new ConcurrentHashMap<>();

    /** @return whether fewer than {@code max} were in use; then {@link #release} must follow */
    public boolean acquire(K key, int max) {
        boolean[] acquired = {false};
        inUse.compute(key, (same, count) -> {
            int now = count == null ? 0 : count;
            acquired[0] = now < max;
            return acquired[0] ? Integer.valueOf(now + 1) : count;
        });
        return acquired[0];
    }

    public void release(K key) {
        inUse.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1);
    }
}
