package im.hongyan.cluster;

import im.hongyan.cluster.NodeStore.LiveNode;
import im.hongyan.protocol.SessionId;
import im.hongyan.store.Postgres;
import im.hongyan.store.StartFailure;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's membership in the cluster: it joins, renews its row in the database, detects nodes that died and
 * partitions, fences this node if it is in the minority, and leaves with a goodbye. A standalone node does none of
 * this.
 *
 * <p>When a node disappears without a goodbye, it may have committed entries that it did not push, so all clients sync.
 * If that node still renews its row, it is partitioned rather than dead, and users may still write there; then all
 * clients sync again when its row expires.
 */
public final class Membership {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    private static final long CHECK_MS = 2_000;
    private static final long JOIN_CHECK_MS = 250;
    /** PostgreSQL may still be committing the last statements of a node that died. */
    private static final long SYNC_DELAY_MS = 1_500;

    private static final int SYNC_SPREAD_MS = 5_000;
    /** How often clients sync while a live node is unreachable. */
    private static final long UNREACHABLE_SYNC_MS = 5_000;

    private static final int UNREACHABLE_SPREAD_MS = 3_000;
    private static final long REREGISTER_MS = 10_000;
    private static final long GOODBYE_TIMEOUT_MS = 3_000;
    private static final long GOODBYE_CHECK_MS = 50;
    /** A node that we reach and that has not sent anything for this long does not know our address. */
    private static final long UNHEARD_MS = 5_000;

    private static final int JOIN_SECONDS = 20;
    /**
     * Checks that find this node to be evicted before it fences itself. Until then clients sync every few seconds; most
     * problems between two nodes pass in this time.
     */
    private static final int EVICTION_CHECKS = 5;

    private final Cluster cluster;
    private final Vertx vertx;
    private final String address;
    private final NodeLink link;
    private final ClusterListener listener;
    private final NodeStore store;
    private final Quorum quorum;
    /** Nodes that have said goodbye. */
    private final Set<String> leavingNodes = ConcurrentHashMap.newKeySet();
    /** Nodes that are not members for this node, while the database may still list them. */
    private final Map<String, UnreachableNode> unreachable = new ConcurrentHashMap<>();

    /**
     * A node that the database may list and that is not a member for this node.
     *
     * @param since in nanoseconds
     * @param wasMember whether it was a member before
     * @param alive whether it has renewed its row since then: it is partitioned or just joining, not dead
     */
    private record UnreachableNode(long since, boolean wasMember, boolean alive) {
        long ms() {
            return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
        }
    }

    private Consumer<Set<SessionId>> onRevoked = sessions -> {};
    private Runnable onFenced = () -> {};
    private long lastSync = System.nanoTime();
    private long lastReregistration = System.nanoTime();
    private int evictionChecks;
    private volatile boolean fenced;
    private volatile boolean joined;
    private volatile boolean leaving;

    /** @param address Hazelcast's address, host:port; unused by a standalone node */
    public Membership(
            Cluster cluster,
            String address,
            NodeLink link,
            ClusterListener listener,
            Postgres postgres,
            MeterRegistry registry) {
        this.cluster = cluster;
        this.vertx = cluster.vertx();
        this.address = address;
        this.link = link;
        this.listener = listener;
        this.store = new NodeStore(postgres);
        this.quorum = new Quorum(cluster.bootId());
        Gauge.builder("hongyan.cluster.fenced", this, self -> self.fenced ? 1 : 0)
                .description("1 while this node is partitioned from most other nodes and accepts no clients")
                .register(registry);
    }

    /** The addresses of all live nodes (Hazelcast's, host:port) according to the database. */
    public static Future<List<String>> liveAddresses(Postgres postgres) {
        return new NodeStore(postgres).liveNodes().map(Membership::addresses);
    }

    /** Writes this node's row, and returns the addresses of all live nodes as {@link #liveAddresses} does. */
    public static Future<List<String>> register(Postgres postgres, String bootId, String address) {
        return new NodeStore(postgres).renew(bootId, address, Set.of()).map(Membership::addresses);
    }

    private static List<String> addresses(List<LiveNode> nodes) {
        return nodes.stream().map(LiveNode::address).distinct().toList();
    }

    /** Sets what to call when another node has revoked sessions. */
    public void onRevoked(Consumer<Set<SessionId>> action) {
        onRevoked = action;
    }

    /** Sets what to call, once, when this node fences itself: it should close its clients and restart. */
    public void onFenced(Runnable action) {
        onFenced = action;
    }

    public boolean isFenced() {
        return fenced;
    }

