package im.hongyan.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import java.util.UUID;

/** Identifies a session: a signed-in device, to which a refresh token belongs. */
public record SessionId(UUID value) implements Id, Comparable<SessionId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static SessionId of(String text) {
        return new SessionId(Id.Text.decode(text));
    }

    @Override
    public int compareTo(SessionId other) {
        return text().compareTo(other.text());
    }

    @Override
    public String toString() {
        return text();
    }
}
