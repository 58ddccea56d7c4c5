package im.hongyan.chat;

import java.util.function.Function;

/**
 * A type of message content.
 *
 * @param name the value of the field {@code type}
 * @param record the class that the content is decoded to
 * @param isEditable whether the sender may replace the content of a message with another one of the same type
 * @param summary what clients that do not know the type show instead; gives null for a content that needs none
 */
public record ContentType<T extends Content>(
        String name, Class<T> record, boolean isEditable, Function<T, String> summary) {
    /** A type that every client knows, such as text. */
    static <T extends Content> ContentType<T> editable(String name, Class<T> record) {
        return new ContentType<>(name, record, true, content -> null);
    }

    String summaryOf(Content content) {
        return summary.apply(record.cast(content));
    }
}
