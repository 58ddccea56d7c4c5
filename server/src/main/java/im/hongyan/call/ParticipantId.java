package im.hongyan.call;

import com.fasterxml.jackson.annotation.JsonCreator;
import im.hongyan.protocol.Id;
import java.util.UUID;

/** Identifies a participant: new at every join, and kept by a resume. */
public record ParticipantId(UUID value) implements Id {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static ParticipantId of(String text) {
        return new ParticipantId(Id.Text.decode(text));
    }

    static ParticipantId next() {
        return new ParticipantId(Id.next());
    }

    @Override
    public String toString() {
        return text();
    }
}
