package im.hongyan.delivery;

import im.hongyan.async.Repeat;
import im.hongyan.cluster.NodeLink;
import im.hongyan.cluster.NodeMessage;
import im.hongyan.delivery.RouteStore.Route;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which users are online, pushed to the sockets that watch them. A user counts as online for a moment after their last
 * socket has closed, so that a reconnect does not flicker. Thread-safe.
 */
public final class Presence {
    /** @param lastSeen null for a user who is online or never was */
    public record State(UserId user, boolean online, Instant lastSeen) {}

    private static final Logger LOG = LoggerFactory.getLogger(Presence.class);
    /** The users whose presence one socket may watch. */
    public static final int MAX_WATCHED = 500;

    private static final long LINGER_MS = 3_000;
    private static final long SAVE_MS = 1_000;
    private static final int SAVE_BATCH = 1_000;

    private final Vertx vertx;
    private final FrameCodec codec;
    private final Sockets sockets;
    private final SessionDirectory directory;
    private final NodeLink link;
    private final LastSeenStore store;

    private final Subscriptions<UserId> subscriptions;
    /** Times of last presence that are not in the database yet. */
    private final Map<UserId, Instant> unsaved = new HashMap<>();
    /** The users that this node has reported as online. */
    private final Set<UserId> online = new HashSet<>();

    public Presence(
            Vertx vertx,
            FrameCodec codec,
            Sockets sockets,
            SessionDirectory directory,
            NodeLink link,
            Postgres postgres) {
        this.vertx = vertx;
        this.link = link;
        this.codec = codec;
        this.sockets = sockets;
        this.subscriptions = new Subscriptions<>(sockets, MAX_WATCHED);
        this.directory = directory;
        this.store = new LastSeenStore(postgres);
    }

    public void start() {
        scheduleSave();
    }

    /**
     * Announces a connection to the other nodes before it opens, so that every push from the moment on in which its
     * client may read the log is routed here. Never fails: while Redis is unavailable, the other nodes send everything.
     *
     * @return the argument for {@link #connected}
     */
    public Future<Announcement> announce(Principal principal) {
        return directory.add(principal).map(Announcement::new).otherwise(new Announcement(List.of()));
    }

    /** Takes back an announcement, because the connection did not open. */
    public void withdraw(Principal principal) {
        directory.remove(principal, !sockets.has(principal.user()));
    }

    /** The user's connections in the cluster at the time when one more was announced. */
    public static final class Announcement {
        private final List<Route> routes;

        private Announcement(List<Route> routes) {
            this.routes = routes;
        }
    }

    /** Registers an open connection. Closes the oldest ones of its session that exceed the limit. */
    public void connected(ClientConnection connection, Announcement announcement) {
        UserId user = connection.principal().user();
        boolean first = !sockets.has(user);
        List<ClientConnection> surplus = sockets.add(connection);
        boolean cameOnline;
        synchronized (this) {
            // While the user lingered here, another node may have reported them offline.
            cameOnline = online.add(user) || (first && !link.otherNodes().isEmpty());
        }
        if (cameOnline) {
            publish(new State(user, true, null));
        }
        List<Route> ofSession = announcement.routes.stream()
                .filter(route -> route.session().equals(connection.principal().session()))
                .sorted(Comparator.comparingLong(Route::since)
                        .thenComparing(Route::connection)
                        .reversed())
                .toList();
        // Uses either the cluster's order or this node's, never both: they may differ for sockets that open together.
        if (ofSession.stream().anyMatch(route -> link.otherNodes().contains(route.node()))) {
            ofSession.stream().skip(Sockets.MAX_PER_SESSION).forEach(route -> closeAsReplaced(user, route));
        } else {
            surplus.forEach(ClientConnection::closeAsReplaced);
        }
    }

    private void closeAsReplaced(UserId user, Route route) {
        link.send(route.node(), new NodeMessage.ConnectionReplaced(user, route.connection()));
        ClientConnection local = sockets.find(new Principal(user, route.session(), route.connection()));
        if (local != null) {
            local.closeAsReplaced();
        }
    }

    /** The connection's {@code welcome} was sent: the listeners for new connections may send frames now. */
    public void welcomed(ClientConnection connection) {
        sockets.opened(connection);
    }

    /** Unregisters a connection that is closed. */
    public void disconnected(ClientConnection connection) {
        Principal principal = connection.principal();
        boolean last = sockets.remove(connection);
        directory.remove(principal, last);
        synchronized (this) {
            if (last) {
                unsaved.put(principal.user(), Instant.now());
            }
        }
        if (last) {
            vertx.setTimer(
                    LINGER_MS,
                    none -> lingerEnded(principal.user(), Instant.now().minusMillis(LINGER_MS)));
        }
    }

