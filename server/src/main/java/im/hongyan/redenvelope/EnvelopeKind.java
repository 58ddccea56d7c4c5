package im.hongyan.redenvelope;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import im.hongyan.protocol.Rejection;
import java.util.Locale;

/** Determines which users may open an envelope, and how it is split. The texts are stored and sent to clients. */
enum EnvelopeKind {
    /** In a direct conversation, for the other user. */
    DIRECT,
    /** In a group, with random amounts. */
    LUCKY,
    /** In a group, with equal amounts. */
    EQUAL,
    /** In a group, for one member; all members see it. */
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
        throw Rejection.field("kind", "envelope.kind", "the kind must be direct, lucky, equal or exclusive");
    }

    static EnvelopeKind of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    boolean inGroup() {
        return this != DIRECT;
    }
}
