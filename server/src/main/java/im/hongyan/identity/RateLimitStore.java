package im.hongyan.identity;

import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.Script;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/**
 * The counters of {@link RateLimiter} in Redis: {@code hongyan:throttle:{<rule>:<subject>:<window>}}, which expire with
 * their window.
 */
final class RateLimitStore implements RateLimiter.SharedCounters {
    private final Redis redis;
    private final Script count = Script.load(RateLimitStore.class, "count.lua");

    RateLimitStore(Redis redis) {
        this.redis = redis;
    }

    @Override
    public Future<Long> add(String counter, long delta, Duration life) {
        return redis.eval(
                        count,
                        List.of("hongyan:throttle:{" + counter + "}"),
                        List.of(Long.toString(delta), Long.toString(life.toMillis())))
                .map(value -> value.toLong());
    }
}
