package im.hongyan.timeline;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/**
 * An optional field that a feature adds to conversations as clients see them, such as the call in progress.
 *
 * @param name in the JSON of a conversation
 * @param type the record of its value
 */
public record ConversationExtension<T>(String name, Class<T> type, Reader<T> reader) {
    /** Reads the field for a whole page at once. */
    @FunctionalInterface
    public interface Reader<T> {
        /** @return the values of the conversations that have one for this viewer */
        Future<Map<ConversationId, T>> read(UserId viewer, List<ConversationId> conversations);
    }
}
