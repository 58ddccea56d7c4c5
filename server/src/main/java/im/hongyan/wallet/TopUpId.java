package im.hongyan.wallet;

import com.fasterxml.jackson.annotation.JsonCreator;
import im.hongyan.protocol.Id;
import java.util.UUID;

/** The id of a top-up. */
public record TopUpId(UUID value) implements Id {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static TopUpId of(String text) {
        return new TopUpId(Id.Text.decode(text));
    }

    @Override
    public String toString() {
        return text();
    }
}
