package im.hongyan.location;

import im.hongyan.protocol.Rejection;

/** The rejections of live shares, in one place so that the same error always has the same reason. */
final class LocationErrors {
    private LocationErrors() {}

    /** Also for shares of other users, so that a guessed id does not reveal that the share exists. */
    static Rejection notFound() {
        return Rejection.notFound("location.not_found", "you have no such share")
                .at("share");
    }

    static Rejection ended() {
        return Rejection.conflict("location.ended", "the share has ended");
    }

    static Rejection otherDevice() {
        return Rejection.conflict("location.other_device", "another device of yours updates this share");
    }

    static Rejection rate(long retryAfterMs) {
        return Rejection.limited("location.rate", "too many updates of this share", retryAfterMs);
    }

    static Rejection tooMany(int max) {
        return Rejection.conflict("location.too_many", "you share your location in " + max + " conversations already")
                .with("max", max);
    }

    static Rejection tooLong(int maxSeconds) {
        return Rejection.field(
                "seconds",
                "field.out_of_range",
                "'seconds' must be an integer from " + LocationFrames.Start.MIN_SECONDS + " to " + maxSeconds);
    }

    static Rejection fromTheFuture(long maxSeconds) {
        return Rejection.field(
                "measuredAt",
                "field.out_of_range",
                "'measuredAt' must be at most " + maxSeconds + " s later than the server's clock");
    }

    static Rejection watched(int max) {
        return Rejection.limited("location.watched", "a connection watches at most " + max + " conversations", 1_000);
    }
}
