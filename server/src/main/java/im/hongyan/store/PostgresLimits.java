package im.hongyan.store;

/**
 * The bounds of a node's use of PostgreSQL; times in milliseconds.
 *
 * @param connections pipelined connections for single statements
 * @param transactions connections for transactions
 * @param queue calls that may wait for a connection, in each of the two pools; further ones are refused
 * @param deadlineMs bounds a call as a whole; it is longer than {@code statementTimeoutMs}, so that a slow statement
 *     is ended by the server, with a known outcome
 */
public record PostgresLimits(
        int connections,
        int transactions,
        int queue,
        int statementTimeoutMs,
        int lockTimeoutMs,
        int deadlineMs,
        int connectTimeoutMs) {
    public static final PostgresLimits DEFAULTS = new PostgresLimits(4, 8, 2_000, 5_000, 3_000, 8_000, 3_000);
}
