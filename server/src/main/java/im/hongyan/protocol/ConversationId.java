package im.hongyan.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import java.util.UUID;

/** Identifies a conversation and its log. */
public record ConversationId(UUID value) implements Id, Comparable<ConversationId> {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static ConversationId of(String text) {
        return new ConversationId(Id.Text.decode(text));
    }

    @Override
    public int compareTo(ConversationId other) {
        return text().compareTo(other.text());
    }

    @Override
    public String toString() {
        return text();
    }
}
