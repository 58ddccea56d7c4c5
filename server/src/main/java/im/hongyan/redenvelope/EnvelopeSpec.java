package im.hongyan.redenvelope;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import java.time.Instant;

/**
 * The immutable part of an envelope, which may be cached.
 *
 * @param recipient the only user who may open an exclusive envelope; null for other kinds
 */
record EnvelopeSpec(
        EnvelopeId id,
        ConversationId conversation,
        UserId sender,
        EnvelopeKind kind,
        UserId recipient,
        int count,
        Instant expiresAt) {}
