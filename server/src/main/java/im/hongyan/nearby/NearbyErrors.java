package im.hongyan.nearby;

import im.hongyan.protocol.Rejection;

/** The rejections of Nearby. */
final class NearbyErrors {
    private NearbyErrors() {}

    static Rejection notEnabled() {
        return Rejection.conflict("nearby.not_enabled", "only users who are visible nearby may search");
    }

    static Rejection rate(long retryAfterMs) {
        return Rejection.limited(
                "nearby.rate", "at most " + NearbyRules.MAX_SEARCHES + " searches an hour", retryAfterMs);
    }

    static Rejection speed(long retryAfterMs) {
        return Rejection.limited(
                "nearby.speed", "this position is too far from the last one for the time between them", retryAfterMs);
    }
}
