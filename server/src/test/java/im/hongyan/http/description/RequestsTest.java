package im.hongyan.http.description;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.chat.Content;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.scenario.NodeExtension;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Requests are accepted and rejected as described. Tries each field of each frame and route: absent, of another type,
 * at its limits and one beyond. A field without a described limit must have none.
 */
class RequestsTest {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    /** Larger than any limit that needs a description. */
    private static final int HUGE = 40_000;

    private static final String TIME = "2026-03-08T17:30:00.000Z";

    private final FrameCodec codec = new FrameCodec();

    @BeforeEach
    void decodeContents() {
        node.app().frames().contentTypes().forEach(codec::register);
        codec.decodeByType(Content.class, type -> Rejection.field("type", "content.type", type));
    }

    @TestFactory
    Stream<DynamicTest> frame_isAcceptedOrRejectedAsDescribed() {
        Documents documents = Documents.of(node.app());
        return documents.requests().entrySet().stream()
                .map(request -> DynamicTest.dynamicTest(request.getKey(), () -> new Trial(
                                documents.asyncApi(),
                                documents.data(request.getKey()),
                                firstGood(request.getValue(), "data"),
                                node.app()
                                        .frames()
                                        .table()
                                        .get(request.getKey())
                                        .body())
                        .run()));
    }

    @TestFactory
    Stream<DynamicTest> route_isAcceptedOrRejectedAsDescribed() {
        Documents documents = Documents.of(node.app());
        return documents.calls().stream()
                .map(call -> DynamicTest.dynamicTest(
                        call.toString(),
                        () -> new Trial(documents.openApi(), fields(call), example(call), body(call)).run()));
    }

    /** The request of the first example that succeeds. */
    private static ObjectNode firstGood(JsonNode operation, String field) {
        for (JsonNode example : operation.get("x-examples")) {
            if (example.at("/answer/type").asText().equals("ok")) {
                return example.get("request").get(field).deepCopy();
            }
        }
        throw new AssertionError(operation.get("title") + " has no example that succeeds");
    }

    private static Class<?> body(Documents.Call described) {
        return node.app().http().table().stream()
                .filter(call -> call.method().name().equals(described.method()))
                .filter(call -> call.path().replaceAll(":(\\w+)", "{$1}").equals(described.path()))
                .map(HttpRoutes.HttpRoute::body)
                .findFirst()
                .orElseThrow();
    }

    /** Body and parameters as one object, as the server decodes them. */
    private static ObjectNode fields(Documents.Call call) {
        JsonNode body = call.operation().at("/requestBody/content/application~1json/schema");
        ObjectNode schema = body.isObject() ? body.deepCopy() : Documents.JSON.createObjectNode();
        schema.put("type", "object");
        call.operation().path("parameters").forEach(parameter -> {
            schema.withObjectProperty("properties").set(parameter.get("name").asText(), parameter.get("schema"));
            if (parameter.path("required").asBoolean()) {
                schema.withArrayProperty("required").add(parameter.get("name").asText());
            }
        });
        return schema;
    }

    private static ObjectNode example(Documents.Call call) {
        JsonNode request = call.operation().at("/x-examples/0/request");
        ObjectNode fields = request.has("body") ? request.get("body").deepCopy() : Documents.JSON.createObjectNode();
        String path = request.get("path").asText();
        call.operation().path("parameters").forEach(parameter -> {
            String name = parameter.get("name").asText();
            fields.put(
                    name,
                    parameter.get("in").asText().equals("path")
                            ? path.substring(path.lastIndexOf('/') + 1)
                            : path.replaceAll(".*[?&]" + name + "=([^&]*).*", "$1"));
        });
        return fields;
    }

    /** Tries one record with every possible error. */
    private final class Trial {
        private final JsonNode document;
        private final JsonNode schema;
        private final Class<?> record;
        private final ObjectNode base;

        Trial(JsonNode document, JsonNode schema, ObjectNode example, Class<?> record) {
            this.document = document;
            this.schema = schema;
            this.record = record;
            this.base = example.deepCopy();
            // Required fields only, so that fields that exclude each other can be tried alone.
            base.retain(required(schema));
        }

        void run() {
            accepts("the example", base);
            object("", base, schema, () -> base);
        }

        /** @param whole the request, of which {@code object} is a part */
        private void object(String path, ObjectNode object, JsonNode schema, Supplier<JsonNode> whole) {
            object.put("undefined", 1);
            refuses(path + "undefined", "field.unknown", whole.get());
            object.remove("undefined");
            if (Documents.isByType(schema)) {
                ObjectNode example = object.deepCopy();
                Documents.byType(document, schema).forEach((type, content) -> {
                    if (!type.equals(example.path("type").asText())) {
                        object.removeAll();
                        required(content).forEach(name -> object.set(name, sample(content.at("/properties/" + name))));
                    }
                    object(path, object, content, whole);
                    object.removeAll();
                    object.setAll(example);
                });
                object.put("type", "undefined");
                refuses(path + "type", "content.type", whole.get());
                return;
            }
            schema.path("properties").properties().forEach(property -> {
                String name = property.getKey();
                JsonNode good = object.has(name) ? object.get(name) : sample(property.getValue());
                JsonNode before = object.get(name);
                boolean required = required(schema).contains(name);
                if (required) {
                    object.remove(name);
                    refuses(path + name, "field.missing", whole.get());
                }
                object.set(name, good);
                accepts(path + name, whole.get());
                field(path + name, object, name, property.getValue(), whole);
                object.set(name, before);
                if (before == null) {
                    object.remove(name);
                }
            });
        }

