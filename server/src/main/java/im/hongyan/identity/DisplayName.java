package im.hongyan.identity;

import com.fasterxml.jackson.annotation.JsonCreator;
import im.hongyan.protocol.SingleLine;

/** The name that other users see: 1 to 64 characters of any script, in one line. */
record DisplayName(String text) {
    DisplayName {
        text = SingleLine.of("a display name", text, 64);
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static DisplayName of(String typed) {
        return new DisplayName(typed);
    }
}
