package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Why a participation or a call ended. */
enum CallReason {
    LEFT,
    /** The user joined from another socket, or called again. */
    REPLACED,
    /** The socket was gone for longer than the grace period. */
    LOST,
    /** By the host, from the conversation, by a block, or with the account. */
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
