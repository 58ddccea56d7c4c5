package im.hongyan.wallet;

import com.fasterxml.jackson.annotation.JsonCreator;
import im.hongyan.protocol.Id;
import java.util.UUID;

/** The id of a transfer. */
public record TransferId(UUID value) implements Id {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static TransferId of(String text) {
        return new TransferId(Id.Text.decode(text));
    }

    @Override
    public String toString() {
        return text();
    }
}
