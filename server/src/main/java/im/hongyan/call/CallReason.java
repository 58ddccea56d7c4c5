package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Why a participant left or a call ended. */
enum CallReason {
    LEFT,
    /** The user joined from another socket, or called again. */
    REPLACED,
    /** The socket was gone for longer than the grace period. */
    LOST,
    /** The host removed the user, the user left the conversation or was blocked, or the account was deleted. */
    REMOVED,
    SIGNED_OUT,
    DECLINED,
    BUSY,
    TIMED_OUT,
    CANCELLED,
    ENDED_BY_HOST,
    FAILED;

    @JsonValue
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    static CallReason parse(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
