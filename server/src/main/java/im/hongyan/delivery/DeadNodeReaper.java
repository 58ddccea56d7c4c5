package im.hongyan.delivery;

import im.hongyan.protocol.UserId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node that died leaves behind: routes, and people who are still taken to be online. One of the survivors removes
 * both, when the node's row has ended, some ten seconds after its death: its people have come back on other nodes by then.
 * If that one dies too, another tries a minute later; what nobody removes expires.
 */
final class DeadNodeReaper {
    private static final Logger LOG = LoggerFactory.getLogger(DeadNodeReaper.class);
    private static final long AGAIN_MS = 70_000;
    private static final int TRIES = 3;
    private static final int BATCH = 300;

    private final Cluster cluster;
    private final Vertx vertx;
    private final SessionDirectory directory;
    private final Presence presence;
    private final Counter done;

    DeadNodeReaper(Cluster cluster, SessionDirectory directory, Presence presence, MeterRegistry registry) {
        this.cluster = cluster;
        this.vertx = cluster.vertx();
        this.directory = directory;
        this.presence = presence;
        this.done = Counter.builder("hongyan.cluster.nodes.reaped")
                .description("Nodes that died and behind which this one has cleaned up")
                .register(registry);
    }

    void after(String dead) {
        tryNow(dead, Instant.now(), 1);
    }

    private void tryNow(String dead, Instant at, int attempt) {
        if (cluster.others().contains(dead)) {
            // It was only slow to join: its row had ended before it was a member.
            return;
        }
        directory
                .claimUsersOf(dead)
                .compose(users -> users.isEmpty() ? Future.succeededFuture() : cleanUp(dead, users, at))
                .onFailure(failure -> LOG.warn("cleaning up behind node {} failed: {}", dead, failure.toString()));
        if (attempt < TRIES) {
            // Finds nothing if all went well.
            vertx.timer(AGAIN_MS, TimeUnit.MILLISECONDS).onSuccess(none -> tryNow(dead, at, attempt + 1));
        }
    }

    private Future<Void> cleanUp(String dead, Set<UserId> users, Instant at) {
        LOG.info("Cleaning up behind node {}: {} people were connected there", dead, users.size());
        return remove(dead, new ArrayList<>(users), at, 0)
                .compose(none -> directory.forget(dead))
                .onSuccess(none -> done.increment());
    }

    private Future<Void> remove(String dead, List<UserId> users, Instant at, int from) {
        if (from >= users.size()) {
            return Future.succeededFuture();
        }
        int to = Math.min(from + BATCH, users.size());
        List<UserId> some = users.subList(from, to);
        return directory
                .removeRoutes(dead, some)
                .compose(none -> directory.connected(some))
                .onSuccess(connected -> presence.lost(
                        some.stream().filter(user -> !connected.contains(user)).toList(), at))
                .compose(none -> remove(dead, users, at, to));
    }
}
