package im.hongyan.local;

import im.hongyan.config.Settings;
import im.hongyan.local.stores.DataFolder;
import im.hongyan.local.stores.EmbeddedPostgres;
import im.hongyan.local.stores.EmbeddedRedis;
import im.hongyan.store.PostgresAddress;
import im.hongyan.store.redis.RedisAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The built-in stores for nodes that are processes of their own: those that the settings do not name. Methods block;
 * {@link #close} may be called from any thread.
 */
public final class LocalStores implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalStores.class);

    /** A node's pools, one more for its migrations, and as many again of a former start that PostgreSQL still holds. */
    private static final int OTHER_CONNECTIONS = 20;

    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final Map<String, String> environment = new HashMap<>();

    private LocalStores() {}

    /** @throws im.hongyan.store.StartFailure with a sentence; nothing is left running */
    public static LocalStores start(Settings settings, int nodes) {
        LocalStores stores = new LocalStores();
        try {
            stores.startMissing(settings, nodes);
            return stores;
        } catch (RuntimeException e) {
            stores.close();
            throw e;
        }
    }

    private void startMissing(Settings settings, int nodes) {
        boolean postgresNamed = settings.postgres().url().isPresent();
        boolean redisNamed = settings.redis().url().isPresent();
        if (postgresNamed && redisNamed) {
            return;
        }
        DataFolder folder = DataFolder.open(settings.data());
        started.push(folder);
        if (!postgresNamed) {
            EmbeddedPostgres postgres = EmbeddedPostgres.start(
                    folder,
                    folder.path().resolve("runtime"),
                    List.of("-c", "max_connections=" + connections(settings.postgres(), nodes)));
            started.push(postgres);
            environment.put("HONGYAN_POSTGRES_URL", url(postgres.address()));
        }
        if (!redisNamed) {
            EmbeddedRedis redis = EmbeddedRedis.start(folder);
            started.push(redis);
            environment.put("HONGYAN_REDIS_URL", url(redis.address()));
        }
    }

    private static int connections(Settings.Postgres settings, int nodes) {
        return OTHER_CONNECTIONS + nodes * 2 * (settings.connections() + settings.transactions() + 1);
    }

    // The passwords are our own, of letters, digits, - and _.
    private static String url(PostgresAddress address) {
        return "postgresql://" + address.user() + ":" + address.password() + "@" + address.host() + ":" + address.port()
                + "/" + address.database() + "?sslmode=disable";
    }

    private static String url(RedisAddress address) {
        return "redis://:" + address.password().orElseThrow() + "@" + address.host() + ":" + address.port() + "/0";
    }

    /** What tells a node of them; empty if the settings name both. */
    public Map<String, String> environment() {
        return Map.copyOf(environment);
    }

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
