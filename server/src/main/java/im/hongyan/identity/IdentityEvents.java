package im.hongyan.identity;

import im.hongyan.protocol.Frame;
import im.hongyan.protocol.UserId;

/** What the rest of the server does when a session ends or a profile changes. The methods must not block. */
public interface IdentityEvents extends SessionCloser {
    /**
     * Sends a frame to the user's own devices and to the users who watch their presence. Best effort.
     *
     * @param frame the push {@code profile}
     */
    void profileChanged(UserId user, Frame frame);
}
