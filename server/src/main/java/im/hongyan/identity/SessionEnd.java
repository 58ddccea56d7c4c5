package im.hongyan.identity;

import im.hongyan.protocol.SessionId;

/** Closes what a session holds open. */
@FunctionalInterface
public interface SessionEnd {
    /**
     * The session has been revoked: its sockets on this node close now, with 4001. Called at least once on every node
     * and from any thread; it must not block.
     */
    void ended(SessionId session);
}
