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

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
