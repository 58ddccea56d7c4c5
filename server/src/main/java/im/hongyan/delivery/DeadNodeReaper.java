package im.hongyan.delivery;

import im.hongyan.cluster.Cluster;
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
 * Removes a dead node's routes from the session directory, and marks its users offline. One of the survivors does this
 * when the node's row in the database has expired, about ten seconds after its death; by then its users have
 * reconnected to other nodes. If that survivor dies too, another one retries a minute later; anything left after that
 * expires.
 */
final class DeadNodeReaper {
    private static final Logger LOG = LoggerFactory.getLogger(DeadNodeReaper.class);
    private static final long RETRY_MS = 70_000;
    private static final int MAX_ATTEMPTS = 3;
    private static final int BATCH = 300;

    private final Cluster cluster;
    private final Vertx vertx;
    private final SessionDirectory directory;
    private final Presence presence;
    private final Counter reaped;

    DeadNodeReaper(Cluster cluster, SessionDirectory directory, Presence presence, MeterRegistry registry) {
        this.cluster = cluster;
        this.vertx = cluster.vertx();
        this.directory = directory;
        this.presence = presence;
        this.reaped = Counter.builder("hongyan.cluster.nodes.reaped")
                .description("Dead nodes whose routes this node has removed")
                .register(registry);
    }

    void reap(String deadNode) {
        attempt(deadNode, Instant.now(), 1);
    }

    private void attempt(String deadNode, Instant at, int attempt) {
        if (cluster.otherNodes().contains(deadNode)) {
            // The node was slow to join: its row had expired before it became a member.
            return;
        }
        directory
                .claimUsersOf(deadNode)
                .compose(users -> users.isEmpty() ? Future.succeededFuture() : removeAll(deadNode, users, at))
                .onFailure(failure ->
                        LOG.warn("Cannot remove the routes of dead node {}: {}", deadNode, failure.toString()));
        if (attempt < MAX_ATTEMPTS) {
            // The next attempt finds nothing if this one succeeds.
            vertx.timer(RETRY_MS, TimeUnit.MILLISECONDS).onSuccess(none -> attempt(deadNode, at, attempt + 1));
        }
    }

    private Future<Void> removeAll(String deadNode, Set<UserId> users, Instant at) {
        LOG.info("Removing the routes of dead node {}, which had {} users", deadNode, users.size());
        return removeFrom(deadNode, new ArrayList<>(users), at, 0)
                .compose(none -> directory.removeNode(deadNode))
                .onSuccess(none -> reaped.increment());
    }

    private Future<Void> removeFrom(String deadNode, List<UserId> users, Instant at, int from) {
        if (from >= users.size()) {
            return Future.succeededFuture();
        }
        int to = Math.min(from + BATCH, users.size());
        List<UserId> batch = users.subList(from, to);
        return directory
                .removeRoutes(deadNode, batch)
                .compose(none -> directory.connected(batch))
                .onSuccess(connected -> presence.markOffline(
                        batch.stream().filter(user -> !connected.contains(user)).toList(), at))
                .compose(none -> removeFrom(deadNode, users, at, to));
    }
}
