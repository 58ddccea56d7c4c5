package im.hongyan.gateway;

import im.hongyan.async.KeyedRateLimiter;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.FrameLimit;
import im.hongyan.protocol.UserId;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Limits the frame rate of each user on all of the user's sockets on this node, so that opening more sockets does not
 * multiply the rate. Thread-safe.
 */
final class UserFrameRates {
    /** A frame type with its own rate has that rate on as many sockets as a session may hold. */
    private static final int SOCKETS = Sockets.MAX_PER_SESSION;

    private final KeyedRateLimiter<UserId> general;
    /** By type, for frames that have their own limit. */
    private final Map<String, KeyedRateLimiter<UserId>> own = new ConcurrentHashMap<>();

    UserFrameRates(FrameLimit limit) {
        this.general = new KeyedRateLimiter<>(limit.perSecond(), limit.burst());
    }

    /**
     * @param type of the frame; any value if the type does not have its own limit
     * @return 0 if the user may send this frame; otherwise the milliseconds until they may
     */
    long take(UserId user, String type, Optional<FrameLimit> ownLimit) {
        return ownLimit.map(limit -> own.computeIfAbsent(type, none -> limiter(limit)))
                .orElse(general)
                .take(user);
    }

    private static KeyedRateLimiter<UserId> limiter(FrameLimit limit) {
        return new KeyedRateLimiter<>((double) SOCKETS * limit.perSecond(), SOCKETS * limit.burst());
    }
}
