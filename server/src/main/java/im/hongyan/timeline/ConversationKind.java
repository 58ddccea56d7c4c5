package im.hongyan.timeline;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Codes are stored: never reuse one. */
public enum ConversationKind {
    DIRECT(1),
    GROUP(2);

    private final int code;

    ConversationKind(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static ConversationKind of(int code) {
        return code == DIRECT.code ? DIRECT : GROUP;
    }

    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
