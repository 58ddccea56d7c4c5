package im.hongyan.delivery;

import im.hongyan.delivery.NodeStore.LiveNode;
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
 * This node as one of several: it says that it is there, hears what the others say, notices when one of them is gone or
 * when it is itself cut off, and leaves with a goodbye. A node by itself has nothing to do here.
 *
 * <p>When a node is gone without a goodbye, something that it had committed may not have been pushed: everybody syncs. If
 * that node still renewed its row then, it was cut off and not dead, and people may have written there: everybody syncs
 * once more when its row ends.
 */
public final class Membership {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    private static final long LOOK_MS = 2_000;
    private static final long JOIN_LOOK_MS = 250;
    private static final long SYNC_AFTER_MS = 1_500;
    private static final int SYNC_SPREAD_MS = 5_000;
    private static final int REWRITTEN_SPREAD_MS = 3_000;
    /** While a node that lives is out of reach. */
    private static final long OUT_OF_REACH_SYNC_MS = 5_000;

    private static final int OUT_OF_REACH_SPREAD_MS = 3_000;
    private static final long LISTEN_AGAIN_MS = 10_000;
    private static final long GOODBYE_MS = 3_000;
    private static final long GOODBYE_LOOK_MS = 50;
    /** A node that we reach and that has not said a word for so long does not know our address. */
    private static final long UNHEARD_MS = 5_000;

    private static final int JOIN_SECONDS = 20;
    /** Until then all sync every few seconds; most of what lets two nodes lose each other passes before. */
    private static final int TOO_MANY_LOOKS = 5;

    private final Cluster cluster;
    private final Vertx vertx;
    private final String address;
    private final NodeLink link;
    private final SessionDirectory directory;
    private final Delivery delivery;
    private final Presence presence;
    private final NodeStore store;
    private final DeadNodeReaper cleanUp;
    private final Quorum quorum;
    private final Set<String> farewells = ConcurrentHashMap.newKeySet();
    /** Nodes that are no members for us, while the database may still hear of them. */
    private final Map<String, UnreachableNode> absent = new ConcurrentHashMap<>();

    /**
     * A node that the database may know and we do not.
     *
     * @param since nanoseconds
     * @param member whether it was one of the nodes before
     * @param alive whether it has renewed its row since then: it is cut off, or just joining, and not dead
     */
    private record UnreachableNode(long since, boolean member, boolean alive) {
        long ms() {
            return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
        }
    }

    private Consumer<Set<SessionId>> onRevoked = sessions -> {};
    private Runnable onCutOff = () -> {};
    private long lastSync = System.nanoTime();
    private long listenedAgain = System.nanoTime();
    private int tooMany;
    private volatile boolean cutOff;
    private volatile boolean settled;
    private volatile boolean leaving;

    /** @param address of Hazelcast, host:port; empty for a node by itself */
    public Membership(
            Cluster cluster,
            String address,
            NodeLink link,
            SessionDirectory directory,
            Delivery delivery,
            Presence presence,
            Postgres postgres,
            MeterRegistry registry) {
        this.cluster = cluster;
        this.vertx = cluster.vertx();
        this.address = address;
        this.link = link;
        this.directory = directory;
        this.delivery = delivery;
        this.presence = presence;
        this.store = new NodeStore(postgres);
        this.cleanUp = new DeadNodeReaper(cluster, directory, presence, registry);
        this.quorum = new Quorum(cluster.bootId());
        Gauge.builder("hongyan.cluster.fenced", this, self -> self.cutOff ? 1 : 0)
                .description("1 while this node is cut off from most others and takes no clients")
                .register(registry);
    }

    /** Where nodes are that are up (host:port of Hazelcast), by what they wrote in the database. */
    public static Future<List<String>> known(Postgres postgres) {
        return new NodeStore(postgres).up().map(Membership::addresses);
    }

    /** As {@link #known}; writes that this one will be there too. */
    public static Future<List<String>> announce(Postgres postgres, String bootId, String address) {
        return new NodeStore(postgres).renew(bootId, address, Set.of()).map(Membership::addresses);
    }

    private static List<String> addresses(List<LiveNode> up) {
        return up.stream().map(LiveNode::address).distinct().toList();
    }

    /** Called when another node has revoked sessions. */
    public void onRevoked(Consumer<Set<SessionId>> action) {
        onRevoked = action;
    }

    /** Called once, when this node finds that it is cut off: it should send its clients away and start anew. */
    public void onCutOff(Runnable action) {
        onCutOff = action;
    }

    public boolean isCutOff() {
        return cutOff;
    }

