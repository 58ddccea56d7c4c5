package im.hongyan.delivery;

import im.hongyan.protocol.Caller;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Redis;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is connected, and to which node, in Redis. It holds what the nodes know anyway: after Redis lost it, each node
 * writes its own part again.
 *
 * <p>Keys:
 * <ul>
 *   <li>{@code hongyan:routes:{<user>}}, a hash from connection id to {@code <boot id>|<session>}; expires after
 *       {@value #ROUTE_MS} ms unless its nodes renew it
 *   <li>{@code hongyan:node:{<boot id>}}, a string that a living node renews every {@value #BEAT_MS} ms; a node that does
 *       not find its own knows that Redis was flushed
 * </ul>
 */
public final class SessionDirectory {
    private static final Logger log = LoggerFactory.getLogger(SessionDirectory.class);
    private static final long BEAT_MS = 2_000;
    private static final long NODE_MS = 10_000;
    private static final long ROUTE_MS = 180_000;
    private static final long RENEW_MS = 60_000;
    private static final int CHUNK = 500;

    private final Vertx vertx;
    private final Redis redis;
    private final Sockets sockets;
    private final String bootId;
    private long renewed = System.nanoTime();
    private boolean beaten;
    private boolean stopped;

    public SessionDirectory(Vertx vertx, Redis redis, Sockets sockets, String bootId) {
        this.vertx = vertx;
        this.redis = redis;
        this.sockets = sockets;
        this.bootId = bootId;
    }

    public void start() {
        redis.onReconnected(this::rewrite);
        beat();
    }

    public synchronized void stop() {
        stopped = true;
    }

    /** Best effort: a route that is missing costs its user a wait for the next sync, and is renewed soon. */
    void add(Outlet outlet) {
        quietly(redis.batch(add(outlet.caller())));
    }

    void remove(Caller caller) {
        quietly(redis.send(Request.cmd(Command.HDEL).arg(routes(caller.user())).arg(caller.connection())));
    }

    /** Those of the users who are connected to any living node. */
    Future<Set<UserId>> connected(Collection<UserId> users) {
        if (users.isEmpty()) {
            return Future.succeededFuture(Set.of());
        }
        List<Request> requests = new ArrayList<>(users.size());
        for (UserId user : users) {
            requests.add(Request.cmd(Command.HVALS).arg(routes(user)));
        }
        return redis.batch(requests).compose(answers -> {
            Map<UserId, Set<String>> nodes = new LinkedHashMap<>();
            Iterator<Response> answer = answers.iterator();
            for (UserId user : users) {
                nodes.put(user, bootIds(answer.next()));
            }
            return living(nodes.values()).map(alive -> {
                nodes.values().removeIf(ids -> Collections.disjoint(ids, alive));
                return nodes.keySet();
            });
        });
    }

    /** A node that died leaves its routes behind, and its own key for some seconds only. */
    private Future<Set<String>> living(Collection<Set<String>> nodes) {
        Set<String> alive = new HashSet<>(Set.of(bootId));
        List<String> others = nodes.stream()
                .flatMap(Set::stream)
                .distinct()
                .filter(id -> !id.equals(bootId))
                .toList();
        if (others.isEmpty()) {
            return Future.succeededFuture(alive);
        }
        List<Request> requests = others.stream()
                .map(id -> Request.cmd(Command.EXISTS).arg(node(id)))
                .toList();
        return redis.batch(requests).map(answers -> {
            for (int i = 0; i < others.size(); i++) {
                if (answers.get(i).toInteger() > 0) {
                    alive.add(others.get(i));
                }
            }
            return alive;
        });
    }

    private static Set<String> bootIds(Response routes) {
        Set<String> ids = new HashSet<>();
        routes.forEach(
                route -> ids.add(route.toString().substring(0, route.toString().indexOf('|'))));
        return ids;
    }

    private static String node(String bootId) {
        return "hongyan:node:{" + bootId + "}";
    }

    private List<Request> add(Caller caller) {
        String key = routes(caller.user());
        return List.of(
                Request.cmd(Command.HSET)
                        .arg(key)
                        .arg(caller.connection())
                        .arg(bootId + "|" + caller.session().text()),
                Request.cmd(Command.PEXPIRE).arg(key).arg(ROUTE_MS));
    }

    private void beat() {
        Request beat = Request.cmd(Command.SET)
                .arg(node(bootId))
                .arg("1")
                .arg("PX")
                .arg(NODE_MS)
                .arg("GET");
        redis.send(beat).onSuccess(this::beaten).onComplete(done -> {
            if (!isStopped()) {
                vertx.setTimer(BEAT_MS, none -> beat());
            }
        });
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    private void beaten(Response before) {
        boolean lost = before == null && beaten;
        beaten = true;
        if (lost) {
            log.warn("Redis was emptied: writing the routes of {} sockets again", sockets.count());
        }
        if (lost || System.nanoTime() - renewed > RENEW_MS * 1_000_000) {
            rewrite();
        }
    }

    /** Writes all routes of this node, in pieces, one after the other. */
    private void rewrite() {
        renewed = System.nanoTime();
        List<Caller> callers = new ArrayList<>();
        sockets.forEach(outlet -> callers.add(outlet.caller()));
        rewrite(callers, 0);
    }

    private void rewrite(List<Caller> callers, int from) {
        if (from >= callers.size()) {
            return;
        }
        int to = Math.min(from + CHUNK, callers.size());
        List<Request> requests = new ArrayList<>();
        callers.subList(from, to).forEach(caller -> requests.addAll(add(caller)));
        redis.batch(requests)
                // Who has left in the meantime must not stay in the directory.
                .onSuccess(none -> callers.subList(from, to).stream()
                        .filter(caller -> sockets.find(caller) == null)
                        .forEach(this::remove))
                .onSuccess(none -> rewrite(callers, to))
                .onFailure(failure -> log.warn("routes could not be written, again later: {}", failure.toString()));
    }

    private static String routes(UserId user) {
        return "hongyan:routes:{" + user.text() + "}";
    }

    private static void quietly(Future<?> future) {
        future.onFailure(failure -> log.debug("a route was not written: {}", failure.toString()));
    }
}
