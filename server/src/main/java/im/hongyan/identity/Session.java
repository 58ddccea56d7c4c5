package im.hongyan.identity;

import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.time.Instant;

/**
 * A device that is signed in, as it begins.
 *
 * @param device null if it has no name
 */
record Session(SessionId id, UserId user, String device, RefreshTokenRotation.State token, Instant createdAt) {}
