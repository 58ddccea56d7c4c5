package im.hongyan.delivery;

import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.redis.Redis;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * The session directory's data in Redis. Every operation is one pipelined batch. Thread-safe.
 *
 * <p>Keys:
 * <ul>
 *   <li>{@code hongyan:routes:{<user>}}, a hash from connection id to {@code <boot id>|<session>|<ms since 1970>};
 *       expires after {@value #ROUTE_MS} ms unless a node renews it
 *   <li>{@code hongyan:users:{<boot id>}}, the set of a node's users, for the node that reaps it; expires after twice
 *       as long
 *   <li>{@code hongyan:node:{<boot id>}}, a string that a live node renews; expires after {@value #NODE_MS} ms. A node
 *       that misses its own key knows that Redis was flushed
 *   <li>{@code hongyan:cleanup:{<boot id>}}, the node that reaps a dead node; expires after {@value #CLEANUP_MS} ms
 * </ul>
 */
final class RouteStore {
    /**
     * A connection in the directory.
     *
     * @param node the boot id of the node that it is connected to
     * @param since when it was opened, in milliseconds since 1970 by that node's clock
     */
    record Route(String node, SessionId session, long since, String connection) {}

    private static final long NODE_MS = 10_000;
    private static final long ROUTE_MS = 180_000;
    private static final long CLEANUP_MS = 60_000;

    private final Redis redis;
    private final String bootId;

    RouteStore(Redis redis, String bootId) {
        this.redis = redis;
        this.bootId = bootId;
    }

    /** Sets what to call when Redis is available again. */
    void onReconnected(Runnable action) {
        redis.onReconnected(action);
    }

    /** Writes a route of this node, and returns all routes of the user, also those to dead nodes. */
    Future<List<Route>> add(Principal principal, long since) {
        List<Request> requests = new ArrayList<>(writes(principal, since));
        requests.add(Request.cmd(Command.HGETALL).arg(routesKey(principal.user())));
        return redis.batch(requests).map(answers -> routes(answers.get(answers.size() - 1)));
    }

    /** Writes routes of this node, as many as one batch may hold. */
    Future<Void> write(Collection<Principal> principals, ToLongFunction<Principal> since) {
        List<Request> requests = new ArrayList<>();
        principals.forEach(principal -> requests.addAll(writes(principal, since.applyAsLong(principal))));
        return redis.batch(requests).mapEmpty();
    }

    private List<Request> writes(Principal principal, long since) {
        String key = routesKey(principal.user());
        String route = bootId + "|" + principal.session().text() + "|" + since;
        return List.of(
                Request.cmd(Command.HSET).arg(key).arg(principal.connection()).arg(route),
                Request.cmd(Command.PEXPIRE).arg(key).arg(ROUTE_MS),
                addition(principal.user()));
    }

    private Request addition(UserId user) {
        return Request.cmd(Command.SADD).arg(usersKey(bootId)).arg(user.text());
    }

    /** Adds a user to this node's users. */
    Future<Void> addUser(UserId user) {
        return redis.send(addition(user)).mapEmpty();
    }

    /** @param last whether the user has no other connection on this node */
    Future<Void> remove(Principal principal, boolean last) {
        List<Request> requests = new ArrayList<>();
        requests.add(Request.cmd(Command.HDEL).arg(routesKey(principal.user())).arg(principal.connection()));
        if (last) {
            requests.add(Request.cmd(Command.SREM)
                    .arg(usersKey(bootId))
                    .arg(principal.user().text()));
        }
        return redis.batch(requests).mapEmpty();
    }

    /** Returns for each user the boot ids of all nodes in its routes, also of dead ones. */
    Future<Map<UserId, Set<String>>> nodesOf(Collection<UserId> users) {
        Map<UserId, Set<String>> found = new LinkedHashMap<>();
        if (users.isEmpty()) {
            return Future.succeededFuture(found);
        }
        List<Request> requests = new ArrayList<>(users.size());
        for (UserId user : users) {
            requests.add(Request.cmd(Command.HVALS).arg(routesKey(user)));
        }
        return redis.batch(requests).map(answers -> {
            Iterator<Response> answer = answers.iterator();
            for (UserId user : users) {
                found.put(user, bootIds(answer.next()));
            }
            return found;
        });
    }

    /** Returns those of the routes that Redis does not have. */
    Future<List<Principal>> missing(List<Principal> principals) {
        return redis.batch(principals.stream()
                        .map(principal -> Request.cmd(Command.HEXISTS)
                                .arg(routesKey(principal.user()))
                                .arg(principal.connection()))
                        .toList())
                .map(answers -> {
                    List<Principal> missing = new ArrayList<>();
                    for (int i = 0; i < principals.size(); i++) {
                        if (answers.get(i).toInteger() == 0) {
                            missing.add(principals.get(i));
                        }
                    }
                    return missing;
                });
    }

    /** Renews this node's key, and returns whether it was there. */
    Future<Boolean> renewNode() {
        return redis.send(Request.cmd(Command.SET)
                        .arg("hongyan:node:{" + bootId + "}")
                        .arg("1")
                        .arg("PX")
                        .arg(NODE_MS)
                        .arg("GET"))
                .map(before -> before != null);
    }

    /** Renews the set of this node's users. */
    Future<Void> renewUsers() {
        return redis.send(Request.cmd(Command.PEXPIRE).arg(usersKey(bootId)).arg(2 * ROUTE_MS))
                .mapEmpty();
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
            return redis.send(Request.cmd(Command.SMEMBERS).arg(usersKey(dead))).map(members -> {
                Set<UserId> users = new HashSet<>();
                members.forEach(member -> users.add(UserId.of(member.toString())));
                return users;
            });
        });
    }

    /** Removes a dead node's routes of these users, as many as one batch may hold. */
    Future<Void> removeRoutes(String dead, List<UserId> users) {
        List<Request> reads = users.stream()
                .map(user -> Request.cmd(Command.HGETALL).arg(routesKey(user)))
                .toList();
        return redis.batch(reads)
                .compose(answers -> {
                    List<Request> removals = new ArrayList<>();
                    for (int i = 0; i < users.size(); i++) {
                        Response routes = answers.get(i);
                        for (String connection : routes.getKeys()) {
                            if (routes.get(connection).toString().startsWith(dead + "|")) {
                                removals.add(Request.cmd(Command.HDEL)
                                        .arg(routesKey(users.get(i)))
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
        return redis.send(Request.cmd(Command.DEL).arg(usersKey(dead))).mapEmpty();
    }

    private static Set<String> bootIds(Response routes) {
        Set<String> ids = new HashSet<>();
        routes.forEach(
                route -> ids.add(route.toString().substring(0, route.toString().indexOf('|'))));
        return ids;
    }

    private static List<Route> routes(Response all) {
        List<Route> routes = new ArrayList<>();
        for (String connection : all.getKeys()) {
            String[] parts = all.get(connection).toString().split("\\|", -1);
            long since = parts.length > 2 ? Long.parseLong(parts[2]) : 0;
            routes.add(new Route(parts[0], SessionId.of(parts[1]), since, connection));
        }
        return routes;
    }

    private static String routesKey(UserId user) {
        return "hongyan:routes:{" + user.text() + "}";
    }

    private static String usersKey(String bootId) {
        return "hongyan:users:{" + bootId + "}";
    }
}
