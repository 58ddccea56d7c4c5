package im.hongyan.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The mode in which Redis runs. */
public enum RedisMode {
    /** One server. */
    STANDALONE,
    /** A master and its replicas; {@code redis.url} names the sentinels. */
    SENTINEL,
    /** Redis Cluster; {@code redis.url} names some of its nodes. */
    CLUSTER;

    static RedisMode parse(String text) {
        return Arrays.stream(values())
                .filter(mode -> mode.toString().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("needs one of "
                        + Arrays.stream(values()).map(RedisMode::toString).collect(Collectors.joining(", "))));
    }

    static String masterName(String text) {
        if (!text.matches("[A-Za-z0-9._-]{1,200}")) {
            throw new IllegalArgumentException("needs letters, digits, dots, hyphens and underscores");
        }
        return text;
    }

    /** Records combinations of settings that do not fit together. */
    static void check(Settings.Redis redis, SettingsReader keys) {
        boolean sentinel = redis.mode() == SENTINEL;
        if (redis.mode() != STANDALONE && (redis.embeddedByName() || !keys.isGiven("redis.url"))) {
            keys.refuse("redis.mode: " + redis.mode() + " needs redis.url with the addresses of "
                    + (sentinel ? "the sentinels" : "some nodes"));
        }
        redis.url()
                .filter(url -> redis.mode() == STANDALONE && url.hosts().size() > 1)
                .ifPresent(url -> keys.refuse("redis.url: several hosts need redis.mode=sentinel or cluster"));
        redis.url()
                .filter(url -> redis.mode() == CLUSTER && !url.name().matches("0*"))
                .ifPresent(url -> keys.refuse("redis.url: Redis Cluster supports only database 0, not " + url.name()));
        if (sentinel && redis.sentinelMaster().isEmpty()) {
            keys.refuse("redis.sentinel-master: redis.mode=sentinel needs the name of the master");
        }
        if (!sentinel && redis.sentinelMaster().isPresent()) {
            keys.refuse("redis.sentinel-master: requires redis.mode=sentinel");
        }
        if (!sentinel && redis.sentinelPassword().isPresent()) {
            keys.refuse("redis.sentinel-password: requires redis.mode=sentinel");
        }
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
