package im.hongyan.chat;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonUnwrapped;

/**
 * The content of an entry of kind {@code message}.
 *
 * @param content its fields stand beside {@code replyTo}
 * @param replyTo the entry that the message answers; null if none
 */
record StoredMessage(@JsonUnwrapped Content content, Long replyTo) {
    /** What an edit keeps of the message as it is stored. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Head(String type, Long replyTo) {}
}
