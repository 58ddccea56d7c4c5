package im.hongyan.location;

import com.fasterxml.jackson.annotation.JsonCreator;
import im.hongyan.protocol.Id;
import java.util.UUID;

/** A live share of a user's location, from its start to its end. */
public record ShareId(UUID value) implements Id {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static ShareId of(String text) {
        return new ShareId(Id.Text.decode(text));
    }

    @Override
    public String toString() {
        return text();
    }
}
