package im.hongyan.location;

import java.time.Instant;
import java.util.Objects;

/**
 * Where a user was. Its {@link #text} is what Redis holds, and its {@link #toString} reveals nothing, so that no log
 * line can have a coordinate.
 *
 * @param latitude in degrees, WGS-84, with six decimals
 * @param longitude in degrees, WGS-84, with six decimals
 * @param accuracy in metres
 * @param heading in degrees clockwise from north; null if unknown
 * @param speed in metres per second; null if unknown
 * @param measuredAt when the device measured it
 */
record Position(double latitude, double longitude, double accuracy, Double heading, Double speed, Instant measuredAt) {
    private static final String NONE = "-";

    /** The centre of its cell; the cell is all that a coarse share reveals. */
    Position coarse(Grid grid) {
        Grid.Point centre = grid.centre(grid.cell(latitude, longitude));
        return new Position(centre.latitude(), centre.longitude(), grid.sizeMetres(), null, null, measuredAt);
    }

    String text() {
        return String.join(
                " ",
                Double.toString(latitude),
                Double.toString(longitude),
                Double.toString(accuracy),
                Objects.toString(heading, NONE),
                Objects.toString(speed, NONE),
                Long.toString(measuredAt.toEpochMilli()));
    }

    static Position parse(String text) {
        String[] parts = text.split(" ", 6);
        return new Position(
                Double.parseDouble(parts[0]),
                Double.parseDouble(parts[1]),
                Double.parseDouble(parts[2]),
                optional(parts[3]),
                optional(parts[4]),
                Instant.ofEpochMilli(Long.parseLong(parts[5])));
    }

    private static Double optional(String text) {
        return text.equals(NONE) ? null : Double.valueOf(text);
    }

    @Override
    public String toString() {
        return "a position";
    }
}
