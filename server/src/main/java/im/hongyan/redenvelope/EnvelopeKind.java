package im.hongyan.redenvelope;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import im.hongyan.protocol.Rejection;
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

    @JsonCreator
    static EnvelopeKind parse(String text) {
        for (EnvelopeKind kind : values()) {
            if (kind.text().equals(text)) {
                return kind;
            }
        }
        throw Rejection.field("kind", "envelope.kind", "an envelope is direct, lucky, equal or exclusive");
    }

    static EnvelopeKind of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    boolean inGroup() {
        return this != DIRECT;
    }
}
