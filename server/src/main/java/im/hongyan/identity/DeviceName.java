package im.hongyan.identity;

import com.fasterxml.jackson.annotation.JsonCreator;
import im.hongyan.protocol.SingleLine;

/** A name by which users tell their devices apart: 1 to 64 characters of any script, in one line. */
record DeviceName(String text) {
    DeviceName {
        text = SingleLine.of("a device name", text, 64);
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static DeviceName of(String typed) {
        return new DeviceName(typed);
    }
}
