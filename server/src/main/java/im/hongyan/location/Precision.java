package im.hongyan.location;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import im.hongyan.protocol.Rejection;
import java.util.Locale;

/** How much of a position a share reveals. */
enum Precision {
    PRECISE,
    /** Only the cell of the {@link Grid}. */
    COARSE;

    @JsonValue
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    static Precision parse(String text) {
        for (Precision precision : values()) {
            if (precision.text().equals(text)) {
                return precision;
            }
        }
        throw Rejection.field("precision", "location.form", "the precision must be precise or coarse");
    }
}
