package im.hongyan.store.redis;

/**
 * The bounds of a node's use of Redis; times in milliseconds.
 *
 * @param connections pipelined connections; each is used by its own share of the threads
 * @param queue calls that may be unanswered at once; further ones are refused
 */
public record RedisLimits(int connections, int queue, int deadlineMs, int connectTimeoutMs) {
    public static final RedisLimits DEFAULTS = new RedisLimits(4, 2_000, 1_000, 1_000);
}
