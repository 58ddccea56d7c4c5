package im.hongyan.store;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs when a store becomes unavailable and when it is available again: one line each, however many calls fail in
 * between, and at most one outage in ten seconds, because every second call to a slow store may fail. Thread-safe.
 */
public final class AvailabilityLog {
    private static final Logger LOG = LoggerFactory.getLogger(AvailabilityLog.class);
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String store;
    private volatile boolean unavailable;
    private boolean logged;
    private long lastLogged = System.nanoTime() - PERIOD_NANOS;

    public AvailabilityLog(String store) {
        this.store = store;
    }

    /** A call failed because the store is unavailable. */
    public synchronized void failed(Throwable cause) {
        unavailable = true;
        long now = System.nanoTime();
        if (!logged && now - lastLogged >= PERIOD_NANOS) {
            logged = true;
            lastLogged = now;
            LOG.warn("{} is unavailable: {}", store, cause.getMessage());
        }
    }

    /** The store answered a call. */
    public void answered() {
        if (unavailable) {
            recovered();
        }
    }

    private synchronized void recovered() {
        unavailable = false;
        if (logged) {
            logged = false;
            LOG.info("{} is available again", store);
        }
    }

    public boolean isUnavailable() {
        return unavailable;
    }
}
