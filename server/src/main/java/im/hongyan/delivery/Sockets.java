package im.hongyan.delivery;

import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of this node, by user and in order of arrival. Thread-safe; the arrays are replaced, never changed.
 *
 * <p>Two frames that one thread sends to the same user reach each of the user's sockets in that order.
 */
public final class Sockets {
    /** The number of sockets that one session may hold; one more closes its oldest. */
    public static final int MAX_PER_SESSION = 5;

    private static final Logger LOG = LoggerFactory.getLogger(Sockets.class);
    private static final ClientConnection[] NONE = {};

    private final Map<UserId, ClientConnection[]> byUser = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final List<Consumer<Principal>> openListeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<Principal>> closeListeners = new CopyOnWriteArrayList<>();

    /**
     * Adds a listener that is called once per connection, after its {@code welcome} is sent and before it closes. It
     * runs on the connection's event loop, outside any lock, and must not block.
     */
    public void onOpened(Consumer<Principal> listener) {
        openListeners.add(listener);
    }

    /**
     * Adds a listener that is called once for each connection that was added and is closed, after it was removed from
     * here. It runs on the thread that closes the connection, outside any lock, and must not block.
     */
    public void onClosed(Consumer<Principal> listener) {
        closeListeners.add(listener);
    }

    /** @return the session's oldest connections, as far as they exceed {@link #MAX_PER_SESSION} */
    public List<ClientConnection> add(ClientConnection connection) {
        ClientConnection[] all = byUser.compute(connection.principal().user(), (user, old) -> {
            ClientConnection[] now = old == null ? new ClientConnection[1] : Arrays.copyOf(old, old.length + 1);
            now[now.length - 1] = connection;
            return now;
        });
        count.incrementAndGet();
        List<ClientConnection> ofSession = Arrays.stream(all)
                .filter(other -> other.principal()
                        .session()
                        .equals(connection.principal().session()))
                .toList();
        return ofSession.subList(0, Math.max(0, ofSession.size() - MAX_PER_SESSION));
    }

    /** @return whether the connection was the user's last one on this node */
    public boolean remove(ClientConnection connection) {
        boolean[] removed = {false};
        ClientConnection[] left = byUser.computeIfPresent(connection.principal().user(), (user, old) -> {
            ClientConnection[] rest =
                    Arrays.stream(old).filter(other -> other != connection).toArray(ClientConnection[]::new);
            removed[0] = rest.length < old.length;
            return rest.length == 0 ? null : rest;
        });
        if (removed[0]) {
            count.decrementAndGet();
            notifyAll(closeListeners, connection.principal());
        }
        return removed[0] && left == null;
    }

    /** Calls the listeners for opened connections, after the {@code welcome}. */
    void opened(ClientConnection connection) {
        notifyAll(openListeners, connection.principal());
    }

    private static void notifyAll(List<Consumer<Principal>> listeners, Principal principal) {
        for (Consumer<Principal> listener : listeners) {
            try {
                listener.accept(principal);
            } catch (RuntimeException e) {
                LOG.error("A listener for connections failed", e);
            }
        }
    }

    /** Returns the connection of exactly this principal; null if it is closed. */
    public ClientConnection find(Principal principal) {
        for (ClientConnection connection : of(principal.user())) {
            if (connection.principal().equals(principal)) {
                return connection;
            }
        }
        return null;
    }

    public boolean has(UserId user) {
        return byUser.containsKey(user);
    }

    public int count() {
        return count.get();
    }

    /** A weakly consistent view of the users with a socket on this node. */
    public Collection<UserId> users() {
        return byUser.keySet();
    }

    public void forEach(Consumer<ClientConnection> action) {
        byUser.values().forEach(all -> {
            for (ClientConnection connection : all) {
                action.accept(connection);
            }
        });
    }

    void forEach(UserId user, Consumer<ClientConnection> action) {
        for (ClientConnection connection : of(user)) {
            action.accept(connection);
        }
    }

    public void send(UserId user, Frame frame) {
        for (ClientConnection connection : of(user)) {
            connection.context().runOnContext(none -> connection.offer(frame));
        }
    }

    /** Sends a frame to all other sockets of the principal's user. */
    void sendToOthers(Principal socket, Frame frame) {
        for (ClientConnection connection : of(socket.user())) {
            if (!connection.principal().equals(socket)) {
                connection.context().runOnContext(none -> connection.offer(frame));
            }
        }
    }

    /** Sends a frame to every socket of the users, with one task per event loop, whatever the number of sockets. */
    public void send(Collection<UserId> users, Frame frame) {
        if (users.size() <= 2) {
            users.forEach(user -> send(user, frame));
            return;
        }
        IdentityHashMap<Context, List<ClientConnection>> byLoop = new IdentityHashMap<>();
        for (UserId user : users) {
            for (ClientConnection connection : of(user)) {
                byLoop.computeIfAbsent(connection.context(), loop -> new ArrayList<>())
                        .add(connection);
            }
        }
        byLoop.forEach((loop, connections) -> loop.runOnContext(none -> {
            for (ClientConnection connection : connections) {
                connection.offer(frame);
            }
        }));
    }

    /** Closes all sockets of a session. */
    public void close(UserId user, SessionId session, int code, String reason) {
        for (ClientConnection connection : of(user)) {
            if (connection.principal().session().equals(session)) {
                connection.close(code, reason);
            }
        }
    }

    /** Closes all sockets of sessions whose users are not known. */
    public void close(Collection<SessionId> sessions, int code, String reason) {
        forEach(connection -> {
            if (sessions.contains(connection.principal().session())) {
                connection.close(code, reason);
            }
        });
    }

    private ClientConnection[] of(UserId user) {
        return byUser.getOrDefault(user, NONE);
    }
}
