package im.hongyan.redenvelope;

import com.fasterxml.jackson.annotation.JsonCreator;
import im.hongyan.protocol.Id;
import java.util.UUID;

/** A red envelope. */
public record EnvelopeId(UUID value) implements Id {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static EnvelopeId of(String text) {
        return new EnvelopeId(Id.Text.decode(text));
    }

    @Override
    public String toString() {
        return text();
    }
}