    /**
     * Takes part from now on.
     *
     * @return done when most of the nodes of which the database knows have been reached and have reached this one; fails if
     *     that takes too long, and then this node should start anew
     */
    public Future<Void> start() {
        if (cluster.isAlone()) {
            return link.start((from, message) -> {});
        }
        directory.onRewritten(() -> delivery.sync(REWRITTEN_SPREAD_MS));
        directory.onUnsure(wanted -> link.broadcast(new NodeMessage.BroadcastMode(wanted)));
        directory.onFound(delivery::sync);
        return link.start(this::received)
                .onSuccess(none -> cluster.start(this::left, this::merging))
                .compose(none -> settle(System.nanoTime() + TimeUnit.SECONDS.toNanos(JOIN_SECONDS)))
                .onSuccess(none -> {
                    settled = true;
                    lookLater();
                });
    }

    private Future<Void> settle(long deadline) {
        Set<String> lacking = new HashSet<>(cluster.others());
        lacking.removeIf(node -> link.hasAnswered(node) && link.hasSpoken(node));
        return store.renew(cluster.bootId(), address, lacking)
                .compose(up -> {
                    Set<String> alive = up.stream()
                            .filter(node -> node.ageMs() < Quorum.SILENT_MS)
                            .map(LiveNode::bootId)
                            .collect(Collectors.toSet());
                    Set<String> reached = cluster.others().stream()
                            .filter(node -> link.hasAnswered(node) && link.hasSpoken(node))
                            .collect(Collectors.toSet());
                    // All of them, if they can be reached at all: one that is broken keeps nobody else from starting.
                    boolean enough = reached.containsAll(cluster.others())
                            || deadline - System.nanoTime() < TimeUnit.SECONDS.toNanos(JOIN_SECONDS / 2);
                    if (enough && !Quorum.isMinority(cluster.bootId(), alive, reached) && !isOneTooMany(up, lacking)) {
                        return Future.succeededFuture();
                    }
                    if (leaving || System.nanoTime() > deadline) {
                        return Future.failedFuture(new StartFailure(
                                "The other nodes cannot be reached, or do not reach this one:" + " the database knows "
                                        + (alive.size() - 1) + ", " + reached.size() + " answered."));
                    }
                    return settleLater(deadline);
                })
                .recover(failure ->
                        leaving || System.nanoTime() > deadline ? Future.failedFuture(failure) : settleLater(deadline));
    }

    private Future<Void> settleLater(long deadline) {
        return vertx.timer(JOIN_LOOK_MS, TimeUnit.MILLISECONDS).compose(none -> settle(deadline));
    }

    /** Tells the other nodes that sessions were revoked here. */
    public void revoked(Collection<SessionId> sessions) {
        sessions.forEach(session -> link.broadcast(new NodeMessage.SessionRevoked(session)));
    }

