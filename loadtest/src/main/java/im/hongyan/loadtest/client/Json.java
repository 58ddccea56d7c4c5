package im.hongyan.loadtest.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;

/** The shared mapper, and accessors whose errors name what is missing. */
final class Json {
    static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}

    static JsonNode parse(byte[] utf8) throws IOException {
        return MAPPER.readTree(utf8);
    }

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** A copy of any value that can be written as an object. */
    static ObjectNode objectOf(Object value) {
        JsonNode tree = MAPPER.valueToTree(value);
        if (tree instanceof ObjectNode object) {
            return object == value ? object.deepCopy() : object;
        }
        throw new IllegalArgumentException("not an object: " + value.getClass());
    }

    static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written as JSON: " + value.getClass(), e);
        }
    }

    static Buffer buffer(Object value) {
        try {
            return Buffer.buffer(MAPPER.writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written as JSON: " + value.getClass(), e);
        }
    }

    /** The text of a required field. */
    static String text(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isTextual()) {
            throw new IllegalArgumentException("no text field \"" + field + "\" in " + shape(node));
        }
        return value.textValue();
    }

    /** The id of the conversation that an answer describes. */
    static String conversationId(JsonNode answer) {
        return text(object(answer, "conversation"), "id");
    }

    /** The text of a field, or null. */
    static String optionalText(JsonNode node, String field) {
        JsonNode value = node.get(field);
        return value == null || value.isNull() ? null : value.asText();
    }

    /** The integer of a required field. */
    static long integer(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isIntegralNumber()) {
            throw new IllegalArgumentException("no integer field \"" + field + "\" in " + shape(node));
        }
        return value.longValue();
    }

    static JsonNode object(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isObject()) {
            throw new IllegalArgumentException("no object \"" + field + "\" in " + shape(node));
        }
        return value;
    }

    static JsonNode array(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null || !value.isArray()) {
            throw new IllegalArgumentException("no array \"" + field + "\" in " + shape(node));
        }
        return value;
    }

    /** Field names only, because contents are private and may be tokens. */
    private static String shape(JsonNode node) {
        StringBuilder names = new StringBuilder("{");
        node.fieldNames().forEachRemaining(name -> names.append(names.length() == 1 ? "" : ", ")
                .append(name));
        return names.append('}').toString();
    }
}
