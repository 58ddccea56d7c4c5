package im.hongyan.store;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs when a store goes away and when it comes back: once each, however many calls fail in between, and not more often than
 * each ten seconds, for of a slow store each second call may fail. Thread-safe.
 */
public final class AvailabilityLog {
    private static final Logger LOG = LoggerFactory.getLogger(AvailabilityLog.class);
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String store;
    private volatile boolean away;
    private boolean said;
    private long lastSaid = System.nanoTime() - PERIOD_NANOS;

    public AvailabilityLog(String store) {
        this.store = store;
    }

    public synchronized void lost(Throwable cause) {
        away = true;
        long now = System.nanoTime();
        if (!said && now - lastSaid >= PERIOD_NANOS) {
            said = true;
            lastSaid = now;
            LOG.warn("{} is away: {}", store, cause.getMessage());
        }
    }

    public void answered() {
        if (away) {
            back();
        }
    }

    private synchronized void back() {
        away = false;
        if (said) {
            said = false;
            LOG.info("{} is back", store);
        }
    }

    public boolean isAway() {
        return away;
    }
}
