package im.hongyan.chat;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/**
 * The content of a message. The field {@code type} says which record the JSON is decoded to; the other fields are the
 * record's. Features add types through {@link ContentTypes}.
 *
 * <p>Implementations are records that check themselves in their compact constructors.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As.EXISTING_PROPERTY, property = "type")
@JsonPropertyOrder("type")
public interface Content {
    /** The name that the type is registered with. */
    @JsonProperty("type")
    String type();
}
