package im.hongyan.delivery;

import im.hongyan.cluster.Cluster;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.redis.Redis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which users are connected to which nodes, in Redis. The nodes can rebuild it: after Redis has lost it, each node
 * writes its own routes again. Routes of dead nodes are ignored; {@link DeadNodeReaper} removes them.
 *
 * <p>Keys:
 * <ul>
 *   <li>{@code hongyan:routes:{<user>}}, a hash from connection id to {@code <boot id>|<session>|<ms since 1970>};
 *       expires after {@value #ROUTE_MS} ms unless a node renews it
 *   <li>{@code hongyan:users:{<boot id>}}, the set of a node's users, for the node that reaps it; expires after twice
 *       as long
 *   <li>{@code hongyan:node:{<boot id>}}, a string that a live node renews every {@value #HEARTHEARTBEAT_MS} ms; a node
 *       that misses its own key knows that Redis was flushed
 *   <li>{@code hongyan:cleanup:{<boot id>}}, the node that reaps a dead node; expires after {@value #CLEANUP_MS} ms
 * </ul>
 */
public final class SessionDirectory {
    /**
     * A connection in the directory.
     *
     * @param node the boot id of the node that it is connected to
     * @param since when it was openedAt, in milliseconds since 1970 by that node's clock
     */
    record Route(String node, SessionId session, long since, String connection) {}

    private static final Logger LOG = LoggerFactory.getLogger(SessionDirectory.class);
    private static final long HEARTBEAT_MS = 2_000;
    private static final long NODE_MS = 10_000;
    private static final long ROUTE_MS = 180_000;
    private static final long RENEW_MS = 60_000;
    private static final long CLEANUP_MS = 60_000;
    private static final int CHUNK = 300;
    private static final int MAX_UNREMOVED = 10_000;
    /** Each heartbeat checks one of this many parts of the routes, so that a lost route is found within 15 s. */
    private static final int CHECK_PARTS = 4;

    private final Cluster cluster;
    private final Vertx vertx;
    private final Redis redis;
    private final Sockets sockets;
    private final String bootId;
    /** When each connection was openedAt, by connection id, in milliseconds since 1970. */
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
        this.redis = redis;
        this.sockets = sockets;
        this.bootId = cluster.bootId();
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
        redis.onReconnected(() -> {
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
        List<Request> requests = new ArrayList<>(writes(principal));
        requests.add(Request.cmd(Command.HGETALL).arg(routes(principal.user())));
        return redis.batch(requests)
                .map(answers -> routes(answers.get(answers.size() - 1)))
                .onFailure(failure -> {
                    LOG.debug("Cannot write a route: {}", failure.toString());
                    unwritten.add(principal);
                });
    }

    /** @param last whether the user has no other connection on this node */
    void remove(Principal principal, boolean last) {
        openedAt.remove(principal.connection());
        unwritten.remove(principal);
        List<Request> requests = new ArrayList<>();
        requests.add(Request.cmd(Command.HDEL).arg(routes(principal.user())).arg(principal.connection()));
        if (last) {
            requests.add(Request.cmd(Command.SREM)
                    .arg(users(bootId))
                    .arg(principal.user().text()));
        }
        redis.batch(requests)
                .onFailure(failure -> {
                    LOG.debug("Cannot remove a route: {}", failure.toString());
                    if (unremoved.size() < MAX_UNREMOVED) {
                        unremoved.add(principal);
                    }
                })
                .onSuccess(done -> {
                    if (last && sockets.has(principal.user())) {
                        // The user reconnected in the meantime, perhaps over another connection to Redis.
                        redis.send(member(principal.user()));
                    }
                });
    }

    /** Returns the other live nodes that each user is connected to. */
    Future<Map<UserId, Set<String>>> nodesOf(Collection<UserId> users) {
        return lookUp(users).map(found -> {
            Set<String> others = cluster.otherNodes();
            found.values().forEach(nodes -> nodes.retainAll(others));
            return found;
        });
    }

    /** Returns those of the users that are connected to any live node. */
    Future<Set<UserId>> connected(Collection<UserId> users) {
        return lookUp(users).map(found -> {
            Set<String> alive = new HashSet<>(cluster.otherNodes());
            alive.add(bootId);
            found.values().removeIf(nodes -> Collections.disjoint(nodes, alive));
            return found.keySet();
        });
    }

    private Future<Map<UserId, Set<String>>> lookUp(Collection<UserId> users) {
        Map<UserId, Set<String>> found = new LinkedHashMap<>();
        if (users.isEmpty()) {
            return Future.succeededFuture(found);
        }
        List<Request> requests = new ArrayList<>(users.size());
        for (UserId user : users) {
            requests.add(Request.cmd(Command.HVALS).arg(routes(user)));
        }
        return redis.batch(requests).map(answers -> {
            Iterator<Response> answer = answers.iterator();
            for (UserId user : users) {
                found.put(user, bootIds(answer.next()));
            }
            return found;
        });
    }

    private static Set<String> bootIds(Response routes) {
        Set<String> ids = new HashSet<>();
        routes.forEach(
                route -> ids.add(route.toString().substring(0, route.toString().indexOf('|'))));
        return ids;
    }

    private List<Route> routes(Response all) {
        Set<String> others = cluster.otherNodes();
        List<Route> routes = new ArrayList<>();
        for (String connection : all.getKeys()) {
            String[] parts = all.get(connection).toString().split("\\|", -1);
            if (parts[0].equals(bootId) || others.contains(parts[0])) {
                long since = parts.length > 2 ? Long.parseLong(parts[2]) : 0;
                routes.add(new Route(parts[0], SessionId.of(parts[1]), since, connection));
            }
        }
        return routes;
    }

    private static String node(String bootId) {
        return "hongyan:node:{" + bootId + "}";
    }

    private static String users(String bootId) {
        return "hongyan:users:{" + bootId + "}";
    }

    private List<Request> writes(Principal principal) {
        String key = routes(principal.user());
        String route =
                bootId + "|" + principal.session().text() + "|" + openedAt.getOrDefault(principal.connection(), 0L);
        return List.of(
                Request.cmd(Command.HSET).arg(key).arg(principal.connection()).arg(route),
                Request.cmd(Command.PEXPIRE).arg(key).arg(ROUTE_MS),
                member(principal.user()));
    }

    private Request member(UserId user) {
        return Request.cmd(Command.SADD).arg(users(bootId)).arg(user.text());
    }

    /**
     * Claims the cleanup of a dead node. Of several nodes, one succeeds, for a minute.
     *
     * @return the dead node's users; none if another node has claimed it
     */
    Future<Set<UserId>> claimUsersOf(String dead) {
        Request claim = Request.cmd(Command.SET)
                .arg("hongyan:cleanup:{" + dead + "}")
                .arg(bootId)
                .arg("PX")
                .arg(CLEANUP_MS)
                .arg("NX");
        return redis.send(claim).compose(claimed -> {
            if (claimed == null) {
                return Future.succeededFuture(Set.of());
            }
            return redis.send(Request.cmd(Command.SMEMBERS).arg(users(dead))).map(members -> {
                Set<UserId> users = new HashSet<>();
                members.forEach(member -> users.add(UserId.of(member.toString())));
                return users;
            });
        });
    }

    /** Removes a dead node's routes of these users, in one batch. */
    Future<Void> removeRoutes(String dead, List<UserId> users) {
        List<Request> reads = users.stream()
                .map(user -> Request.cmd(Command.HGETALL).arg(routes(user)))
                .toList();
        return redis.batch(reads)
                .compose(answers -> {
                    List<Request> removals = new ArrayList<>();
                    for (int i = 0; i < users.size(); i++) {
                        Response routes = answers.get(i);
                        for (String connection : routes.getKeys()) {
                            if (routes.get(connection).toString().startsWith(dead + "|")) {
                                removals.add(Request.cmd(Command.HDEL)
                                        .arg(routes(users.get(i)))
                                        .arg(connection));
                            }
                        }
                    }
                    return removals.isEmpty() ? Future.succeededFuture() : redis.batch(removals);
                })
                .mapEmpty();
    }

    /** Removes the set of a dead node's users, after their routes were removed. */
    Future<Void> removeNode(String dead) {
        return redis.send(Request.cmd(Command.DEL).arg(users(dead))).mapEmpty();
    }

    private void heartbeat() {
        Request renewal = Request.cmd(Command.SET)
                .arg(node(bootId))
                .arg("1")
                .arg("PX")
                .arg(NODE_MS)
                .arg("GET");
        redis.send(renewal).onSuccess(this::renewed).onComplete(done -> {
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

    private void renewed(Response before) {
        boolean lost = before == null && keyWritten;
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
        redis.send(Request.cmd(Command.PEXPIRE).arg(users(bootId)).arg(2 * ROUTE_MS));
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
        redis.batch(chunk.stream()
                        .map(principal -> Request.cmd(Command.HEXISTS)
                                .arg(routes(principal.user()))
                                .arg(principal.connection()))
                        .toList())
                .onSuccess(answers -> {
                    List<Principal> lost = new ArrayList<>();
                    for (int i = 0; i < chunk.size(); i++) {
                        Principal principal = chunk.get(i);
                        if (answers.get(i).toInteger() == 0 && sockets.find(principal) != null) {
                            lost.add(principal);
                        }
                    }
                    restore(lost);
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
        List<Request> requests = new ArrayList<>();
        principals.subList(from, to).forEach(principal -> requests.addAll(writes(principal)));
        redis.batch(requests)
                // Connections that were closed in the meantime must not stay in the directory.
                .onSuccess(none -> principals.subList(from, to).stream()
                        .filter(principal -> sockets.find(principal) == null)
                        .forEach(principal -> remove(principal, !sockets.has(principal.user()))))
                .onSuccess(none -> rewrite(principals, to, then))
                .onFailure(failure -> {
                    setIncomplete();
                    LOG.warn("Cannot write routes, retrying: {}", failure.toString());
                });
    }

    private static String routes(UserId user) {
        return "hongyan:routes:{" + user.text() + "}";
    }
}
