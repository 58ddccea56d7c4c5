package im.hongyan;

import im.hongyan.config.Secret;
import im.hongyan.config.Settings;
import im.hongyan.config.StoreUrl;
import im.hongyan.local.stores.DataFolder;
import im.hongyan.local.stores.EmbeddedPostgres;
import im.hongyan.local.stores.EmbeddedRedis;
import im.hongyan.store.Migrations;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresAddress;
import im.hongyan.store.PostgresLimits;
import im.hongyan.store.StartFailure;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.RedisAddress;
import im.hongyan.store.redis.RedisLimits;
import im.hongyan.store.redis.RedisServers;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stores that the settings name, or else built-in ones, which end with {@link #close}. Methods block: not for event
 * loops.
 */
final class Stores implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Stores.class);

    /** What was started, the last first. */
    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    private Postgres postgres;
    private Redis redis;

    private Stores() {}

    /**
     * Starts what has to be started, migrates, and connects.
     *
     * @throws StartFailure with a sentence; nothing is left running
     */
    static Stores open(Vertx vertx, Settings settings) {
        Stores stores = new Stores();
        try {
            stores.connect(vertx, settings, stores.postgresAddress(settings), stores.redisServers(settings));
            return stores;
        } catch (RuntimeException e) {
            stores.close();
            throw e;
        }
    }

    /** As {@link #open}, but uses the built-in stores of a server that is running on the same data folder. */
    static Stores join(Vertx vertx, Settings settings) {
        Optional<PostgresAddress> runningPostgres = EmbeddedPostgres.running(settings.data());
        Optional<RedisAddress> runningRedis = EmbeddedRedis.running(settings.data());
        boolean embedded =
                settings.postgres().url().isEmpty() || settings.redis().url().isEmpty();
        if (!embedded || !DataFolder.isOpenElsewhere(settings.data())) {
            return open(vertx, settings);
        }
        Stores stores = new Stores();
        stores.connect(
                vertx,
                settings,
                settings.postgres()
                        .url()
                        .map(Stores::address)
                        .or(() -> runningPostgres)
                        .orElseThrow(Stores::starting),
                namedRedis(settings.redis())
                        .or(() -> runningRedis.map(RedisServers.Standalone::new))
                        .orElseThrow(Stores::starting));
        return stores;
    }

    private static StartFailure starting() {
        return new StartFailure("The server on this data folder is just starting or stopping; try again in a moment.");
    }

    Postgres postgres() {
        return postgres;
    }

    Redis redis() {
        return redis;
    }

    private void connect(Vertx vertx, Settings settings, PostgresAddress postgresAddress, RedisServers redisServers) {
        new Migrations(Features.migrations(Features.ALL))
                .run(postgresAddress, Duration.ofSeconds(settings.postgres().bootWaitSeconds()));
        postgres = Postgres.open(vertx, postgresAddress, limits(settings.postgres()));
        RedisLimits limits = limits(settings.redis());
        try {
            redis = Redis.open(vertx, redisServers, limits)
                    .await(3L * (limits.connectTimeoutMs() + limits.deadlineMs()), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new StartFailure("Redis at " + redisServers + " does not answer.", e);
        }
    }

    private PostgresAddress postgresAddress(Settings settings) {
        return settings.postgres().url().map(Stores::address).orElseGet(() -> {
            EmbeddedPostgres server = EmbeddedPostgres.start(folder(settings));
            started.push(server);
            return server.address();
        });
    }

    private RedisServers redisServers(Settings settings) {
        return namedRedis(settings.redis()).orElseGet(() -> {
            EmbeddedRedis server = EmbeddedRedis.start(folder(settings));
            started.push(server);
            return new RedisServers.Standalone(server.address());
        });
    }

    private static Optional<RedisServers> namedRedis(Settings.Redis settings) {
        return settings.url().map(url -> redisServers(settings, url));
    }

    private DataFolder folder(Settings settings) {
        return started.stream()
                .filter(DataFolder.class::isInstance)
                .map(DataFolder.class::cast)
                .findFirst()
                .orElseGet(() -> {
                    DataFolder opened = DataFolder.open(settings.data());
                    // Let go of last, whatever comes after it.
                    started.addLast(opened);
                    return opened;
                });
    }

    private static PostgresAddress address(StoreUrl url) {
        return new PostgresAddress(
                url.host(),
                url.port(),
                url.user().orElseThrow(),
                url.password().map(Secret::text).orElse(""),
                url.name(),
                url.parameters().getOrDefault("sslmode", "prefer"),
                Optional.ofNullable(url.parameters().get("sslrootcert")));
    }

    private static RedisServers redisServers(Settings.Redis settings, StoreUrl url) {
        List<RedisAddress> addresses =
                url.hosts().stream().map(host -> redisAddress(url, host)).toList();
        return switch (settings.mode()) {
            case STANDALONE -> new RedisServers.Standalone(addresses.get(0));
            case CLUSTER -> new RedisServers.Cluster(addresses);
            case SENTINEL ->
                new RedisServers.Sentinel(
                        addresses,
                        settings.sentinelMaster().orElseThrow(),
                        settings.sentinelPassword().map(Secret::text));
        };
    }

    private static RedisAddress redisAddress(StoreUrl url, StoreUrl.Host host) {
        return new RedisAddress(
                host.name(),
                host.port(),
                url.user(),
                url.password().map(Secret::text),
                url.name().isEmpty() ? 0 : Integer.parseInt(url.name()),
                url.scheme().equals("rediss"),
                Optional.ofNullable(url.parameters().get("cafile")));
    }

    private static PostgresLimits limits(Settings.Postgres settings) {
        return new PostgresLimits(
                settings.connections(),
                settings.transactions(),
                settings.queue(),
                settings.statementTimeoutMs(),
                settings.lockTimeoutMs(),
                settings.deadlineMs(),
                settings.connectTimeoutMs());
    }

    private static RedisLimits limits(Settings.Redis settings) {
        return new RedisLimits(
                settings.connections(), settings.queue(), settings.deadlineMs(), settings.connectTimeoutMs());
    }

    /** Stops the built-in servers. The clients are {@link App}'s to close before. */
    @Override
    public void close() {
        for (AutoCloseable each : started) {
            try {
                each.close();
            } catch (Exception e) {
                LOG.warn("{} could not be closed: {}", each.getClass().getSimpleName(), e.toString());
            }
        }
        started.clear();
    }
}
