package im.hongyan.location;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.time.Instant;

/**
 * What never changes about a share.
 *
 * @param session the device that updates it
 * @param expiresAt when it ends unless it is stopped before
 */
record Share(
        ShareId id,
        UserId user,
        SessionId session,
        ConversationId conversation,
        Precision precision,
        Instant expiresAt) {}
