package im.hongyan.feature;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.Set;

/**
 * One feature of a running node: its lifecycle, and hooks that do nothing unless they are overridden.
 *
 * <p>Hooks may be called on any thread and must not block. Apart from {@link #accountDeleted}, they are hints, like
 * pushes: they can be lost when a node dies, so a feature also checks membership and sessions when it delivers. None of
 * them is called before all features have started.
 */
public interface FeatureInstance {
    /** Called once, after the stores are ready and before a port opens. A failure ends the start of the node. */
    default Future<Void> start() {
        return Future.succeededFuture();
    }

    /**
     * Called once, after the sockets are closed and before the stores are; also on an instance that was never started,
     * for example by a command. Must end within a few seconds.
     */
    default Future<Void> stop() {
        return Future.succeededFuture();
    }

    /** The database was restored or replaced: whatever is cached from it is void. */
    default void historyChanged() {}

    /**
     * An account was deleted and its sessions have ended. Repeated until it succeeds, possibly on another node, so it
     * must be idempotent.
     */
    default Future<Void> accountDeleted(UserId user) {
        return Future.succeededFuture();
    }

    /** Sessions were signed out or revoked, on any node. Each node calls it at least once for each session. */
    default void sessionsEnded(Set<SessionId> sessions) {}

    /**
     * Called when a connection of this node has opened, after its {@code welcome} was sent, so frames sent from here
     * follow it. Use it for what a client must learn immediately, such as a pending invitation. {@link #socketClosed}
     * follows later.
     */
    default void socketOpened(Principal principal) {}

    /** A connection of this node has closed, for whatever reason. */
    default void socketClosed(Principal principal) {}

    /**
     * Called when another node is no longer a member of the cluster: its connections are closed or soon will be. A
     * partitioned node still serves them for some seconds.
     *
     * @param node its boot id
     */
    default void nodeLeft(String node) {}

    /**
     * A user left a conversation or was removed from it. Called on the node that stored the change.
     *
     * @param seq the entry that says so; the user sees nothing after it
     */
    default void memberLeft(ConversationId conversation, UserId user, long seq) {}

    /** What a member may do in a conversation has changed. Called on the node that stored the change. */
    default void standingChanged(ConversationId conversation, UserId user) {}

    /** A user has a new name or picture. Called on the node that stored the change. */
    default void profileChanged(UserId user) {}
}