        private void field(String path, ObjectNode in, String name, JsonNode described, Supplier<JsonNode> whole) {
            JsonNode type = followed(described);
            Tries tries = new Tries(path, in, name, whole);
            switch (type.get("type").asText()) {
                case "string" -> strings(tries, type);
                case "integer" -> integers(tries, type);
                case "number" -> numbers(tries, type);
                case "boolean" -> tries.bad("true").bad(1);
                case "array" -> arrays(tries, type);
                case "object" -> {
                    tries.bad("{}").bad(List.of());
                    if (type.has("properties")) {
                        ObjectNode good = sample(described).isObject() && in.get(name) instanceof ObjectNode present
                                ? present.deepCopy()
                                : Documents.JSON.createObjectNode();
                        in.set(name, good);
                        object(path + ".", good, type, whole);
                    } else {
                        maps(tries, type);
                    }
                }
                default -> throw new AssertionError(path + " is " + type);
            }
        }

        private void strings(Tries tries, JsonNode type) {
            tries.bad(5).bad(true).bad(List.of());
            if (type.has("enum")) {
                type.get("enum").forEach(value -> tries.good(value.asText()));
                tries.bad("undefined");
            } else if (type.has("const")) {
                tries.good(type.get("const").asText()).bad("undefined");
            } else if (type.has("pattern")) {
                tries.bad("").bad("!").bad("x".repeat(HUGE));
            } else if (type.path("format").asText().equals("emoji")) {
                tries.good("👍🏽").good("🇮🇹").bad("").bad("a").bad("👍👍").bad("x".repeat(HUGE));
            } else if (type.path("format").asText().equals("date-time")) {
                tries.good(TIME).bad("").bad("2026-03-08").bad("x".repeat(HUGE));
            } else {
                lengths(tries, type);
            }
        }

        private void lengths(Tries tries, JsonNode type) {
            int least = type.path("minLength").asInt(0);
            tries.good(digits(least));
            if (least > 0) {
                tries.bad(digits(least - 1));
            }
            if (!type.has("maxLength")) {
                tries.good(digits(HUGE));
                return;
            }
            int most = type.get("maxLength").asInt();
            tries.good(digits(most)).bad(digits(most + 1));
            if (type.has("x-max-bytes")) {
                tries.bad("½".repeat(type.get("x-max-bytes").asInt() / 2 + 1));
            } else {
                // Characters are code points, not UTF-16 units.
                tries.good("𝟙".repeat(most));
            }
        }

        private void integers(Tries tries, JsonNode type) {
            tries.bad("1").bad(1.5).bad(true).bad(new BigDecimal("1e400").toBigInteger());
            if (type.has("enum")) {
                type.get("enum").forEach(value -> tries.good(value.asInt()).bad(value.asInt() + 1));
                return;
            }
            boolean wide = type.get("format").asText().equals("int64");
            long least = type.has("minimum") ? type.get("minimum").asLong() : wide ? Long.MIN_VALUE : Integer.MIN_VALUE;
            long most = type.has("maximum") ? type.get("maximum").asLong() : wide ? Long.MAX_VALUE : Integer.MAX_VALUE;
            tries.good(least).good(most);
            tries.bad(BigInteger.valueOf(least).subtract(BigInteger.ONE));
            tries.bad(BigInteger.valueOf(most).add(BigInteger.ONE));
        }

        private void numbers(Tries tries, JsonNode type) {
            tries.bad("1").bad(true).bad(List.of());
            if (type.has("minimum")) {
                double least = type.get("minimum").asDouble();
                tries.good(least).bad(least - 0.5);
            }
            if (type.has("maximum")) {
                double most = type.get("maximum").asDouble();
                tries.good(most).bad(most + 0.5);
            }
        }

        private void arrays(Tries tries, JsonNode type) {
            tries.bad("x").bad(Documents.JSON.createObjectNode());
            if (type.path("minItems").asInt(0) > 0) {
                tries.bad(List.of());
            } else {
                tries.good(List.of());
            }
            if (type.has("maxItems")) {
                tries.good(elements(type, type.get("maxItems").asInt()));
                tries.bad(elements(type, type.get("maxItems").asInt() + 1));
            } else {
                tries.good(elements(type, HUGE));
            }
            Object element = elements(type, 1).get(0);
            if (type.path("uniqueItems").asBoolean()) {
                tries.bad(List.of(element, element));
            } else {
                tries.good(List.of(element, element));
            }
            tries.bad(List.of(5)).bad(List.of("no id"));
        }

