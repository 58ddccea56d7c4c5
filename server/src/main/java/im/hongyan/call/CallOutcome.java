package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The outcome of a call, as recorded in its entry. */
enum CallOutcome {
    /** It was active, and at least one pair was not reported as failed. */
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

    /** Whether the entry counts as unread for users who were rung. */
    boolean isMissed() {
        return this == MISSED || this == CANCELLED || this == BUSY;
    }
}
