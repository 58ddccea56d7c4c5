package im.hongyan.store.redis;

/**
 * Bounds of a node's use of Redis; times in milliseconds.
 *
 * @param connections pipelined connections to each master; each thread always uses the same one
 * @param queue the maximum number of unanswered calls on each connection; more are refused
 */
public record RedisLimits(int connections, int queue, int deadlineMs, int connectTimeoutMs) {
    public static final RedisLimits DEFAULTS = new RedisLimits(4, 2_000, 1_000, 1_000);
}
