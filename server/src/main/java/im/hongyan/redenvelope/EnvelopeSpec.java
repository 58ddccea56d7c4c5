package im.hongyan.redenvelope;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import java.time.Instant;

/**
 * What of an envelope never changes, and so may be remembered.
 *
 * @param recipient the one who may open it; null if it is for everybody in the conversation
 */
record EnvelopeSpec(
        EnvelopeId id,
        ConversationId conversation,
        UserId sender,
        EnvelopeKind kind,
        UserId recipient,
        int count,
        Instant expiresAt) {}
