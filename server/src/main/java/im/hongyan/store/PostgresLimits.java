package im.hongyan.store;

/**
 * Bounds of a node's use of PostgreSQL; times in milliseconds.
 *
 * @param connections the connections of each pool for single statements
 * @param transactions connections for transactions
 * @param queue the maximum number of calls that wait for a connection, in each pool; more are refused
 * @param statementTimeoutMs of one statement; PostgreSQL cancels it
 * @param readTimeoutMs as {@code statementTimeoutMs}, of a statement that reads for a user's request
 * @param deadlineMs of a whole call; longer than {@code statementTimeoutMs}, so that the server ends a slow statement
 *     and the outcome is known
 */
public record PostgresLimits(
        int connections,
        int transactions,
        int queue,
        int statementTimeoutMs,
        int readTimeoutMs,
        int lockTimeoutMs,
        int deadlineMs,
        int connectTimeoutMs) {
    public static final PostgresLimits DEFAULTS = new PostgresLimits(4, 8, 2_000, 5_000, 3_000, 3_000, 8_000, 3_000);

    /** With one timeout for all statements. */
    public PostgresLimits(
            int connections,
            int transactions,
            int queue,
            int statementTimeoutMs,
            int lockTimeoutMs,
            int deadlineMs,
            int connectTimeoutMs) {
        this(
                connections,
                transactions,
                queue,
                statementTimeoutMs,
                statementTimeoutMs,
                lockTimeoutMs,
                deadlineMs,
                connectTimeoutMs);
    }
}
