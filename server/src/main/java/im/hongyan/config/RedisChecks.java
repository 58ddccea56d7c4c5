package im.hongyan.config;

/** Checks that the settings of Redis fit together. */
final class RedisChecks {
    private RedisChecks() {}

    /** Records combinations of settings that do not fit together. */
    static void check(Settings.Redis redis, SettingsReader keys) {
        boolean sentinel = redis.mode() == RedisMode.SENTINEL;
        if (redis.mode() != RedisMode.STANDALONE && (redis.embeddedByName() || !keys.isGiven("redis.url"))) {
            keys.refuse("redis.mode: " + redis.mode() + " needs redis.url with the addresses of "
                    + (sentinel ? "the sentinels" : "some nodes"));
        }
        redis.url()
                .filter(url ->
                        redis.mode() == RedisMode.STANDALONE && url.hosts().size() > 1)
                .ifPresent(url -> keys.refuse("redis.url: several hosts need redis.mode=sentinel or cluster"));
        redis.url()
                .filter(url -> redis.mode() == RedisMode.CLUSTER && !url.name().matches("0*"))
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
}