    /**
     * Joins the other nodes.
     *
     * @return completes when this node and most of the nodes in the database have reached each other; fails if that
     *     takes too long, and then this node should restart
     */
    public Future<Void> start() {
        if (cluster.isStandalone()) {
            return link.start((from, message) -> {});
        }
        return link.start(this::received)
                .onSuccess(none -> cluster.start(this::left, this::merging))
                .compose(none -> join(System.nanoTime() + TimeUnit.SECONDS.toNanos(JOIN_SECONDS)))
                .onSuccess(none -> {
                    joined = true;
                    scheduleCheck();
                });
    }

    private Future<Void> join(long deadline) {
        Set<String> missing = new HashSet<>(cluster.otherNodes());
        missing.removeIf(this::isConnected);
        return store.renew(cluster.bootId(), address, missing)
                .compose(nodes -> {
                    Set<String> alive = nodes.stream()
                            .filter(node -> node.ageMs() < Quorum.SILENT_MS)
                            .map(LiveNode::bootId)
                            .collect(Collectors.toSet());
                    Set<String> reached = cluster.otherNodes().stream()
                            .filter(this::isConnected)
                            .collect(Collectors.toSet());
                    // Waits for all nodes, but only half of the time: one broken node must not keep this one from
                    // starting.
                    boolean enough = reached.containsAll(cluster.otherNodes())
                            || deadline - System.nanoTime() < TimeUnit.SECONDS.toNanos(JOIN_SECONDS / 2);
                    if (enough && !Quorum.isMinority(cluster.bootId(), alive, reached) && !isEvicted(nodes, missing)) {
                        return Future.succeededFuture();
                    }
                    if (leaving || System.nanoTime() > deadline) {
                        return Future.failedFuture(
                                new StartFailure("Cannot connect to the other nodes: the database lists "
                                        + (alive.size() - 1) + ", " + reached.size()
                                        + " are connected. Check the network between the nodes, in both directions."));
                    }
                    return retryJoin(deadline);
                })
                .recover(failure ->
                        leaving || System.nanoTime() > deadline ? Future.failedFuture(failure) : retryJoin(deadline));
    }

    /** Whether this node and {@code node} have reached each other. */
    private boolean isConnected(String node) {
        return link.hasAnswered(node) && link.hasReceivedFrom(node);
    }

    private Future<Void> retryJoin(long deadline) {
        return vertx.timer(JOIN_CHECK_MS, TimeUnit.MILLISECONDS).compose(none -> join(deadline));
    }

    /** Tells the other nodes that sessions were revoked on this node. */
    public void broadcastRevoked(Collection<SessionId> sessions) {
        sessions.forEach(session -> link.broadcast(new NodeMessage.SessionRevoked(session)));
    }

