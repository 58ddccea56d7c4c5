package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How a call went, as its entry in the log says. */
enum CallOutcome {
    /** It was active, and not every pair was reported as failed. */
    COMPLETED,
    /** It was active but every pair failed, or the server lost it. */
    FAILED,
    MISSED,
    DECLINED,
    CANCELLED,
    BUSY;

    @JsonValue
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    static CallOutcome parse(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    /** Whether the call counts as unread for those it rang. */
    boolean isMissed() {
        return this == MISSED || this == CANCELLED || this == BUSY;
    }
}
