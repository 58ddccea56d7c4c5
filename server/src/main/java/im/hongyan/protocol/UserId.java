package im.hongyan.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import java.util.UUID;

/** Identifies the account of a user. */
public record UserId(UUID value) implements Id, Comparable<UserId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static UserId of(String text) {
        return new UserId(Id.Text.decode(text));
    }

    @Override
    public int compareTo(UserId other) {
        return text().compareTo(other.text());
    }

    @Override
    public String toString() {
        return text();
    }
}
