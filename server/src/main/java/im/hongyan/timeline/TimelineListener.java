package im.hongyan.timeline;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;

/**
 * Told of changes of membership on the node that stored them, after the commit. Implementations must not block. Calls are
 * hints: one is lost if the node dies, or if the answer to the commit is.
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
