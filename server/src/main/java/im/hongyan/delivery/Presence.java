package im.hongyan.delivery;

import im.hongyan.delivery.SessionDirectory.Route;
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
 * Who is online, told to the sockets that watch. Somebody whose last socket closes counts as online for a moment more, so
 * that a reconnect does not flicker. Thread-safe.
 */
public final class Presence {
    /** @param lastSeen of somebody who is offline and was ever online */
    public record State(UserId user, boolean online, Instant lastSeen) {}

    private static final Logger LOG = LoggerFactory.getLogger(Presence.class);
    private static final long LINGER_MS = 3_000;
    private static final long SAVE_MS = 1_000;
    private static final int SAVE_BATCH = 1_000;

    private final Vertx vertx;
    private final FrameCodec codec;
    private final Sockets sockets;
    private final SessionDirectory directory;
    private final NodeLink link;
    private final LastSeenStore store;

    private final Map<UserId, Set<Principal>> watchers = new HashMap<>();
    private final Map<Principal, List<UserId>> watched = new HashMap<>();
    private final Map<UserId, Instant> unsaved = new HashMap<>();
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
        this.directory = directory;
        this.store = new LastSeenStore(postgres);
    }

    public void start() {
        saveLater();
    }

    /**
     * Makes a connection known to the other nodes before it opens: whatever is pushed from the moment on in which its
     * client may ask for the log comes here. Never fails; without Redis that is made up for when it is back.
     *
     * @return to be handed to {@link #connected}
     */
    public Future<Expected> expect(Principal caller) {
        return directory.add(caller).map(Expected::new).otherwise(new Expected(List.of()));
    }

    /** A connection that was made known did not open. */
    public void vanished(Principal caller) {
        directory.remove(caller, !sockets.has(caller.user()));
    }

    /** The user's connections in the cluster, as they were when one more was made known. */
    public static final class Expected {
        private final List<Route> routes;

        private Expected(List<Route> routes) {
            this.routes = routes;
        }
    }

    /** A connection is open. Those of its session that have to make room for it end. */
    public void connected(ClientConnection outlet, Expected expected) {
        UserId user = outlet.caller().user();
        boolean first = !sockets.has(user);
        List<ClientConnection> tooMany = sockets.add(outlet);
        boolean appeared;
        synchronized (this) {
            // Another node may have said meanwhile that he is gone, while he lingered here.
            appeared = online.add(user) || (first && !link.others().isEmpty());
        }
        if (appeared) {
            tell(new State(user, true, null));
        }
        List<Route> ofSession = expected.routes.stream()
                .filter(route -> route.session().equals(outlet.caller().session()))
                .sorted(Comparator.comparingLong(Route::since)
                        .thenComparing(Route::connection)
                        .reversed())
                .toList();
        // By one order or by the other, never by both: they may differ for sockets that open at the same moment.
        if (ofSession.stream().anyMatch(route -> link.others().contains(route.node()))) {
            ofSession.stream().skip(Sockets.PER_SESSION).forEach(route -> replaced(user, route));
        } else {
            tooMany.forEach(ClientConnection::replaced);
        }
    }

    private void replaced(UserId user, Route route) {
        link.send(route.node(), new NodeMessage.ConnectionReplaced(user, route.connection()));
        ClientConnection here = sockets.find(new Principal(user, route.session(), route.connection()));
        if (here != null) {
            here.replaced();
        }
    }

    public void disconnected(ClientConnection outlet) {
        Principal caller = outlet.caller();
        boolean last = sockets.remove(outlet);
        directory.remove(caller, last);
        synchronized (this) {
            unwatch(caller);
            if (last) {
                unsaved.put(caller.user(), Instant.now());
            }
        }
        if (last) {
            vertx.setTimer(
                    LINGER_MS, none -> departed(caller.user(), Instant.now().minusMillis(LINGER_MS)));
        }
    }

    /** What another node says of people. */
    void received(NodeMessage message) {
        if (message instanceof NodeMessage.PresenceChanged seen) {
            if (!seen.online() && sockets.has(seen.user())) {
                // The node that saw him go could not ask where else he is.
                link.broadcast(new NodeMessage.PresenceChanged(seen.user(), true, Instant.now()));
                return;
            }
            tellHere(new State(seen.user(), seen.online(), seen.online() ? null : seen.at()));
        } else if (message instanceof NodeMessage.WatcherPush watched) {
            toWatchersHere(watched.user(), watched.frame());
        } else if (message instanceof NodeMessage.ConnectionReplaced replaced) {
            sockets.forEach(replaced.user(), outlet -> {
                if (outlet.caller().connection().equals(replaced.connection())) {
                    outlet.replaced();
                }
            });
        }
    }

    /** Somebody's node died: for those who watch, he is gone if he is nowhere else; so it is kept. */
    void lost(Collection<UserId> users, Instant at) {
        synchronized (this) {
            users.forEach(user -> unsaved.putIfAbsent(user, at));
        }
        users.forEach(user -> {
            if (!sockets.has(user)) {
                tell(new State(user, false, at));
            }
        });
    }

    /**
     * Makes {@code caller}'s socket watch these people, and nobody else.
     *
     * @return how they are now; without Redis, as far as this node knows
     */
    public Future<List<State>> watch(Principal caller, List<UserId> users) {
        synchronized (this) {
            unwatch(caller);
            if (sockets.find(caller) != null) {
                put(caller, users);
            }
        }
        return states(users);
    }

    /** Which socket watches whom, at this moment. */
    public synchronized Map<Principal, List<UserId>> watched() {
        return Map.copyOf(watched);
    }

    /**
     * Has a socket watch fewer people, unless it asked to watch others since.
     *
     * @param before whom it watched, as {@link #watched} gave it
     */
    public synchronized void narrow(Principal caller, List<UserId> before, List<UserId> still) {
        if (watched.get(caller) == before) {
            unwatch(caller);
            put(caller, still);
        }
    }

    /** Sends a frame to the sockets that watch {@code user}, and to his own. */
    public void toWatchers(UserId user, Frame frame) {
        toWatchersHere(user, frame);
        link.broadcast(new NodeMessage.WatcherPush(user, frame));
    }

    private void toWatchersHere(UserId user, Frame frame) {
        sockets.send(user, frame);
        for (Principal watcher : watchersOf(user)) {
            ClientConnection outlet = sockets.find(watcher);
            if (outlet != null && !watcher.user().equals(user)) {
                outlet.context().runOnContext(none -> outlet.offer(frame));
            }
        }
    }

    private Future<List<State>> states(List<UserId> users) {
        return directory.connected(users).otherwise(failure -> Set.of()).compose(elsewhere -> {
            List<UserId> away = users.stream()
                    .filter(user -> !elsewhere.contains(user) && !isOnline(user))
                    .toList();
            return lastSeen(away).map(seen -> {
                List<State> states = new ArrayList<>();
                Set<UserId> offline = new HashSet<>(away);
                for (UserId user : users) {
                    states.add(new State(user, !offline.contains(user), seen.get(user)));
                }
                return states;
            });
        });
    }

    private Future<Map<UserId, Instant>> lastSeen(Collection<UserId> users) {
        Map<UserId, Instant> known = new HashMap<>();
        synchronized (this) {
            users.stream().filter(unsaved::containsKey).forEach(user -> known.put(user, unsaved.get(user)));
        }
        if (users.isEmpty()) {
            return Future.succeededFuture(known);
        }
        return store.read(users).map(stored -> {
            Map<UserId, Instant> seen = new HashMap<>(stored);
            seen.putAll(known);
            return seen;
        });
    }

    private void departed(UserId user, Instant at) {
        synchronized (this) {
            if (sockets.has(user) || !online.remove(user)) {
                return;
            }
        }
        directory.connected(List.of(user)).otherwise(failure -> Set.of()).onSuccess(elsewhere -> {
            // He may have come back while the directory was asked.
            if (elsewhere.isEmpty() && !sockets.has(user)) {
                tell(new State(user, false, at));
            }
        });
    }

    private void tell(State state) {
        tellHere(state);
        Instant at = state.lastSeen() == null ? Instant.now() : state.lastSeen();
        link.broadcast(new NodeMessage.PresenceChanged(state.user(), state.online(), at));
    }

    private void tellHere(State state) {
        if (watchersOf(state.user()).isEmpty()) {
            return;
        }
        Frame frame = codec.push("presence", state, Frame.DropPolicy.THEN_SYNC);
        for (Principal watcher : watchersOf(state.user())) {
            ClientConnection outlet = sockets.find(watcher);
            if (outlet != null) {
                outlet.context().runOnContext(none -> outlet.offer(frame));
            }
        }
    }

    private synchronized List<Principal> watchersOf(UserId user) {
        return List.copyOf(watchers.getOrDefault(user, Set.of()));
    }

    private synchronized boolean isOnline(UserId user) {
        return online.contains(user);
    }

    private void put(Principal caller, List<UserId> users) {
        if (!users.isEmpty()) {
            watched.put(caller, users);
            users.forEach(user ->
                    watchers.computeIfAbsent(user, key -> new HashSet<>()).add(caller));
        }
    }

    private void unwatch(Principal caller) {
        List<UserId> before = watched.remove(caller);
        if (before != null) {
            for (UserId user : before) {
                watchers.computeIfPresent(user, (key, all) -> {
                    all.remove(caller);
                    return all.isEmpty() ? null : all;
                });
            }
        }
    }

    private void saveLater() {
        vertx.setTimer(SAVE_MS, none -> save().onComplete(done -> saveLater()));
    }

    /** Writes everything that is still to be written, before the node stops; gives up when PostgreSQL is away. */
    public Future<Void> saveAll() {
        int before;
        synchronized (this) {
            before = unsaved.size();
        }
        return save().compose(none -> {
            synchronized (this) {
                if (unsaved.isEmpty() || unsaved.size() >= before) {
                    return Future.succeededFuture();
                }
            }
            return saveAll();
        });
    }

    private Future<Void> save() {
        Map<UserId, Instant> batch = new HashMap<>();
        synchronized (this) {
            unsaved.entrySet().stream().limit(SAVE_BATCH).forEach(one -> batch.put(one.getKey(), one.getValue()));
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
                    LOG.warn("{} times of last presence could not be saved yet: {}", batch.size(), failure.toString());
                    return Future.succeededFuture();
                });
    }
}
