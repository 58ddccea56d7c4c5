package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The state of a user in a call, from the invitation until they leave. */
enum ParticipantState {
    /** Invited; no device has confirmed yet that it rings. */
    INVITED,
    RINGING,
    JOINED,
    /** The socket is gone; the participant can resume within the grace period. */
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

    /** Whether the participant is in the call and counts towards its maximum. */
    boolean isIn() {
        return this == JOINED || this == RECONNECTING;
    }
}
