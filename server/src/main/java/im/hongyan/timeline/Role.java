package im.hongyan.timeline;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import im.hongyan.protocol.Rejection;
import java.util.Locale;

/** A user's role in a conversation, in ascending order of rights. Codes are stored: never reuse one. */
public enum Role {
    /** Was a member once, or never. */
    NONE(0),
    MEMBER(1),
    ADMIN(2),
    OWNER(3);

    private final int code;

    Role(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static Role of(int code) {
        for (Role role : values()) {
            if (role.code == code) {
                return role;
            }
        }
        throw new IllegalStateException("no role has the code " + code);
    }

    boolean atLeast(Role other) {
        return compareTo(other) >= 0;
    }

    @JsonCreator
    public static Role parse(String text) {
        for (Role role : values()) {
            if (role != NONE && role.text().equals(text)) {
                return role;
            }
        }
        throw Rejection.field("role", "role.unknown", "a role is owner, admin or member");
    }

    @JsonValue
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
