package im.hongyan.location;

import im.hongyan.chat.Content;
import im.hongyan.chat.ContentType;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SingleLine;
import java.util.Locale;

/**
 * The content of a message of type {@code place}: a point on the map that a user has picked.
 *
 * @param latitude in degrees, WGS-84
 * @param longitude in degrees, WGS-84
 * @param accuracy in metres; null for a point that was picked on a map
 * @param name at most 100 characters; may be null
 * @param address at most 300 characters; may be null
 */
record PlaceContent(Double latitude, Double longitude, Double accuracy, String name, String address)
        implements Content {
    private static final int MAX_NAME = 100;
    private static final int MAX_ADDRESS = 300;
    private static final String ICON = "📍 ";

    static final ContentType<PlaceContent> TYPE =
            new ContentType<>("place", PlaceContent.class, false, PlaceContent::summary);

    PlaceContent {
        latitude = Coordinates.latitude(latitude);
        longitude = Coordinates.longitude(longitude);
        accuracy = Coordinates.optionalAccuracy(accuracy);
        name = line("name", name, MAX_NAME);
        address = line("address", address, MAX_ADDRESS);
    }

    private static String line(String field, String text, int max) {
        try {
            return text == null ? null : SingleLine.of("'" + field + "'", text, max);
        } catch (Rejection malformed) {
            throw malformed.at(field);
        }
    }

    private String summary() {
        return ICON
                + (name != null
                        ? name
                        : address != null ? address : String.format(Locale.ROOT, "%.6f, %.6f", latitude, longitude));
    }

    @Override
    public String type() {
        return TYPE.name();
    }
}
