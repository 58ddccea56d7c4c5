package im.hongyan.timeline;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;

/**
 * Called on the node that stored a change of membership, after the commit. Implementations must not block. Calls are
 * hints: one is lost if the node dies, or if the outcome of the commit is unknown.
 */
public interface TimelineListener {
    /**
     * A user left a conversation or was removed from it.
     *
     * @param seq the entry that says so, which is the last one that the user may see
     */
    void memberLeft(ConversationId conversation, UserId user, long seq);

    /** A user may speak where they could not before, or the other way round. */
    void standingChanged(ConversationId conversation, UserId user);
}
