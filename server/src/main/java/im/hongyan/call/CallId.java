package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonCreator;
import im.hongyan.protocol.Id;
import java.util.UUID;

/** A call, from its start to its end. */
public record CallId(UUID value) implements Id {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static CallId of(String text) {
        return new CallId(Id.Text.decode(text));
    }

    @Override
    public String toString() {
        return text();
    }
}
