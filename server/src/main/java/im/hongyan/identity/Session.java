package im.hongyan.identity;

import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.time.Instant;

/**
 * A new session: a device that signs in.
 *
 * @param device null if it has no name
 * @param network from which it was last used: see {@code ClientNetwork}; null if unknown
 */
record Session(
        SessionId id,
        UserId user,
        String device,
        String network,
        RefreshTokenRotation.State token,
        Instant createdAt) {}
