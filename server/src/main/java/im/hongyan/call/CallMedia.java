package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import im.hongyan.protocol.Rejection;
import java.util.Locale;

/** Whether cameras are on at the start of a call. The texts are stored and sent to clients. */
enum CallMedia {
    AUDIO,
    VIDEO;

    @JsonValue
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    static CallMedia parse(String text) {
        for (CallMedia media : values()) {
            if (media.text().equals(text)) {
                return media;
            }
        }
        throw Rejection.field("media", "call.form", "the media must be audio or video");
    }
}
