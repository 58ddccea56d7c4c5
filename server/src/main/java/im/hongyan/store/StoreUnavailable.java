package im.hongyan.store;

import io.vertx.pgclient.PgException;
import java.util.Set;

/**
 * PostgreSQL or Redis is away, overloaded or too slow: an expected outcome, without a stack trace. What was asked may be
 * asked again.
 */
@SuppressWarnings("serial") // never serialised
public final class StoreUnavailable extends RuntimeException {
    /** SQLSTATEs of a lock that was not got in time, and of a deadlock. */
    private static final Set<String> LOCKED = Set.of("55P03", "40P01");

    private final boolean outcomeKnown;

    private StoreUnavailable(String message, Throwable cause, boolean outcomeKnown) {
        super(message, cause, false, false);
        this.outcomeKnown = outcomeKnown;
    }

    /** What was asked did certainly not happen. */
    public static StoreUnavailable refused(String message, Throwable cause) {
        return new StoreUnavailable(message, cause, true);
    }

    /** What was asked may have happened: the answer is missing. */
    public static StoreUnavailable unanswered(String message, Throwable cause) {
        return new StoreUnavailable(message, cause, false);
    }

    /** Somebody else held a lock for longer than this waited: PostgreSQL itself is well. */
    public boolean locked() {
        return getCause() instanceof PgException refused && LOCKED.contains(String.valueOf(refused.getSqlState()));
    }

    /**
     * False if a write may have been done: the connection was lost, or the deadline passed, after it was sent. Repeat it
     * only in a way that does it once.
     */
    public boolean outcomeKnown() {
        return outcomeKnown;
    }
}
