package im.hongyan.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.jsontype.TypeIdResolver;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/**
 * Converts JSON to records and back. Decoding is strict: it rejects unknown and duplicate fields, values of another
 * type, and deep nesting, with an error that names the field. Thread-safe.
 */
public final class FrameCodec {
    private static final int MAX_REQUEST_ID = 64;
    /** Characters that an error quotes of a request. */
    private static final int MAX_QUOTED = 400;

    private static final Set<String> ENVELOPE = Set.of("type", "id", "data");

    private final ObjectMapper mapper = StrictJson.mapper();
    private final LongAdder pushes = new LongAdder();

    /**
     * Decodes JSON for {@code base}, an interface with {@code @JsonTypeInfo}, to the record that its type is registered
     * with. Call it before the first frame is decoded.
     *
     * @param unknown the rejection of a type that is not registered
     */
    public void decodeByType(Class<?> base, Function<String, Rejection> unknown) {
        mapper.addHandler(new DeserializationProblemHandler() {
            @Override
            public JavaType handleUnknownTypeId(
                    DeserializationContext context,
                    JavaType wanted,
                    String type,
                    TypeIdResolver resolver,
                    String message) {
                if (wanted.hasRawClass(base)) {
                    throw unknown.apply(type);
                }
                return null;
            }

            @Override
            public JavaType handleMissingTypeId(
                    DeserializationContext context, JavaType wanted, TypeIdResolver resolver, String message) {
                JsonToken token = context.getParser().currentToken();
                // A value that is not an object has the wrong type as a whole.
                boolean isObject = token == null || !(token.isScalarValue() || token == JsonToken.START_ARRAY);
                if (wanted.hasRawClass(base) && isObject) {
                    throw Rejection.field("type", "field.missing", "'type' is missing");
                }
                return null;
            }
        });
    }

    /** What JSON with this {@code type} is decoded to. Call it before the first frame is decoded. */
    public void register(String type, Class<?> record) {
        mapper.registerSubtypes(new NamedType(record, type));
    }

    /** Parses the envelope of a request. Never throws. */
    public InboundFrame parseFrame(String text) {
        String id = null;
        try {
            if (!(tree(text) instanceof ObjectNode frame)) {
                throw Rejection.invalid("frame.malformed", "a frame must be a JSON object");
            }
            id = requestId(frame);
            return new Request(textOf(frame, "type"), id, data(frame));
        } catch (Rejection rejection) {
            return new InboundFrame.Malformed(id, rejection);
        }
    }

    private static String requestId(ObjectNode frame) {
        String id = textOf(frame, "id");
        if (id.length() > MAX_REQUEST_ID) {
            throw Rejection.field("id", "field.length", "'id' must have 1 to " + MAX_REQUEST_ID + " characters");
        }
        // The answer repeats the id, and an unpaired surrogate has no UTF-8 form.
        Check.wellFormed("id", id);
        return id;
    }

    private static ObjectNode data(ObjectNode frame) {
        for (var names = frame.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!ENVELOPE.contains(name)) {
                throw JsonErrors.unknownField(name);
            }
        }
        JsonNode data = frame.get("data");
        if (data == null || data.isNull()) {
            return frame.objectNode();
        }
        if (data instanceof ObjectNode object) {
            return object;
        }
        throw Rejection.field("data", "field.type", "'data' must be a JSON object");
    }

    /** Decodes the data of a frame or the fields of an HTTP request. Throws a {@link Rejection}. */
    public <T> T decode(ObjectNode data, Class<T> type) {
        try {
            return mapper.treeToValue(data, type);
        } catch (JsonProcessingException e) {
            throw JsonErrors.rejection(e);
        }
    }

    /** Parses an HTTP body. An empty one counts as an empty object. */
    public ObjectNode parseObject(String text) {
        if (text == null || text.isBlank()) {
            return mapper.createObjectNode();
        }
        if (tree(text) instanceof ObjectNode object) {
            return object;
        }
        throw Rejection.invalid("body.malformed", "the body must be a JSON object");
    }

    /** Reads JSON that the server has written itself. */
    public <T> T read(String json, Class<T> type) {
        try {
            return mapper.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw JsonErrors.rejection(e);
        }
    }

    public String json(Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    public byte[] bytes(Object value) {
        try {
            return mapper.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Frame ok(String id, Object data) {
        return new Frame(bytes(new Ok("ok", id, data)), Frame.DropPolicy.NEVER);
    }

    /** @param id of the request; null if it has no readable one */
    public Frame error(String id, Rejection rejection) {
        return new Frame(bytes(new Failed("error", id, errorFields(rejection))), Frame.DropPolicy.NEVER);
    }

    public Frame push(String type, Object data, Frame.DropPolicy dropPolicy) {
        pushes.increment();
        return new Frame(bytes(new Push(type, data)), dropPolicy);
    }

    /** The number of pushes encoded so far. */
    public double encodedPushes() {
        return pushes.doubleValue();
    }

    /** The fields of an error, which frames and HTTP problems have in common. */
    public Map<String, Object> errorFields(Rejection rejection) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("kind", rejection.kind());
        error.put("reason", rejection.reason());
        error.put("message", quotable(rejection.getMessage()));
        if (rejection.field() != null) {
            error.put("field", quotable(rejection.field()));
        }
        if (rejection.retryAfterMs() > 0) {
            error.put("retryAfterMs", rejection.retryAfterMs());
        }
        rejection.extra().forEach(error::putIfAbsent);
        return error;
    }

    /** Errors quote names that clients have chosen: replaces what has no UTF-8 form, and shortens the rest. */
    private static String quotable(String text) {
        String whole = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        String cut = VisibleText.cut(whole, MAX_QUOTED);
        return cut.length() == whole.length() ? whole : cut + "…";
    }

    private JsonNode tree(String text) {
        try {
            JsonNode tree = mapper.readTree(text);
            return tree == null ? mapper.missingNode() : tree;
        } catch (JsonProcessingException e) {
            throw JsonErrors.malformed(e);
        }
    }

    private static String textOf(ObjectNode frame, String name) {
        JsonNode value = frame.get(name);
        if (value == null) {
            throw Rejection.field(name, "field.missing", "'" + name + "' is missing");
        }
        if (!value.isTextual() || value.textValue().isEmpty()) {
            throw Rejection.field(name, "field.type", "'" + name + "' must be a non-empty string");
        }
        return value.textValue();
    }

    private record Ok(String type, String id, Object data) {}

    private record Failed(String type, String id, Map<String, Object> error) {}

    private record Push(String type, Object data) {}
}
