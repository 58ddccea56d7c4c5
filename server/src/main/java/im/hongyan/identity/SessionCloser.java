package im.hongyan.identity;

import im.hongyan.protocol.SessionId;
import java.util.Set;

/** Closes the sockets of ended sessions. */
@FunctionalInterface
public interface SessionCloser {
    /**
     * The sessions have ended: closes their sockets on this node, with 4001. Called at least once on every node, on any
     * thread; must not block.
     */
    void sessionsEnded(Set<SessionId> sessions);

    /** This node has ended the sessions: may notify the other nodes, ahead of their poll. Must not block. */
    default void sessionsRevoked(Set<SessionId> sessions) {}
}
