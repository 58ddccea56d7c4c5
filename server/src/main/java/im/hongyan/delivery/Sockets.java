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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The sockets of this node, by user and in order of arrival. Thread-safe; the arrays are replaced, never changed.
 *
 * <p>Two frames that one thread sends to the same user reach each of the user's sockets in that order.
 */
public final class Sockets {
    /** The sockets that one session may hold; one more closes its oldest. */
    public static final int PER_SESSION = 5;

    private static final ClientConnection[] NONE = {};

    private final Map<UserId, ClientConnection[]> byUser = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();

    /** @return the session's oldest outlets, those that are more than it may hold */
    public List<ClientConnection> add(ClientConnection outlet) {
        ClientConnection[] all = byUser.compute(outlet.caller().user(), (user, old) -> {
            ClientConnection[] now = old == null ? new ClientConnection[1] : Arrays.copyOf(old, old.length + 1);
            now[now.length - 1] = outlet;
            return now;
        });
        count.incrementAndGet();
        List<ClientConnection> ofSession = Arrays.stream(all)
                .filter(other -> other.caller().session().equals(outlet.caller().session()))
                .toList();
        return ofSession.subList(0, Math.max(0, ofSession.size() - PER_SESSION));
    }

    /** @return whether the user has no other socket on this node */
    public boolean remove(ClientConnection outlet) {
        boolean[] removed = {false};
        ClientConnection[] left = byUser.computeIfPresent(outlet.caller().user(), (user, old) -> {
            ClientConnection[] rest =
                    Arrays.stream(old).filter(o -> o != outlet).toArray(ClientConnection[]::new);
            removed[0] = rest.length < old.length;
            return rest.length == 0 ? null : rest;
        });
        if (removed[0]) {
            count.decrementAndGet();
        }
        return removed[0] && left == null;
    }

    /** @return the outlet of exactly this connection; null if it is gone */
    public ClientConnection find(Principal caller) {
        for (ClientConnection outlet : of(caller.user())) {
            if (outlet.caller().equals(caller)) {
                return outlet;
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

    /** The users that have a socket here, at about this moment. */
    public Collection<UserId> users() {
        return byUser.keySet();
    }

    public void forEach(Consumer<ClientConnection> action) {
        byUser.values().forEach(all -> {
            for (ClientConnection outlet : all) {
                action.accept(outlet);
            }
        });
    }

    void forEach(UserId user, Consumer<ClientConnection> action) {
        for (ClientConnection outlet : of(user)) {
            action.accept(outlet);
        }
    }

    public void send(UserId user, Frame frame) {
        for (ClientConnection outlet : of(user)) {
            outlet.context().runOnContext(none -> outlet.offer(frame));
        }
    }

    /** Hands a frame to every socket of the users: one task for each event loop, whatever the number of sockets. */
    public void send(Collection<UserId> users, Frame frame) {
        if (users.size() <= 2) {
            users.forEach(user -> send(user, frame));
            return;
        }
        IdentityHashMap<Context, List<ClientConnection>> byLoop = new IdentityHashMap<>();
        for (UserId user : users) {
            for (ClientConnection outlet : of(user)) {
                byLoop.computeIfAbsent(outlet.context(), loop -> new ArrayList<>())
                        .add(outlet);
            }
        }
        byLoop.forEach((loop, outlets) -> loop.runOnContext(none -> {
            for (ClientConnection outlet : outlets) {
                outlet.offer(frame);
            }
        }));
    }

    public void close(UserId user, SessionId session, int code, String reason) {
        for (ClientConnection outlet : of(user)) {
            if (outlet.caller().session().equals(session)) {
                outlet.close(code, reason);
            }
        }
    }

    /** Ends all sockets of a session whose user is not known, as revocations are polled. */
    public void close(Collection<SessionId> sessions, int code, String reason) {
        forEach(outlet -> {
            if (sessions.contains(outlet.caller().session())) {
                outlet.close(code, reason);
            }
        });
    }

    private ClientConnection[] of(UserId user) {
        return byUser.getOrDefault(user, NONE);
    }
}
