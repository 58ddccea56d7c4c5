package im.hongyan.redenvelope;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Who may open an envelope, and what is in its shares. */
enum EnvelopeKind {
    /** In a conversation of two, for the other one. */
    DIRECT,
    /** Shares at random. */
    LUCKY,
    /** Shares that are all the same. */
    EQUAL,
    /** In a group, for one person; everybody sees it. */
    EXCLUSIVE;

    @JsonValue
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static EnvelopeKind of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    boolean inGroup() {
        return this != DIRECT;
    }
}