    /**
     * Leaves in good order: what was to be told has been told by then, or the log will tell it. No more clients may be
     * here.
     */
    public Future<Void> leave() {
        if (cluster.isAlone()) {
            return Future.succeededFuture();
        }
        leaving = true;
        return goodbye(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GOODBYE_MS), false)
                .compose(none -> link.stop().otherwiseEmpty())
                .compose(none -> store.remove(cluster.bootId()))
                .mapEmpty();
    }

    /** If what was to be told cannot be told, it leaves without a goodbye, and the others see to it. */
    private Future<Void> goodbye(long deadline, boolean said) {
        if (cutOff || System.nanoTime() > deadline) {
            return Future.succeededFuture();
        }
        // Who never took part has nothing to tell, and may not reach everybody.
        if (!settled || (delivery.isIdle() && link.isIdle())) {
            if (said) {
                return Future.succeededFuture();
            }
            link.broadcast(new NodeMessage.Leaving());
            said = true;
        }
        boolean known = said;
        return vertx.timer(GOODBYE_LOOK_MS, TimeUnit.MILLISECONDS).compose(none -> goodbye(deadline, known));
    }

    private void received(String from, NodeMessage message) {
        if (message instanceof NodeMessage.Leaving) {
            farewells.add(from);
        } else if (message instanceof NodeMessage.BroadcastMode everything) {
            delivery.everything(from, everything.wanted());
        } else if (message instanceof NodeMessage.SessionRevoked revoked) {
            onRevoked.accept(Set.of(revoked.session()));
        } else {
            delivery.received(message);
            presence.received(message);
        }
    }

    private void left(String node) {
        long silence = link.silence(node);
        link.forget(node);
        if (farewells.remove(node)) {
            return;
        }
        LOG.warn("Node {} is gone without a goodbye: clients sync", node);
        absent.put(node, new UnreachableNode(System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(silence), true, false));
        // What its last statements commit, which PostgreSQL may still be at, is in the log by then.
        vertx.timer(SYNC_AFTER_MS, TimeUnit.MILLISECONDS).onSuccess(none -> delivery.sync(SYNC_SPREAD_MS));
    }

    private void lookLater() {
        vertx.timer(LOOK_MS, TimeUnit.MILLISECONDS).onSuccess(none -> {
            if (!leaving) {
                // Without the database nobody knows, and nobody acts.
                store.renew(cluster.bootId(), address, quorum.outOfReach())
                        .onSuccess(this::look)
                        .onComplete(done -> lookLater());
            }
        });
    }

    private void look(List<LiveNode> up) {
        Map<String, LiveNode> byId = new HashMap<>();
        up.forEach(node -> byId.put(node.bootId(), node));
        lookForAbsent(byId);
        for (String node : cluster.others()) {
            boolean unheard = link.unheard(node) > UNHEARD_MS;
            if (byId.containsKey(node) && (unheard || link.silence(node) > UNHEARD_MS)) {
                // One of the two does not reach the other, though both are up.
                syncNowAndThen();
                if (unheard) {
                    listenAgain(node);
                }
            }
        }
        if (!cutOff && quorum.isCutOff(up, this::silence)) {
            LOG.error("This node is cut off from most others: sending its clients there");
            cutOff();
        }
        tooMany = isOneTooMany(up, quorum.outOfReach()) ? tooMany + 1 : 0;
        if (!cutOff && tooMany >= TOO_MANY_LOOKS) {
            LOG.error(
                    "This node does not reach {}, which others reach: sending its clients there", quorum.outOfReach());
            cutOff();
        }
    }

    /** Whether the nodes are better off without this one, as some do not reach each other. */
    private boolean isOneTooMany(List<LiveNode> up, Set<String> lacking) {
        Map<String, Set<String>> unreached = new HashMap<>();
        up.stream()
                .filter(node -> node.ageMs() < Quorum.SILENT_MS)
                .forEach(node -> unreached.put(node.bootId(), node.unreached()));
        unreached.put(cluster.bootId(), lacking);
        return PartitionResolver.withoutWhom(unreached).contains(cluster.bootId());
    }

    private void listenAgain(String node) {
        long now = System.nanoTime();
        if (now - listenedAgain > TimeUnit.MILLISECONDS.toNanos(LISTEN_AGAIN_MS) && !leaving) {
            listenedAgain = now;
            LOG.warn("Node {} does not reach this one: making its address known again", node);
            link.listenAgain();
        }
    }

    /** A boot id that was apart never comes back: it would find what others remember of it from before. */
    private void merging() {
        if (!leaving && !cutOff) {
            LOG.error("This node was apart from the others: it starts anew");
            cutOff();
        }
    }

    private synchronized void cutOff() {
        if (!cutOff) {
            cutOff = true;
            onCutOff.run();
        }
    }

    /** A node that is no member for us is silent, whatever else it does. */
    private long silence(String node) {
        UnreachableNode since = absent.get(node);
        return since == null ? link.silence(node) : since.ms();
    }

    private void lookForAbsent(Map<String, LiveNode> up) {
        Set<String> others = cluster.others();
        for (String node : others) {
            UnreachableNode before = absent.remove(node);
            if (before != null && before.member()) {
                // What it had for us in the meantime went nowhere.
                delivery.sync(SYNC_SPREAD_MS);
            }
        }
        up.keySet().stream()
                .filter(node -> !others.contains(node) && !node.equals(cluster.bootId()))
                .forEach(node -> absent.putIfAbsent(node, new UnreachableNode(System.nanoTime(), false, false)));
        absent.forEach((node, since) -> {
            LiveNode row = up.get(node);
            if (row != null && since.ms() > row.ageMs()) {
                absent.put(node, new UnreachableNode(since.since(), since.member(), true));
                if (since.member()) {
                    // It goes on without us, and takes what its clients write.
                    syncNowAndThen();
                }
            } else if (row == null) {
                ended(node, since);
            }
        });
    }

    private void syncNowAndThen() {
        long now = System.nanoTime();
        if (now - lastSync > TimeUnit.MILLISECONDS.toNanos(OUT_OF_REACH_SYNC_MS)) {
            lastSync = now;
            delivery.sync(OUT_OF_REACH_SPREAD_MS);
        }
    }

    private void ended(String node, UnreachableNode since) {
        absent.remove(node);
        if (since.alive() && since.member()) {
            LOG.info("Node {}, which was out of reach, has ended: clients sync once more", node);
            delivery.sync(SYNC_SPREAD_MS);
        }
        cleanUp.after(node);
    }
}
