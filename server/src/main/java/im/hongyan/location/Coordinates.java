package im.hongyan.location;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.Rejection;

/**
 * The rules for coordinates that clients send. WGS-84, in degrees, with six decimals, which is about 11 cm: more would
 * claim a precision that no device has.
 */
public final class Coordinates {
    private static final double SCALE = 1e6;
    static final double MAX_LATITUDE = 90;
    static final double MAX_LONGITUDE = 180;
    /** In metres. */
    static final double MAX_ACCURACY = 100_000;

    private Coordinates() {}

    /** Requires a latitude, which it rounds. */
    public static double latitude(Double value) {
        return round(required("latitude", value, -MAX_LATITUDE, MAX_LATITUDE), SCALE);
    }

    /** Requires a longitude, which it rounds. */
    public static double longitude(Double value) {
        return round(required("longitude", value, -MAX_LONGITUDE, MAX_LONGITUDE), SCALE);
    }

    /** The radius in metres within which a position probably is. */
    static double accuracy(Double value) {
        return round(required("accuracy", value, 0, MAX_ACCURACY), 10);
    }

    /** As {@link #accuracy}, but may be absent. */
    static Double optionalAccuracy(Double value) {
        return value == null ? null : Double.valueOf(accuracy(value));
    }

    /** A finite number within bounds, with one decimal; may be absent. */
    static Double optional(String field, Double value, double min, double max) {
        return value == null ? null : Double.valueOf(round(required(field, value, min, max), 10));
    }

    private static double required(String field, Double value, double min, double max) {
        Check.present(field, value);
        // Written so that NaN is out of range, too.
        if (!(value >= min && value <= max)) {
            throw Rejection.field(
                    field,
                    "field.out_of_range",
                    "'" + field + "' must be a number from " + plain(min) + " to " + plain(max));
        }
        return value;
    }

    private static String plain(double bound) {
        return Long.toString((long) bound);
    }

    /** Adds 0 because JSON would write the negative zero with its sign. */
    static double round(double value, double scale) {
        return Math.round(value * scale) / scale + 0.0;
    }
}
