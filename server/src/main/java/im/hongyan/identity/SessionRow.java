package im.hongyan.identity;

import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.time.Instant;

/**
 * The row of a new session: a device that signs in.
 *
 * @param device null if it has no name
 * @param network from which it was last used: see {@code ClientNetwork}; null if unknown
 */
record SessionRow(
        SessionId id,
        UserId user,
        String device,
        String network,
        RefreshTokenRotation.State token,
        Instant createdAt) {}
