package im.hongyan.delivery;

import im.hongyan.async.LogThrottle;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of this node that watch something, for example a user's presence. A subscription ends with its
 * socket, when it is removed, and when {@link #recheck} finds that its user has lost access. Thread-safe.
 *
 * @param <K> what is watched
 */
public final class Subscriptions<K> {
    private static final Logger LOG = LoggerFactory.getLogger(Subscriptions.class);
    private static final LogThrottle FAILURES = new LogThrottle();

    /** Whether a user may still watch something. */
    @FunctionalInterface
    public interface Access<K> {
        /** @return those of the keys that the user may watch */
        Future<Set<K>> allowed(UserId user, Set<K> keys);
    }

    private final Sockets sockets;
    private final int maxPerSocket;
    private final Map<K, Set<Principal>> byKey = new HashMap<>();
    /** The sets are replaced and never changed, so that {@link #recheck} notices a change by identity. */
    private final Map<Principal, Set<K>> bySocket = new HashMap<>();

    public Subscriptions(Sockets sockets, int maxPerSocket) {
        this.sockets = sockets;
        this.maxPerSocket = maxPerSocket;
        sockets.onClosed(this::end);
    }

    /**
     * Subscribes a socket to one more key. Has no effect if the socket is closed.
     *
     * @return false if the socket has as many subscriptions as it may have
     */
    public synchronized boolean add(Principal socket, K key) {
        Set<K> before = bySocket.getOrDefault(socket, Set.of());
        if (before.contains(key)) {
            return true;
        }
        if (before.size() >= maxPerSocket) {
            return false;
        }
        Set<K> now = new HashSet<>(before);
        now.add(key);
        set(socket, now);
        return true;
    }

    /**
     * Subscribes a socket to these keys and no others. Has no effect if the socket is closed.
     *
     * @return false if these are more than a socket may have; then nothing changes
     */
    public synchronized boolean replace(Principal socket, Collection<K> keys) {
        if (keys.size() > maxPerSocket) {
            return false;
        }
        set(socket, new HashSet<>(keys));
        return true;
    }

    public synchronized void remove(Principal socket, K key) {
        retain(socket, other -> !other.equals(key));
    }

    /**
     * Ends the subscriptions of all sockets of a user to keys that match, for example those of a conversation they
     * left.
     */
    public synchronized void removeUser(UserId user, Predicate<K> keys) {
        bySocket.keySet().stream()
                .filter(socket -> socket.user().equals(user))
                .toList()
                .forEach(socket -> retain(socket, keys.negate()));
    }

    /** Ends all subscriptions of a socket. */
    public synchronized void end(Principal socket) {
        set(socket, Set.of());
    }

    /** Ends the subscriptions of all sockets to a key. */
    public synchronized void endKey(K key) {
        watchers(key).forEach(socket -> remove(socket, key));
    }

    /** The keys that some socket watches. */
    public synchronized Set<K> keys() {
        return Set.copyOf(byKey.keySet());
    }

    public synchronized Set<Principal> watchers(K key) {
        return Set.copyOf(byKey.getOrDefault(key, Set.of()));
    }

    /** Sends a frame to the sockets that watch {@code key} and match. */
    public void send(K key, Frame frame, Predicate<Principal> watchers) {
        for (Principal watcher : watchers(key)) {
            ClientConnection connection = watchers.test(watcher) ? sockets.find(watcher) : null;
            if (connection != null) {
                connection.context().runOnContext(none -> connection.offer(frame));
            }
        }
    }

    /**
     * Ends the subscriptions whose users have lost access. One socket after the other, so that it costs one query at a
     * time.
     */
    public Future<Void> recheck(Access<K> access) {
        Map<Principal, Set<K>> all;
        synchronized (this) {
            all = Map.copyOf(bySocket);
        }
        // The chain is built in advance, because nested futures would overflow the stack.
        Future<Void> done = Future.succeededFuture();
        for (Map.Entry<Principal, Set<K>> one : all.entrySet()) {
            done = done.compose(none -> recheck(one.getKey(), one.getValue(), access));
        }
        return done;
    }

    private Future<Void> recheck(Principal socket, Set<K> keys, Access<K> access) {
        return access.allowed(socket.user(), keys)
                .onSuccess(allowed -> retainUnlessChanged(socket, keys, allowed))
                .<Void>mapEmpty()
                .otherwise(failure -> {
                    FAILURES.log(unlogged -> LOG.warn(
                            "cannot check access to subscriptions; trying again later ({} more not logged): {}",
                            unlogged,
                            failure.toString()));
                    return null;
                });
    }

    /** A socket that has subscribed anew in the meantime was checked then. */
    private synchronized void retainUnlessChanged(Principal socket, Set<K> checked, Set<K> allowed) {
        if (bySocket.get(socket) == checked && !allowed.containsAll(checked)) {
            retain(socket, allowed::contains);
        }
    }

    private void retain(Principal socket, Predicate<K> keys) {
        Set<K> retained = new HashSet<>(bySocket.getOrDefault(socket, Set.of()));
        retained.removeIf(keys.negate());
        set(socket, retained);
    }

    /** Under the lock. */
    private void set(Principal socket, Set<K> keys) {
        Set<K> before = bySocket.getOrDefault(socket, Set.of());
        Set<K> now = sockets.find(socket) == null ? Set.of() : keys;
        before.stream()
                .filter(key -> !now.contains(key))
                .forEach(key -> byKey.computeIfPresent(key, (same, all) -> {
                    all.remove(socket);
                    return all.isEmpty() ? null : all;
                }));
        now.forEach(key -> byKey.computeIfAbsent(key, same -> new HashSet<>()).add(socket));
        if (now.isEmpty()) {
            bySocket.remove(socket);
        } else {
            bySocket.put(socket, now);
        }
    }
}
