package im.hongyan.delivery;

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
 * Who is connected, and to which node, in Redis. It holds what the nodes know anyway: after Redis lost it, each node
 * writes its own part again. Routes of nodes that do not live are passed over; {@link DeadNodeReaper} removes them.
 *
 * <p>Keys:
 * <ul>
 *   <li>{@code hongyan:routes:{<user>}}, a hash from connection id to {@code <boot id>|<session>|<ms since 1970>}; expires
 *       after {@value #ROUTE_MS} ms unless its nodes renew it
 *   <li>{@code hongyan:users:{<boot id>}}, the set of a node's users, for whoever cleans up behind it; expires a while later
 *   <li>{@code hongyan:node:{<boot id>}}, a string that a living node renews every {@value #BEAT_MS} ms; a node that does
 *       not find its own knows that Redis was flushed
 *   <li>{@code hongyan:cleanup:{<boot id>}}, who cleans up behind a node that died
 * </ul>
 */
public final class SessionDirectory {
    /**
     * A connection.
     *
     * @param node boot id
     * @param since milliseconds since 1970, by that node's clock
     */
    record Route(String node, SessionId session, long since, String connection) {}

    private static final Logger LOG = LoggerFactory.getLogger(SessionDirectory.class);
    private static final long BEAT_MS = 2_000;
    private static final long NODE_MS = 10_000;
    private static final long ROUTE_MS = 180_000;
    private static final long RENEW_MS = 60_000;
    private static final long CLEAN_UP_MS = 60_000;
    private static final int CHUNK = 300;
    private static final int MAX_UNREMOVED = 10_000;
    /** All routes are looked after once in so many beats: what was lost must be noticed before 15 s have passed. */
    private static final int TURNS = 4;

    private final Cluster cluster;
    private final Vertx vertx;
    private final Redis redis;
    private final Sockets sockets;
    private final String bootId;
    private final Map<String, Long> opened = new ConcurrentHashMap<>();
    /** What Redis did not take, for the next beat. */
    private final Set<Principal> unwritten = ConcurrentHashMap.newKeySet();

    private final Set<Principal> unremoved = ConcurrentHashMap.newKeySet();
    private Consumer<Boolean> unsure = wanted -> {};
    private boolean wasUnsure;
    private Runnable rewritten = () -> {};
    private Consumer<Collection<UserId>> found = users -> {};
    private long renewed = System.nanoTime();
    private int turn;
    private boolean beaten;
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
     * Calls back when routes that were missing for a while are in the directory again: what was meant for their people may
     * not have come.
     */
    void onRewritten(Runnable action) {
        rewritten = action;
    }

    /**
     * Calls back when a route was missing by itself, as after a failover to a Redis that lagged behind, and is there again:
     * what was meant for these people may not have come.
     */
    void onFound(Consumer<Collection<UserId>> action) {
        found = action;
    }

    public void start() {
        redis.onReconnected(() -> {
            setIncomplete();
            rewrite();
        });
        beat();
    }

    public synchronized void stop() {
        stopped = true;
    }

    /**
     * Makes a connection known.
     *
     * @return all routes of the user, as far as they are of living nodes; fails when Redis is away, and then the route is
     *     written as soon as it is back
     */
    Future<List<Route>> add(Principal caller) {
        opened.put(caller.connection(), System.currentTimeMillis());
        List<Request> requests = new ArrayList<>(write(caller));
        requests.add(Request.cmd(Command.HGETALL).arg(routes(caller.user())));
        return redis.batch(requests)
                .map(answers -> routes(answers.get(answers.size() - 1)))
                .onFailure(failure -> {
                    LOG.debug("a route was not written: {}", failure.toString());
                    unwritten.add(caller);
                });
    }

    /** @param last whether the user has no other connection on this node */
    void remove(Principal caller, boolean last) {
        opened.remove(caller.connection());
        unwritten.remove(caller);
        List<Request> requests = new ArrayList<>();
        requests.add(Request.cmd(Command.HDEL).arg(routes(caller.user())).arg(caller.connection()));
        if (last) {
            requests.add(Request.cmd(Command.SREM)
                    .arg(users(bootId))
                    .arg(caller.user().text()));
        }
        redis.batch(requests)
                .onFailure(failure -> {
                    LOG.debug("a route was not removed: {}", failure.toString());
                    if (unremoved.size() < MAX_UNREMOVED) {
                        unremoved.add(caller);
                    }
                })
                .onSuccess(done -> {
                    if (last && sockets.has(caller.user())) {
                        // Back already, and perhaps on another line to Redis.
                        redis.send(member(caller.user()));
                    }
                });
    }

    /** The other living nodes on which each of the users is connected. */
    Future<Map<UserId, Set<String>>> nodesOf(Collection<UserId> users) {
        return look(users).map(found -> {
            Set<String> others = cluster.others();
            found.values().forEach(nodes -> nodes.retainAll(others));
            return found;
        });
    }

    /** Those of the users who are connected to any living node. */
    Future<Set<UserId>> connected(Collection<UserId> users) {
        return look(users).map(found -> {
            Set<String> alive = new HashSet<>(cluster.others());
            alive.add(bootId);
            found.values().removeIf(nodes -> Collections.disjoint(nodes, alive));
            return found.keySet();
        });
    }

    private Future<Map<UserId, Set<String>>> look(Collection<UserId> users) {
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
        Set<String> others = cluster.others();
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

    private List<Request> write(Principal caller) {
        String key = routes(caller.user());
        String route = bootId + "|" + caller.session().text() + "|" + opened.getOrDefault(caller.connection(), 0L);
        return List.of(
                Request.cmd(Command.HSET).arg(key).arg(caller.connection()).arg(route),
                Request.cmd(Command.PEXPIRE).arg(key).arg(ROUTE_MS),
                member(caller.user()));
    }

    private Request member(UserId user) {
        return Request.cmd(Command.SADD).arg(users(bootId)).arg(user.text());
    }

    /**
     * Asks to clean up behind a node that died; one of those who ask may, for a minute.
     *
     * @return its users, if this node may
     */
    Future<Set<UserId>> claimUsersOf(String dead) {
        Request claim = Request.cmd(Command.SET)
                .arg("hongyan:cleanup:{" + dead + "}")
                .arg(bootId)
                .arg("PX")
                .arg(CLEAN_UP_MS)
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

    /** Removes a dead node's routes of these people, as many as one batch takes. */
    Future<Void> removeRoutes(String dead, List<UserId> users) {
        List<Request> look = users.stream()
                .map(user -> Request.cmd(Command.HGETALL).arg(routes(user)))
                .toList();
        return redis.batch(look)
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

    /** Nothing is left of a dead node. */
    Future<Void> forget(String dead) {
        return redis.send(Request.cmd(Command.DEL).arg(users(dead))).mapEmpty();
    }

    private void beat() {
        Request beat = Request.cmd(Command.SET)
                .arg(node(bootId))
                .arg("1")
                .arg("PX")
                .arg(NODE_MS)
                .arg("GET");
        redis.send(beat).onSuccess(this::beaten).onComplete(done -> {
            tellWhetherSure(done.failed());
            if (!isStopped()) {
                vertx.setTimer(BEAT_MS, none -> beat());
            }
        });
    }

    /** While other nodes may not find this one's people, they send it everything. */
    private void tellWhetherSure(boolean failed) {
        boolean now;
        boolean before;
        synchronized (this) {
            now = failed || incomplete || !unwritten.isEmpty();
            before = wasUnsure;
            wasUnsure = now;
        }
        if (now || before) {
            unsure.accept(now);
        }
    }

    /** Calls back while it is not sure that the routes of this node can be found, again and again, and once afterwards. */
    void onUnsure(Consumer<Boolean> action) {
        unsure = action;
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    private void beaten(Response before) {
        boolean lost = before == null && beaten;
        beaten = true;
        if (lost) {
            incomplete = true;
            LOG.warn("Redis was emptied: writing the routes of {} sockets again", sockets.count());
        }
        if (incomplete || System.nanoTime() - renewed > RENEW_MS * 1_000_000) {
            rewrite();
        } else if (!unwritten.isEmpty()) {
            List<Principal> some = List.copyOf(unwritten);
            some.forEach(unwritten::remove);
            writeAgain(some);
        } else if (!cluster.isAlone()) {
            lookAfterSome();
        }
        List<Principal> gone = List.copyOf(unremoved);
        gone.forEach(unremoved::remove);
        gone.forEach(caller -> remove(caller, !sockets.has(caller.user())));
        redis.send(Request.cmd(Command.PEXPIRE).arg(users(bootId)).arg(2 * ROUTE_MS));
    }

    /** Looks whether the routes of some sockets are there, in turn those of all. */
    private void lookAfterSome() {
        turn = (turn + 1) % TURNS;
        long now = System.currentTimeMillis();
        List<Principal> callers = new ArrayList<>();
        sockets.forEach(outlet -> {
            Principal caller = outlet.caller();
            boolean isTurn = Math.floorMod(caller.connection().hashCode(), TURNS) == turn;
            // One that has just come may not be written yet.
            if (isTurn && Math.abs(now - opened.getOrDefault(caller.connection(), now)) > BEAT_MS) {
                callers.add(caller);
            }
        });
        lookAfter(callers, 0);
    }

    private void lookAfter(List<Principal> callers, int from) {
        if (from >= callers.size()) {
            return;
        }
        List<Principal> some = callers.subList(from, Math.min(from + CHUNK, callers.size()));
        redis.batch(some.stream()
                        .map(caller -> Request.cmd(Command.HEXISTS)
                                .arg(routes(caller.user()))
                                .arg(caller.connection()))
                        .toList())
                .onSuccess(answers -> {
                    List<Principal> lost = new ArrayList<>();
                    for (int i = 0; i < some.size(); i++) {
                        Principal caller = some.get(i);
                        if (answers.get(i).toInteger() == 0 && sockets.find(caller) != null) {
                            lost.add(caller);
                        }
                    }
                    writeAgain(lost);
                    lookAfter(callers, from + some.size());
                });
    }

    private void writeAgain(List<Principal> lost) {
        if (lost.isEmpty()) {
            return;
        }
        LOG.warn("Redis does not have the routes of {} sockets: writing them again", lost.size());
        rewrite(lost, 0, () -> found.accept(lost.stream().map(Principal::user).toList()));
    }

    private synchronized void setIncomplete() {
        incomplete = true;
    }

    /** Writes all routes of this node, in pieces, one after the other. */
    private synchronized void rewrite() {
        renewed = System.nanoTime();
        List<Principal> callers = new ArrayList<>();
        sockets.forEach(outlet -> callers.add(outlet.caller()));
        rewrite(callers, 0, incomplete ? rewritten : () -> {});
        incomplete = false;
    }

    private void rewrite(List<Principal> callers, int from, Runnable then) {
        if (from >= callers.size()) {
            then.run();
            return;
        }
        int to = Math.min(from + CHUNK, callers.size());
        List<Request> requests = new ArrayList<>();
        callers.subList(from, to).forEach(caller -> requests.addAll(write(caller)));
        redis.batch(requests)
                // Who has left in the meantime must not stay in the directory.
                .onSuccess(none -> callers.subList(from, to).stream()
                        .filter(caller -> sockets.find(caller) == null)
                        .forEach(caller -> remove(caller, !sockets.has(caller.user()))))
                .onSuccess(none -> rewrite(callers, to, then))
                .onFailure(failure -> {
                    setIncomplete();
                    LOG.warn("routes could not be written, again in a moment: {}", failure.toString());
                });
    }

    private static String routes(UserId user) {
        return "hongyan:routes:{" + user.text() + "}";
    }
}
