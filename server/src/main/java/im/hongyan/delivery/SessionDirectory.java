package im.hongyan.delivery;

import im.hongyan.cluster.Cluster;
import im.hongyan.delivery.RouteStore.Route;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import im.hongyan.store.redis.Redis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which users are connected to which nodes. The routes are in Redis ({@link RouteStore}), and the nodes can rebuild
 * them: each node checks its own routes at every heartbeat, and writes those again that Redis has lost. Routes to dead
 * nodes are ignored; {@link DeadNodeReaper} removes them. Thread-safe.
 */
public final class SessionDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(SessionDirectory.class);
    private static final long HEARTBEAT_MS = 2_000;
    private static final long RENEW_MS = 60_000;
    private static final int CHUNK = 300;
    private static final int MAX_UNREMOVED = 10_000;
    /** Each heartbeat checks one of this many parts of the routes, so that a lost route is found within 15 s. */
    private static final int CHECK_PARTS = 4;

    private final Cluster cluster;
    private final Vertx vertx;
    private final Sockets sockets;
    private final RouteStore store;
    /** When each connection was opened, by connection id, in milliseconds since 1970. */
    private final Map<String, Long> openedAt = new ConcurrentHashMap<>();
    /** Routes that could not be written, for the next heartbeat. */
    private final Set<Principal> unwritten = ConcurrentHashMap.newKeySet();
    /** Routes that could not be removed, for the next heartbeat. */
    private final Set<Principal> unremoved = ConcurrentHashMap.newKeySet();

    private Consumer<Boolean> onIncomplete = incomplete -> {};
    private boolean reportedIncomplete;
    private Runnable onRewritten = () -> {};
    private Consumer<Collection<UserId>> onRestored = users -> {};
    private long lastRewrite = System.nanoTime();
    private int checkedPart;
    private boolean keyWritten;
    private boolean incomplete;
    private boolean stopped;

    public SessionDirectory(Cluster cluster, Redis redis, Sockets sockets) {
        this.cluster = cluster;
        this.vertx = cluster.vertx();
        this.sockets = sockets;
        this.store = new RouteStore(redis, cluster.bootId());
    }

    /**
     * Sets what to call when all routes are written again after some were missing for a while: pushes to their users
     * may have been lost.
     */
    void onRewritten(Runnable action) {
        onRewritten = action;
    }

    /**
     * Sets what to call when single routes were missing, as after a failover to a Redis that lagged behind, and are
     * written again: pushes to these users may have been lost.
     */
    void onRestored(Consumer<Collection<UserId>> action) {
        onRestored = action;
    }

    /**
     * Sets what to call at each heartbeat while this node's routes may be incomplete (with true), and once afterwards
     * (with false). Meanwhile the other nodes should send this node everything.
     */
    void onIncomplete(Consumer<Boolean> action) {
        onIncomplete = action;
    }

    public void start() {
        store.onReconnected(() -> {
            setIncomplete();
            rewrite();
        });
        heartbeat();
    }

    public synchronized void stop() {
        stopped = true;
    }

    /**
     * Writes a connection's route.
     *
     * @return all routes of the user to live nodes; fails if Redis is unavailable, and then the route is written as
     *     soon as Redis is back
     */
    Future<List<Route>> add(Principal principal) {
        openedAt.put(principal.connection(), System.currentTimeMillis());
        return store.add(principal, openedAt(principal))
                .map(routes -> {
                    Set<String> alive = liveNodes();
                    return routes.stream()
                            .filter(route -> alive.contains(route.node()))
                            .toList();
                })
                .onFailure(failure -> {
                    LOG.debug("Cannot write a route: {}", failure.toString());
                    unwritten.add(principal);
                });
    }

    private long openedAt(Principal principal) {
        return openedAt.getOrDefault(principal.connection(), 0L);
    }

    private Set<String> liveNodes() {
        Set<String> alive = new HashSet<>(cluster.otherNodes());
        alive.add(cluster.bootId());
        return alive;
    }

    /** @param last whether the user has no other connection on this node */
    void remove(Principal principal, boolean last) {
        openedAt.remove(principal.connection());
        unwritten.remove(principal);
        store.remove(principal, last)
                .onFailure(failure -> {
                    LOG.debug("Cannot remove a route: {}", failure.toString());
                    if (unremoved.size() < MAX_UNREMOVED) {
                        unremoved.add(principal);
                    }
                })
                .onSuccess(done -> {
                    if (last && sockets.has(principal.user())) {
                        // The user reconnected in the meantime, perhaps over another connection to Redis.
                        store.addUser(principal.user());
                    }
                });
    }

    /** Returns the other live nodes that each user is connected to. */
    Future<Map<UserId, Set<String>>> nodesOf(Collection<UserId> users) {
        return store.nodesOf(users).map(found -> {
            Set<String> others = cluster.otherNodes();
            found.values().forEach(nodes -> nodes.retainAll(others));
            return found;
        });
    }

    /** Returns those of the users that are connected to any live node. */
    Future<Set<UserId>> connected(Collection<UserId> users) {
        return store.nodesOf(users).map(found -> {
            Set<String> alive = liveNodes();
            found.values().removeIf(nodes -> Collections.disjoint(nodes, alive));
            return found.keySet();
        });
    }

    /** @see RouteStore#claimUsersOf */
    Future<Set<UserId>> claimUsersOf(String dead) {
        return store.claimUsersOf(dead);
    }

    /** @see RouteStore#removeRoutes */
    Future<Void> removeRoutes(String dead, List<UserId> users) {
        return store.removeRoutes(dead, users);
    }

    /** @see RouteStore#removeNode */
    Future<Void> removeNode(String dead) {
        return store.removeNode(dead);
    }

    private void heartbeat() {
        store.renewNode().onSuccess(this::renewed).onComplete(done -> {
            reportIncomplete(done.failed());
            if (!isStopped()) {
                vertx.setTimer(HEARTBEAT_MS, none -> heartbeat());
            }
        });
    }

    private void reportIncomplete(boolean failed) {
        boolean now;
        boolean before;
        synchronized (this) {
            now = failed || incomplete || !unwritten.isEmpty();
            before = reportedIncomplete;
            reportedIncomplete = now;
        }
        if (now || before) {
            onIncomplete.accept(now);
        }
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    /** @param existed whether this node's key was still in Redis */
    private void renewed(boolean existed) {
        boolean lost = !existed && keyWritten;
        keyWritten = true;
        if (lost) {
            incomplete = true;
            LOG.warn("Redis has lost its data: rewriting the routes of {} sockets", sockets.count());
        }
        if (incomplete || System.nanoTime() - lastRewrite > RENEW_MS * 1_000_000) {
            rewrite();
        } else if (!unwritten.isEmpty()) {
            List<Principal> missing = List.copyOf(unwritten);
            missing.forEach(unwritten::remove);
            restore(missing);
        } else if (!cluster.isStandalone()) {
            checkNextPart();
        }
        List<Principal> closed = List.copyOf(unremoved);
        closed.forEach(unremoved::remove);
        closed.forEach(principal -> remove(principal, !sockets.has(principal.user())));
        store.renewUsers();
    }

    /** Checks whether Redis has the routes of one part of the sockets. */
    private void checkNextPart() {
        checkedPart = (checkedPart + 1) % CHECK_PARTS;
        long now = System.currentTimeMillis();
        List<Principal> principals = new ArrayList<>();
        sockets.forEach(connection -> {
            Principal principal = connection.principal();
            boolean inPart = Math.floorMod(principal.connection().hashCode(), CHECK_PARTS) == checkedPart;
            // The route of a new connection may not be written yet.
            if (inPart && Math.abs(now - openedAt.getOrDefault(principal.connection(), now)) > HEARTBEAT_MS) {
                principals.add(principal);
            }
        });
        check(principals, 0);
    }

    private void check(List<Principal> principals, int from) {
        if (from >= principals.size()) {
            return;
        }
        List<Principal> chunk = principals.subList(from, Math.min(from + CHUNK, principals.size()));
        store.missing(chunk).onSuccess(missing -> {
            restore(missing.stream()
                    .filter(principal -> sockets.find(principal) != null)
                    .toList());
            check(principals, from + chunk.size());
        });
    }

    private void restore(List<Principal> lost) {
        if (lost.isEmpty()) {
            return;
        }
        LOG.warn("Redis does not have the routes of {} sockets: rewriting them", lost.size());
        rewrite(
                lost,
                0,
                () -> onRestored.accept(lost.stream().map(Principal::user).toList()));
    }

    private synchronized void setIncomplete() {
        incomplete = true;
    }

    /** Writes all routes of this node, one chunk after the other. */
    private synchronized void rewrite() {
        lastRewrite = System.nanoTime();
        List<Principal> principals = new ArrayList<>();
        sockets.forEach(connection -> principals.add(connection.principal()));
        rewrite(principals, 0, incomplete ? onRewritten : () -> {});
        incomplete = false;
    }

    private void rewrite(List<Principal> principals, int from, Runnable then) {
        if (from >= principals.size()) {
            then.run();
            return;
        }
        int to = Math.min(from + CHUNK, principals.size());
        List<Principal> chunk = principals.subList(from, to);
        store.write(chunk, this::openedAt)
                // Connections that were closed in the meantime must not stay in the directory.
                .onSuccess(none -> chunk.stream()
                        .filter(principal -> sockets.find(principal) == null)
                        .forEach(principal -> remove(principal, !sockets.has(principal.user()))))
                .onSuccess(none -> rewrite(principals, to, then))
                .onFailure(failure -> {
                    setIncomplete();
                    LOG.warn("Cannot write routes, retrying: {}", failure.toString());
                });
    }
}