    /**
     * Leaves in good order, after the last client has gone. Messages that cannot be sent in time are left to the log.
     */
    public Future<Void> leave() {
        if (cluster.isStandalone()) {
            return Future.succeededFuture();
        }
        leaving = true;
        return sayGoodbye(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GOODBYE_TIMEOUT_MS), false)
                .compose(none -> link.stop().otherwiseEmpty())
                .compose(none -> store.remove(cluster.bootId()))
                .mapEmpty();
    }

    /**
     * Sends a goodbye once all other messages have been acknowledged. If that takes too long, the node leaves without
     * one, and the clients of the others sync.
     */
    private Future<Void> sayGoodbye(long deadline, boolean sent) {
        if (fenced || System.nanoTime() > deadline) {
            return Future.succeededFuture();
        }
        boolean nowSent = sent;
        // A node that never joined has nothing to send, and may not reach the others.
        if (!joined || (listener.isIdle() && link.isIdle())) {
            if (sent) {
                return Future.succeededFuture();
            }
            link.broadcast(new NodeMessage.Leaving());
            nowSent = true;
        }
        boolean said = nowSent;
        return vertx.timer(GOODBYE_CHECK_MS, TimeUnit.MILLISECONDS).compose(none -> sayGoodbye(deadline, said));
    }

    private void received(String from, NodeMessage message) {
        if (message instanceof NodeMessage.Leaving) {
            leavingNodes.add(from);
        } else if (message instanceof NodeMessage.SessionRevoked revoked) {
            onRevoked.accept(Set.of(revoked.session()));
        } else {
            listener.received(from, message);
        }
    }

    private void left(String node) {
        long silence = link.silenceMs(node);
        link.remove(node);
        // This is a Hazelcast thread, which must not wait for the features.
        vertx.runOnContext(none -> listener.nodeLeft(node));
        if (leavingNodes.remove(node)) {
            return;
        }
        LOG.warn("Node {} disappeared without a goodbye: all clients sync", node);
        unreachable.put(
                node, new UnreachableNode(System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(silence), true, false));
        vertx.timer(SYNC_DELAY_MS, TimeUnit.MILLISECONDS).onSuccess(none -> listener.pushesLost(SYNC_SPREAD_MS));
    }

    private void scheduleCheck() {
        vertx.timer(CHECK_MS, TimeUnit.MILLISECONDS).onSuccess(none -> {
            if (!leaving) {
                // Without the database no node can decide, so none fences itself.
                store.renew(cluster.bootId(), address, quorum.unreachable())
                        .onSuccess(this::check)
                        .onComplete(done -> scheduleCheck());
            }
        });
    }

    private void check(List<LiveNode> nodes) {
        Map<String, LiveNode> byId = new HashMap<>();
        nodes.forEach(node -> byId.put(node.bootId(), node));
        checkUnreachable(byId);
        for (String node : cluster.otherNodes()) {
            boolean unheard = link.msSinceReceived(node) > UNHEARD_MS;
            if (byId.containsKey(node) && (unheard || link.silenceMs(node) > UNHEARD_MS)) {
                // Both nodes are up, but at least one cannot reach the other.
                syncWhileUnreachable();
                if (unheard) {
                    reregister(node);
                }
            }
        }
        if (!fenced && quorum.mustFence(nodes, this::silenceMs)) {
            LOG.error("This node is partitioned from most other nodes: it fences itself and closes its clients");
            fence();
        }
        evictionChecks = isEvicted(nodes, quorum.unreachable()) ? evictionChecks + 1 : 0;
        if (!fenced && evictionChecks >= EVICTION_CHECKS) {
            LOG.error(
                    "This node cannot reach {}, which other nodes reach: it fences itself and closes its clients",
                    quorum.unreachable());
            fence();
        }
    }

    /** Whether this node has to leave because some nodes cannot reach each other. */
    private boolean isEvicted(List<LiveNode> nodes, Set<String> missing) {
        Map<String, Set<String>> unreached = new HashMap<>();
        nodes.stream()
                .filter(node -> node.ageMs() < Quorum.SILENT_MS)
                .forEach(node -> unreached.put(node.bootId(), node.unreached()));
        unreached.put(cluster.bootId(), missing);
        return PartitionResolver.nodesToEvict(unreached).contains(cluster.bootId());
    }

    private void reregister(String node) {
        long now = System.nanoTime();
        if (now - lastReregistration > TimeUnit.MILLISECONDS.toNanos(REREGISTER_MS) && !leaving) {
            lastReregistration = now;
            LOG.warn("Node {} does not reach this node: registering this node's event bus address again", node);
            link.reregister();
        }
    }

    /** A partitioned node does not return under its old boot id, because the others keep state of it from before. */
    private void merging() {
        if (!leaving && !fenced) {
            LOG.error("This node was partitioned from the others and is being merged back: it restarts");
            fence();
        }
    }

    private synchronized void fence() {
        if (!fenced) {
            fenced = true;
            onFenced.run();
        }
    }

    /** A node that is not a member counts as silent, whatever else it does. */
    private long silenceMs(String node) {
        UnreachableNode state = unreachable.get(node);
        return state == null ? link.silenceMs(node) : state.ms();
    }

    private void checkUnreachable(Map<String, LiveNode> nodes) {
        Set<String> members = cluster.otherNodes();
        for (String node : members) {
            UnreachableNode before = unreachable.remove(node);
            if (before != null && before.wasMember()) {
                // Its messages to this node were lost in the meantime.
                listener.pushesLost(SYNC_SPREAD_MS);
            }
        }
        nodes.keySet().stream()
                .filter(node -> !members.contains(node) && !node.equals(cluster.bootId()))
                .forEach(node -> unreachable.putIfAbsent(node, new UnreachableNode(System.nanoTime(), false, false)));
        unreachable.forEach((node, state) -> {
            LiveNode row = nodes.get(node);
            if (row != null && state.ms() > row.ageMs()) {
                unreachable.put(node, new UnreachableNode(state.since(), state.wasMember(), true));
                if (state.wasMember()) {
                    // It runs on without this node and accepts messages from its clients.
                    syncWhileUnreachable();
                }
            } else if (row == null) {
                rowExpired(node, state);
            }
        });
    }

    private void syncWhileUnreachable() {
        long now = System.nanoTime();
        if (now - lastSync > TimeUnit.MILLISECONDS.toNanos(UNREACHABLE_SYNC_MS)) {
            lastSync = now;
            listener.pushesLost(UNREACHABLE_SPREAD_MS);
        }
    }

    private void rowExpired(String node, UnreachableNode state) {
        unreachable.remove(node);
        if (state.alive() && state.wasMember()) {
            LOG.info("Node {}, which was unreachable, has ended: all clients sync again", node);
            listener.pushesLost(SYNC_SPREAD_MS);
        }
        listener.nodeDied(node);
    }
}
