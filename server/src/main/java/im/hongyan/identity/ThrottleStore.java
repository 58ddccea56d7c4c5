package im.hongyan.identity;

import im.hongyan.store.Redis;
import im.hongyan.store.Script;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/** The counters of {@link Throttle} in Redis: {@code hongyan:throttle:{<rule>:<subject>:<window>}}, each for its window. */
final class ThrottleStore implements Throttle.SharedCounters {

    private final Redis redis;
    private final Script count = Script.load(ThrottleStore.class, "count.lua");

    ThrottleStore(Redis redis) {
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