        /** Different valid elements of an array: ids, or objects whose required fields have ids as texts. */
        private List<?> elements(JsonNode array, int count) {
            JsonNode element = Documents.follow(document, array.get("items"));
            if (!element.get("type").asText().equals("object")) {
                return ids(count);
            }
            return ids(count).stream()
                    .map(id -> required(element).stream().collect(Collectors.toMap(name -> name, name -> id)))
                    .toList();
        }

        private void maps(Tries tries, JsonNode type) {
            tries.good(map(type.get("maxProperties").asInt()))
                    .bad(map(type.get("maxProperties").asInt() + 1));
            ObjectNode oddName = Documents.JSON.createObjectNode().put("no id", 1);
            ObjectNode oddValue = Documents.JSON.createObjectNode().put(ids(1).get(0), "1");
            tries.bad(oddName).bad(oddValue);
        }

        private ObjectNode map(int size) {
            ObjectNode map = Documents.JSON.createObjectNode();
            ids(size).forEach(id -> map.put(id, 1));
            return map;
        }

        /** A valid value for a field, from its description. */
        private JsonNode sample(JsonNode described) {
            JsonNode type = followed(described);
            if (type.has("enum")) {
                return type.get("enum").get(0);
            }
            if (type.has("const")) {
                return type.get("const");
            }
            if (type.path("format").asText().equals("date-time")) {
                return Documents.JSON.getNodeFactory().textNode(TIME);
            }
            return switch (type.get("type").asText()) {
                case "number" ->
                    Documents.JSON
                            .getNodeFactory()
                            .numberNode(Math.max(0.5, type.path("minimum").asDouble(0.5)));
                case "integer" ->
                    Documents.JSON
                            .getNodeFactory()
                            .numberNode(Math.max(1, type.path("minimum").asLong(1)));
                case "boolean" -> Documents.JSON.getNodeFactory().booleanNode(true);
                case "array" -> Documents.JSON.valueToTree(elements(type, 1));
                case "object" -> Documents.JSON.createObjectNode();
                default ->
                    Documents.JSON
                            .getNodeFactory()
                            .textNode(type.path("format").asText().endsWith("-id") ? ids(1).get(0) : digits(8));
            };
        }

        /** The schema of a field, with its reference followed. */
        private JsonNode followed(JsonNode described) {
            JsonNode type = described.has("allOf") ? described.get("allOf").get(0) : described;
            return Documents.follow(document, type);
        }

        private void accepts(String what, JsonNode request) {
            Rejection rejection = judge(request);
            assertThat(rejection)
                    .as("%s, described as allowed: %s", what, rejection == null ? "" : rejection.getMessage())
                    .isNull();
        }

        private void refuses(String field, String reason, JsonNode request) {
            Rejection rejection = judge(request);
            assertThat(rejection).as("%s: %s", field, reason).isNotNull();
            assertThat(rejection.reason()).as(field).isEqualTo(reason);
            assertThat(rejection.field()).isEqualTo(field);
        }

        private Rejection judge(JsonNode request) {
            try {
                // Parsed again, because a tree built here may have other number types than a parsed one.
                codec.decode(codec.parseObject(request.toString()), record);
                return null;
            } catch (Rejection rejection) {
                return rejection;
            }
        }

        /** Tries values for one field. */
        private final class Tries {
            private final String path;
            private final ObjectNode in;
            private final String name;
            private final Supplier<JsonNode> whole;

            Tries(String path, ObjectNode in, String name, Supplier<JsonNode> whole) {
                this.path = path;
                this.in = in;
                this.name = name;
                this.whole = whole;
            }

            Tries good(Object value) {
                JsonNode before = in.get(name);
                in.set(name, Documents.JSON.valueToTree(value));
                accepts(path + " = " + brief(value), whole.get());
                in.set(name, before);
                return this;
            }

            Tries bad(Object value) {
                JsonNode before = in.get(name);
                in.set(name, Documents.JSON.valueToTree(value));
                Rejection rejection = judge(whole.get());
                assertThat(rejection)
                        .as("%s = %s, which the description forbids", path, brief(value))
                        .isNotNull();
                if (rejection.field() != null) {
                    assertThat(rejection.field())
                            .as("field of the error for %s = %s", path, brief(value))
                            .startsWith(path);
                } else {
                    assertThat(rejection.reason()).isEqualTo("json.malformed");
                }
                in.set(name, before);
                return this;
            }
        }
    }

    private static List<String> required(JsonNode schema) {
        List<String> required = new ArrayList<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        return required;
    }

    private static List<String> ids(int count) {
        return Stream.generate(() -> Id.Text.encode(Id.next())).limit(count).toList();
    }

    /** A text of digits, which is valid as a name or a password. */
    private static String digits(int length) {
        return "4071852963".repeat(length / 10 + 1).substring(0, length);
    }

    private static String brief(Object value) {
        String text = String.valueOf(value);
        return text.length() > 40 ? text.substring(0, 40) + "… (" + text.length() + ")" : text;
    }
}
