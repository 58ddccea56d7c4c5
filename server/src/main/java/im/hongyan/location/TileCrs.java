package im.hongyan.location;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * The coordinate system of map tiles. Coordinates are always stored and sent as WGS-84; clients convert them when they
 * draw on tiles of mainland China, which are shifted.
 */
enum TileCrs {
    WGS84,
    GCJ02,
    BD09;

    @JsonValue
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException if there is no such system */
    @JsonCreator
    static TileCrs parse(String text) {
        for (TileCrs crs : values()) {
            if (crs.text().equals(text)) {
                return crs;
            }
        }
        throw new IllegalArgumentException("needs wgs84, gcj02 or bd09");
    }

    @Override
    public String toString() {
        return text();
    }
}