    /** Handles another node's message about a user's presence or connections. */
    void received(NodeMessage message) {
        if (message instanceof NodeMessage.PresenceChanged change) {
            if (!change.online() && sockets.has(change.user())) {
                // The other node could not look up that the user is connected here.
                link.broadcast(new NodeMessage.PresenceChanged(change.user(), true, Instant.now()));
                return;
            }
            publishLocally(new State(change.user(), change.online(), change.online() ? null : change.at()));
        } else if (message instanceof NodeMessage.WatcherPush push) {
            toLocalWatchers(push.user(), push.frame());
        } else if (message instanceof NodeMessage.ConnectionReplaced replaced) {
            sockets.forEach(replaced.user(), connection -> {
                if (connection.principal().connection().equals(replaced.connection())) {
                    connection.closeAsReplaced();
                }
            });
        }
    }

    /** Marks a dead node's users offline unless they are connected to this node. */
    void markOffline(Collection<UserId> users, Instant at) {
        synchronized (this) {
            users.forEach(user -> unsaved.putIfAbsent(user, at));
        }
        users.forEach(user -> {
            if (!sockets.has(user)) {
                publish(new State(user, false, at));
            }
        });
    }

    /**
     * Makes a connection watch these users and no others.
     *
     * @return the users' current states; while Redis is unavailable, as far as this node knows
     */
    public Future<List<State>> watch(Principal watcher, List<UserId> users) {
        subscriptions.replace(watcher, users);
        return states(users);
    }

    /** Ends the watches of users who have lost access. */
    public Future<Void> recheck(Subscriptions.Access<UserId> access) {
        return subscriptions.recheck(access);
    }

    /** Sends a frame to the sockets that watch {@code user}, and to the user's own. */
    public void toWatchers(UserId user, Frame frame) {
        toLocalWatchers(user, frame);
        link.broadcast(new NodeMessage.WatcherPush(user, frame));
    }

    private void toLocalWatchers(UserId user, Frame frame) {
        sockets.send(user, frame);
        subscriptions.send(user, frame, watcher -> !watcher.user().equals(user));
    }

    private Future<List<State>> states(List<UserId> users) {
        return directory.connected(users).otherwise(failure -> Set.of()).compose(connected -> {
            List<UserId> offline = users.stream()
                    .filter(user -> !connected.contains(user) && !isOnline(user))
                    .toList();
            return lastSeen(offline).map(times -> {
                List<State> states = new ArrayList<>();
                Set<UserId> offlineUsers = new HashSet<>(offline);
                for (UserId user : users) {
                    states.add(new State(user, !offlineUsers.contains(user), times.get(user)));
                }
                return states;
            });
        });
    }

    private Future<Map<UserId, Instant>> lastSeen(Collection<UserId> users) {
        Map<UserId, Instant> recent = new HashMap<>();
        synchronized (this) {
            users.stream().filter(unsaved::containsKey).forEach(user -> recent.put(user, unsaved.get(user)));
        }
        if (users.isEmpty()) {
            return Future.succeededFuture(recent);
        }
        return store.read(users).map(stored -> {
            Map<UserId, Instant> times = new HashMap<>(stored);
            times.putAll(recent);
            return times;
        });
    }

    private void lingerEnded(UserId user, Instant at) {
        synchronized (this) {
            if (sockets.has(user) || !online.remove(user)) {
                return;
            }
        }
        directory.connected(List.of(user)).otherwise(failure -> Set.of()).onSuccess(connected -> {
            // The user may have reconnected during the lookup.
            if (connected.isEmpty() && !sockets.has(user)) {
                publish(new State(user, false, at));
            }
        });
    }

    private void publish(State state) {
        publishLocally(state);
        Instant at = state.lastSeen() == null ? Instant.now() : state.lastSeen();
        link.broadcast(new NodeMessage.PresenceChanged(state.user(), state.online(), at));
    }

    private void publishLocally(State state) {
        if (!subscriptions.watchers(state.user()).isEmpty()) {
            Frame frame = codec.push("presence", state, Frame.DropPolicy.THEN_SYNC);
            subscriptions.send(state.user(), frame, watcher -> true);
        }
    }

    private synchronized boolean isOnline(UserId user) {
        return online.contains(user);
    }

    private void scheduleSave() {
        vertx.setTimer(SAVE_MS, none -> save().onComplete(done -> scheduleSave()));
    }

    /** Saves all pending times of last presence before the node stops. Stops early if PostgreSQL is unavailable. */
    public Future<Void> saveAll() {
        return Repeat.untilLast(() -> {
            int before = countUnsaved();
            return save().map(none -> countUnsaved() == 0 || countUnsaved() >= before);
        });
    }

    private synchronized int countUnsaved() {
        return unsaved.size();
    }

    private Future<Void> save() {
        Map<UserId, Instant> batch = new HashMap<>();
        synchronized (this) {
            unsaved.entrySet().stream().limit(SAVE_BATCH).forEach(entry -> batch.put(entry.getKey(), entry.getValue()));
        }
        if (batch.isEmpty()) {
            return Future.succeededFuture();
        }
        return store.save(batch)
                .onSuccess(none -> {
                    synchronized (this) {
                        batch.forEach(unsaved::remove);
                    }
                })
                .recover(failure -> {
                    LOG.warn("Cannot save {} times of last presence, retrying: {}", batch.size(), failure.toString());
                    return Future.succeededFuture();
                });
    }
}
