package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Where a user is between being invited and having left. */
enum ParticipantState {
    /** Rung, but no device has confirmed that it rings. */
    INVITED,
    RINGING,
    JOINED,
    /** The socket is gone; the place is kept for the grace period. */
    RECONNECTING,
    LEFT,
    DECLINED,
    BUSY,
    TIMED_OUT;

    @JsonValue
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    static ParticipantState parse(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    boolean isRinging() {
        return this == INVITED || this == RINGING;
    }

    /** Whether the participant takes one of the places of the call. */
    boolean isIn() {
        return this == JOINED || this == RECONNECTING;
    }
}
