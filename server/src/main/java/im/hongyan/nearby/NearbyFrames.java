package im.hongyan.nearby;

import im.hongyan.location.Coordinates;
import im.hongyan.protocol.Check;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import java.util.List;

/** The frames of Nearby. */
final class NearbyFrames {
    private static final long MAX_SECONDS = 24 * 60 * 60;

    private NearbyFrames() {}

    /**
     * A position in degrees, and for how long the user is visible. Its text has no coordinates, so that no log gets
     * them.
     */
    record Enable(Double latitude, Double longitude, Long seconds) {
        public Enable {
            latitude = Coordinates.latitude(latitude);
            longitude = Coordinates.longitude(longitude);
            Check.range("seconds", seconds, 1, MAX_SECONDS);
        }

        @Override
        public String toString() {
            return "Enable[seconds=" + seconds + "]";
        }
    }

    record Disable() {}

    /** @param radius in metres */
    record Find(Integer radius) {
        public Find {
            Check.present("radius", radius);
            if (!Distance.isRadius(radius)) {
                throw Rejection.field("radius", "field.out_of_range", "'radius' must be 1000, 3000 or 10000");
            }
        }
    }

    /** Other users, in random order. */
    record Found(List<FoundUser> people) {}

    record FoundUser(UserId user, Distance distance) {}
}
