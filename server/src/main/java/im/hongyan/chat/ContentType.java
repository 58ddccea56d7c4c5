package im.hongyan.chat;

import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A type of message content.
 *
 * @param name the value of the field {@code type}
 * @param record the class that the content is decoded to
 * @param isEditable whether the sender may replace the content of a message with another one of the same type
 * @param summary what clients that do not know the type show instead; gives null for a content that needs none
 * @param check throws a {@link im.hongyan.protocol.Rejection} for a content that the record takes and this server does
 *     not, for example because of a setting
 */
public record ContentType<T extends Content>(
        String name, Class<T> record, boolean isEditable, Function<T, String> summary, Consumer<T> check) {
    /** A type without rules beyond those of its record. */
    public ContentType(String name, Class<T> record, boolean isEditable, Function<T, String> summary) {
        this(name, record, isEditable, summary, content -> {});
    }

    /** The same type with a further rule. */
    public ContentType<T> checkedBy(Consumer<T> rule) {
        return new ContentType<>(name, record, isEditable, summary, check.andThen(rule));
    }

    /** A type that every client knows, such as text. */
    static <T extends Content> ContentType<T> editable(String name, Class<T> record) {
        return new ContentType<>(name, record, true, content -> null);
    }

    void checkContent(Content content) {
        check.accept(record.cast(content));
    }

    String summaryOf(Content content) {
        return summary.apply(record.cast(content));
    }
}
