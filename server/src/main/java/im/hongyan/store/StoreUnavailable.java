package im.hongyan.store;

import io.vertx.pgclient.PgException;
import java.util.Set;

/**
 * PostgreSQL or Redis is unavailable, overloaded or too slow. An expected outcome, so it has no stack trace. The call
 * may be retried.
 */
@SuppressWarnings("serial") // never serialised
public final class StoreUnavailable extends RuntimeException {
    /** SQLSTATEs of a lock timeout and of a deadlock. */
    private static final Set<String> LOCKED = Set.of("55P03", "40P01");

    private final boolean outcomeKnown;

    private StoreUnavailable(String message, Throwable cause, boolean outcomeKnown) {
        super(message, cause, false, false);
        this.outcomeKnown = outcomeKnown;
    }

    /** The call certainly had no effect. */
    public static StoreUnavailable refused(String message, Throwable cause) {
        return new StoreUnavailable(message, cause, true);
    }

    /** The call may have had its effect: the answer is missing. */
    public static StoreUnavailable unanswered(String message, Throwable cause) {
        return new StoreUnavailable(message, cause, false);
    }

    /** Whether the call only waited too long for another transaction's lock: PostgreSQL itself is available. */
    public boolean locked() {
        return getCause() instanceof PgException refused && LOCKED.contains(String.valueOf(refused.getSqlState()));
    }

    /**
     * False if a write may have been applied: the connection was lost, or the deadline passed, after it was sent.
     * Retry it only if it is idempotent.
     */
    public boolean outcomeKnown() {
        return outcomeKnown;
    }
}
