package im.hongyan.identity;

import im.hongyan.protocol.Frame;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;

/** What the rest of the server does when something happens to an account or a session. */
public interface IdentityEvents extends SessionCloser {
    /** Sends a frame to the user's own devices and to those who watch the user; best effort. Must not block. */
    void profileChanged(UserId user, Frame frame);

    /**
     * Undoes what a deleted person takes part in. Called again, perhaps on another node, until its future succeeds: what
     * it does it must be able to do twice.
     */
    Future<Void> accountDeleted(UserId user);
}
