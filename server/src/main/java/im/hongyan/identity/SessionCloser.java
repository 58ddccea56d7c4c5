package im.hongyan.identity;

import im.hongyan.protocol.SessionId;
import java.util.Set;

/** Closes what a session holds open. */
@FunctionalInterface
public interface SessionCloser {
    /**
     * The sessions have been revoked: their sockets on this node close now, with 4001. Called at least once on every node
     * and from any thread; it must not block.
     */
    void ended(Set<SessionId> sessions);

    /** This node has revoked the sessions: the others may be told, ahead of what they read. Must not block. */
    default void revoked(Set<SessionId> sessions) {}
}
