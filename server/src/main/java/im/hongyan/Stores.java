package im.hongyan;

import im.hongyan.config.Secret;
import im.hongyan.config.Settings;
import im.hongyan.config.StoreUrl;
import im.hongyan.local.LocalStores;
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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The stores that the settings name, and built-in ones for the others. Methods block: not for event loops. */
final class Stores implements AutoCloseable {
    private final LocalStores local;
    private final Postgres postgres;
    private final Redis redis;

    /**
     * Starts the built-in stores, migrates, and connects.
     *
     * @throws StartFailure if a store cannot be used; nothing is left running
     */
    static Stores open(Vertx vertx, Settings settings) {
        return connect(vertx, settings, LocalStores.start(settings));
    }

    /** As {@link #open}, but uses the built-in stores of a server that is running on the same data folder. */
    static Stores join(Vertx vertx, Settings settings) {
        return connect(vertx, settings, LocalStores.join(settings));
    }

    private static Stores connect(Vertx vertx, Settings settings, LocalStores local) {
        try {
            return new Stores(vertx, settings, local);
        } catch (RuntimeException e) {
            local.close();
            throw e;
        }
    }

    private Stores(Vertx vertx, Settings settings, LocalStores local) {
        this.local = local;
        PostgresAddress address = settings.postgres()
                .url()
                .map(Stores::address)
                .or(local::postgres)
                .orElseThrow();
        new Migrations(Features.migrations(Features.ALL))
                .run(address, Duration.ofSeconds(settings.postgres().startupTimeoutSeconds()));
        postgres = Postgres.open(vertx, address, limits(settings.postgres()));
        RedisServers servers = settings.redis()
                .url()
                .map(url -> redisServers(settings.redis(), url))
                .orElseGet(() -> new RedisServers.Standalone(local.redis().orElseThrow()));
        RedisLimits limits = limits(settings.redis());
        try {
            redis = Redis.open(vertx, servers, limits)
                    .await(3L * (limits.connectTimeoutMs() + limits.deadlineMs()), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new StartFailure("Redis at " + servers + " does not answer.", e);
        }
    }

    Postgres postgres() {
        return postgres;
    }

    Redis redis() {
        return redis;
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
                settings.readTimeoutMs(),
                settings.lockTimeoutMs(),
                settings.deadlineMs(),
                settings.connectTimeoutMs());
    }

    private static RedisLimits limits(Settings.Redis settings) {
        return new RedisLimits(
                settings.connections(), settings.queue(), settings.deadlineMs(), settings.connectTimeoutMs());
    }

    /** Stops the built-in servers. {@link App} closes the clients before. */
    @Override
    public void close() {
        local.close();
    }
}
