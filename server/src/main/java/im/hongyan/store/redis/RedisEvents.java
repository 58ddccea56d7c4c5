package im.hongyan.store.redis;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scripts to load on each new connection, and the listeners for a master that may have lost its data. Thread-safe.
 */
final class RedisEvents {
    private static final Logger LOG = LoggerFactory.getLogger(RedisEvents.class);

    private final Set<Script> scripts = new CopyOnWriteArraySet<>();
    private final List<Runnable> reconnected = new CopyOnWriteArrayList<>();

    void prepare(List<Script> added) {
        scripts.addAll(added);
    }

    Stream<Script> scripts() {
        return scripts.stream();
    }

    void onReconnected(Runnable action) {
        reconnected.add(action);
    }

    void reconnected() {
        for (Runnable action : reconnected) {
            try {
                action.run();
            } catch (RuntimeException e) {
                LOG.error("a listener for reconnects to Redis failed", e);
            }
        }
    }
}
