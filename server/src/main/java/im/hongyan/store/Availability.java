package im.hongyan.store;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs when a store goes away and when it comes back: once each, however many calls fail in between. */
final class Availability {
    private static final Logger LOG = LoggerFactory.getLogger(Availability.class);

    private final String store;
    private final AtomicBoolean away = new AtomicBoolean();

    Availability(String store) {
        this.store = store;
    }

    void lost(Throwable cause) {
        if (!away.get() && away.compareAndSet(false, true)) {
            LOG.warn("{} is away: {}", store, cause.getMessage());
        }
    }

    void answered() {
        if (away.get() && away.compareAndSet(true, false)) {
            LOG.info("{} is back", store);
        }
    }

    boolean isAway() {
        return away.get();
    }
}
