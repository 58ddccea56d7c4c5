package im.hongyan.identity;

import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.time.Instant;

/**
 * The row of a new session: a device that signs in.
 *
 * @param device null if it has no name
 */
record SessionRow(SessionId id, UserId user, String device, RefreshTokenRotation.State token, Instant createdAt) {}
