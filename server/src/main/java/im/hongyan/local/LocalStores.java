package im.hongyan.local;

import im.hongyan.config.Settings;
import im.hongyan.local.stores.DataFolder;
import im.hongyan.local.stores.EmbeddedPostgres;
import im.hongyan.local.stores.EmbeddedRedis;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresAddress;
import im.hongyan.store.StartFailure;
import im.hongyan.store.redis.RedisAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The built-in stores: one for each store that the settings do not name. Methods block; {@link #close} may be called
 * from any thread.
 */
public final class LocalStores implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalStores.class);

    /** For migrations, and for connections of a former start that PostgreSQL still holds. */
    private static final int OTHER_CONNECTIONS = 20;

    /** The servers that were started, the last one first. */
    private final Deque<AutoCloseable> started = new ArrayDeque<>();

    private Optional<PostgresAddress> postgres = Optional.empty();
    private Optional<RedisAddress> redis = Optional.empty();

    private LocalStores() {}

    /**
     * Starts the stores for a node in this process.
     *
     * @throws StartFailure if a store cannot start; nothing is left running
     */
    public static LocalStores start(Settings settings) {
        return start(settings, List.of());
    }

    /**
     * Starts the stores for {@code nodes} nodes in other processes.
     *
     * @throws StartFailure if a store cannot start; nothing is left running
     */
    public static LocalStores start(Settings settings, int nodes) {
        return start(settings, List.of("-c", "max_connections=" + connections(settings.postgres(), nodes)));
    }

    private static LocalStores start(Settings settings, List<String> postgresOptions) {
        LocalStores stores = new LocalStores();
        try {
            stores.startMissing(settings, postgresOptions);
            return stores;
        } catch (RuntimeException e) {
            stores.close();
            throw e;
        }
    }

    /**
     * Uses the stores of a server that runs on the same data folder; starts them if none does.
     *
     * @throws StartFailure if that server is just starting or stopping
     */
    public static LocalStores join(Settings settings) {
        LocalStores stores = new LocalStores();
        if (settings.postgres().url().isEmpty()) {
            stores.postgres = EmbeddedPostgres.running(settings.data());
        }
        if (settings.redis().url().isEmpty()) {
            stores.redis = EmbeddedRedis.running(settings.data());
        }
        // Checked last: if the server stopped meanwhile, its addresses are of no use.
        if (!DataFolder.isOpenElsewhere(settings.data())) {
            return start(settings);
        }
        if (isMissing(settings.postgres().url(), stores.postgres)
                || isMissing(settings.redis().url(), stores.redis)) {
            throw new StartFailure(
                    "The server on this data folder is just starting or stopping; try again in a moment.");
        }
        return stores;
    }

    private static boolean isMissing(Optional<?> named, Optional<?> running) {
        return named.isEmpty() && running.isEmpty();
    }

    private void startMissing(Settings settings, List<String> postgresOptions) {
        boolean postgresNamed = settings.postgres().url().isPresent();
        boolean redisNamed = settings.redis().url().isPresent();
        if (postgresNamed && redisNamed) {
            return;
        }
        DataFolder folder = DataFolder.open(settings.data());
        started.push(folder);
        if (!postgresNamed) {
            EmbeddedPostgres server =
                    EmbeddedPostgres.start(folder, folder.path().resolve("runtime"), postgresOptions);
            started.push(server);
            postgres = Optional.of(server.address());
        }
        if (!redisNamed) {
            EmbeddedRedis server = EmbeddedRedis.start(folder);
            started.push(server);
            redis = Optional.of(server.address());
        }
    }

    /** Twice a node's pools: PostgreSQL may still hold the connections of a node that was killed. */
    private static int connections(Settings.Postgres settings, int nodes) {
        int pools = Postgres.Connections.values().length;
        // One more of each pool, for background work with separate limits.
        int node = (pools - 1) * settings.connections() + settings.transactions() + pools;
        return OTHER_CONNECTIONS + nodes * 2 * node;
    }

    /** Empty if the settings name a PostgreSQL. */
    public Optional<PostgresAddress> postgres() {
        return postgres;
    }

    /** Empty if the settings name a Redis. */
    public Optional<RedisAddress> redis() {
        return redis;
    }

    /** The environment variables that give a node these stores, passwords included; empty if the settings name both. */
    public Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        postgres.ifPresent(address -> environment.put("HONGYAN_POSTGRES_URL", url(address)));
        redis.ifPresent(address -> environment.put("HONGYAN_REDIS_URL", url(address)));
        return environment;
    }

    // Generated passwords consist of letters, digits, - and _, so they need no escaping.
    private static String url(PostgresAddress address) {
        return "postgresql://" + address.user() + ":" + address.password() + "@" + address.host() + ":" + address.port()
                + "/" + address.database() + "?sslmode=disable";
    }

    private static String url(RedisAddress address) {
        return "redis://:" + address.password().orElseThrow() + "@" + address.host() + ":" + address.port() + "/0";
    }

    /** Stops the servers that this object started. Clients must be closed before. */
    @Override
    public synchronized void close() {
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
