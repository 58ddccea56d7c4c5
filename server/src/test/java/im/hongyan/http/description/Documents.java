package im.hongyan.http.description;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import im.hongyan.App;
import im.hongyan.protocol.FrameCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The two documents of a node, read as a client author would read them. */
record Documents(JsonNode asyncApi, JsonNode openApi) {
    static final ObjectMapper JSON = new ObjectMapper();

    static Documents of(App app) {
        FrameCodec codec = new FrameCodec();
        Description description = Description.of(app.frames(), app.http(), codec);
        return new Documents(tree(codec.bytes(description.asyncApi())), tree(codec.bytes(description.openApi())));
    }

    static JsonNode tree(byte[] json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Follows a reference to its target. */
    static JsonNode follow(JsonNode document, JsonNode schema) {
        JsonNode at = schema;
        while (at.has("$ref")) {
            at = document.at(at.get("$ref").asText().substring(1));
            if (at.isMissingNode()) {
                throw new AssertionError(schema + " leads nowhere");
            }
        }
        return at;
    }

    /** Whether the field {@code type} of an object says which other fields it has. */
    static boolean isByType(JsonNode schema) {
        return schema.at("/allOf/0/if/properties/type").isObject();
    }

    /** The schemas of the objects that it may be, by type. */
    static Map<String, JsonNode> byType(JsonNode document, JsonNode schema) {
        Map<String, JsonNode> types = new LinkedHashMap<>();
        schema.get("allOf")
                .forEach(rule ->
                        types.put(rule.at("/if/properties/type/const").asText(), follow(document, rule.get("then"))));
        return types;
    }

    /** The operations that the server receives, by frame type. */
    Map<String, JsonNode> requests() {
        Map<String, JsonNode> requests = new LinkedHashMap<>();
        asyncApi.get("operations").properties().forEach(operation -> {
            if (operation.getValue().get("action").asText().equals("receive")) {
                requests.put(operation.getKey(), operation.getValue());
            }
        });
        return requests;
    }

    JsonNode message(String name) {
        return asyncApi.get("components").get("messages").get(name);
    }

    /** The schema of the {@code data} of a message. */
    JsonNode data(String message) {
        return message(message).get("payload").get("properties").get("data");
    }

    /** A described HTTP route. */
    record Call(String method, String path, JsonNode operation) {
        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    /** All routes under {@code /api/v1}. */
    List<Call> calls() {
        List<Call> calls = new ArrayList<>();
        openApi.get("paths").properties().forEach(path -> {
            if (!path.getValue().has("servers")) {
                path.getValue()
                        .properties()
                        .forEach(operation -> calls.add(new Call(
                                operation.getKey().toUpperCase(java.util.Locale.ROOT),
                                path.getKey(),
                                operation.getValue())));
            }
        });
        return calls;
    }
}
