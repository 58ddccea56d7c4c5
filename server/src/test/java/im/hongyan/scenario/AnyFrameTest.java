package im.hongyan.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.InboundFrame;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.Request;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every frame type; the files {@code samples.txt} have a valid request of each. */
class AnyFrameTest {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension()
            .with(TestFeatures.ALL)
            .with("HONGYAN_LIMITS_FRAMES_PER_SECOND", "1000000")
            .with("HONGYAN_LIMITS_FRAME_BURST", "1000000");

    @RegisterExtension
    static final Scene scene = new Scene(node);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> SAMPLES = Scene.samples(TestFeatures.ALL);

    private static final List<String> PIECES = List.of(
            "",
            "\"",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\\",
            "\\u0000",
            "\\ud800",
            "null",
            "true",
            "0",
            "-1",
            "1e400",
            "1.5",
            "9007199254740993",
            "99999999999999999999",
            "\"\"",
            "{}",
            "[]",
            "\0",
            "\ud83d",
            "\uFFFF",
            "id",
            "data",
            " ");

    static Set<String> types() {
        return node.app().frames().table().keySet();
    }

    /** Otherwise a frame type without a sample would not be tested. */
    @Test
    void everyType_hasASample() {
        assertThat(SAMPLES.keySet()).isEqualTo(types());
    }

    /** A precondition of the tests below: samples are rejected for what they request, never for their form. */
    @ParameterizedTest
    @MethodSource("types")
    void sample_isValid(String type) throws Exception {
        JsonNode answer = scene.ask(type, sample(type).toString());

        assertThat(answer.at("/error/kind").asText()).isIn("", "forbidden", "conflict", "not_found");
    }

    @ParameterizedTest
    @MethodSource("types")
    void unknownField_failsNamingField(String type) throws Exception {
        String before = scene.stored();
        ObjectNode data = sample(type);
        data.put("zzz", 1);
        assertRefusal(type, data.toString(), "field.unknown", "zzz");
        for (RecordComponent component : components(type)) {
            if (component.getType().isRecord() && data.get(component.getName()) instanceof ObjectNode) {
                ObjectNode nested = sample(type);
                ((ObjectNode) nested.get(component.getName())).put("zzz", 1);
                assertRefusal(type, nested.toString(), "field.unknown", component.getName() + ".zzz");
            }
        }
        assertThat(scene.stored()).isEqualTo(before);
    }

    /** Each field with each other JSON type. */
    @ParameterizedTest
    @MethodSource("types")
    void wrongType_failsNamingField(String type) throws Exception {
        String before = scene.stored();
        for (RecordComponent component : components(type)) {
            for (String wrong : wrongFor(component.getType())) {
                assertInvalid(type, with(type, component.getName(), wrong), component.getName());
            }
        }
        assertThat(scene.stored()).isEqualTo(before);
    }

    /** A field may be optional or required; null always equals absent. */
    @ParameterizedTest
    @MethodSource("types")
    void absentField_equalsNull(String type) throws Exception {
        for (RecordComponent component : components(type)) {
            ObjectNode absent = sample(type);
            absent.remove(component.getName());
            ObjectNode empty = sample(type);
            empty.putNull(component.getName());

            JsonNode one = scene.ask(type, absent.toString());
            JsonNode other = scene.ask(type, empty.toString());

            assertThat(other.path("type")).isEqualTo(one.path("type"));
            assertThat(other.path("error")).isEqualTo(one.path("error"));
            if (one.at("/error/kind").asText().equals("invalid")) {
                assertThat(one.at("/error/reason").asText()).isEqualTo("field.missing");
                assertThat(one.at("/error/field").asText()).isEqualTo(component.getName());
            }
        }
    }

    /** Values of the right type that exceed all bounds. */
    @ParameterizedTest
    @MethodSource("types")
    void extremeValue_isAnswered(String type) throws Exception {
        for (RecordComponent component : components(type)) {
            String name = component.getName();
            for (String extreme : extremesFor(component.getType())) {
                JsonNode error = scene.ask(type, with(type, name, extreme)).path("error");
                // A position on the other side of the world is valid, but nobody is there so soon.
                if (!error.path("reason").asText().equals("nearby.speed")) {
                    assertThat(error.path("kind").asText()).isIn("", "invalid", "forbidden", "not_found", "conflict");
                }
            }
            if (component.getType() == String.class) {
                assertInvalid(type, with(type, name, "\"" + "x".repeat(120_000) + "\""), name);
                assertInvalid(type, with(type, name, "\"\\u0000\""), name);
                assertInvalid(type, with(type, name, "\"\\udc00\""), name);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void brokenJson_fails(String type) throws Exception {
        String before = scene.stored();
        String data = sample(type).toString();
        for (RecordComponent component : components(type)) {
            String name = component.getName();
            assertMalformed(type, with(type, name, "[".repeat(30) + "]".repeat(30)));
            assertMalformed(type, with(type, name, "1" + "0".repeat(200)));
            assertMalformed(type, with(type, name, "NaN"));
            String twice = "\"" + name + "\":null,\"" + name + "\":null,";
            assertMalformed(type, "{" + twice + data.substring(1));
        }
        assertThat(scene.stored()).isEqualTo(before);
    }

    /** A foreign conversation fails with exactly the error of an unknown one. */
    @ParameterizedTest
    @MethodSource("types")
    void foreignConversation_looksLikeNone(String type) throws Exception {
        String before = scene.stored();
        for (RecordComponent component : components(type)) {
            if (component.getType() == ConversationId.class) {
                JsonNode none = scene.ask(type, with(type, component.getName(), quoted(scene.name("nowhere"))));
                if (none.has("error")) {
                    assertThat(none.at("/error/reason").asText()).isEqualTo("conversation.not_member");
                } else {
                    // A request that ends something may succeed, but reveals nothing.
                    assertThat(none.get("data")).isEmpty();
                }
                for (String foreign : new String[] {"foreign", "foreignPair"}) {
                    assertThat(scene.ask(type, with(type, component.getName(), quoted(scene.name(foreign)))))
                            .isEqualTo(none);
                }
            }
        }
        assertThat(scene.stored()).isEqualTo(before);
    }

    /** An entry from before the user joined looks like one that does not exist. */
    @Test
    void unseenEntry_looksLikeNone() throws Exception {
        TestUser owner = node.user();
        TestUser late = node.user();
        String group = owner.createGroup("Late");
        owner.say(group, "before");
        owner.ask("group.add", Map.of("conversation", group, "users", List.of(late.id())));
        late.receiveEntry(group, 3);
        for (String type : List.of("message.recall", "message.react", "message.edit")) {
            Map<String, Object> unseen = Map.of("conversation", group, "seq", 2, "clientId", "c");
            Map<String, Object> none = Map.of("conversation", group, "seq", 77, "clientId", "c");
            assertThat(late.refused(type, completed(type, unseen)).body())
                    .isEqualTo(late.refused(type, completed(type, none)).body());
        }
    }

    private static Map<String, Object> completed(String type, Map<String, Object> data) {
        Map<String, Object> whole = new TreeMap<>(data);
        switch (type) {
            case "message.react" -> whole.put("emoji", "👍");
            case "message.edit" -> whole.put("content", Map.of("type", "text", "text", "a"));
            default -> {
                // The sample is complete.
            }
        }
        return whole;
    }

    /** The presence of a stranger looks like that of an unknown user. */
    @Test
    void presenceOfStranger_looksLikeUnknownUser() throws Exception {
        JsonNode nobody = scene.ask("presence.watch", "{\"users\":[" + quoted(scene.name("nobody")) + "]}");
        JsonNode stranger = scene.ask("presence.watch", "{\"users\":[" + quoted(scene.name("carol")) + "]}");

        assertThat(stranger.toString().replace(scene.name("carol"), "?"))
                .isEqualTo(nobody.toString().replace(scene.name("nobody"), "?"));
    }

    /** Numbers may be as large as JavaScript represents exactly. */
    @Test
    void maxSafeInteger_isAccepted() throws Exception {
        long max = (1L << 53) - 1;
        String pair = "{\"conversation\":" + quoted(scene.name("pair"));
        JsonNode after = scene.ask("entries.read", pair + ",\"after\":" + max + "}");
        assertThat(after.at("/data/entries")).isEmpty();
        assertThat(after.at("/data/from").asLong()).isPositive();
        JsonNode before = scene.ask("entries.read", pair + ",\"before\":" + max + "}");
        assertThat(before.at("/data/entries")).isNotEmpty();
        scene.ask("read.mark", pair + ",\"seq\":" + max + "}");
        JsonNode list = scene.ask("conversation.list", "{}");
        for (JsonNode conversation : list.at("/data/conversations")) {
            assertThat(conversation.get("readSeq").asLong())
                    .isLessThanOrEqualTo(conversation.get("lastSeq").asLong());
        }
    }

    /** Valid requests, mutated at random: each gets an answer or an error that can be encoded. */
    @ParameterizedTest
    @MethodSource("types")
    void mutatedFrame_isDecodedOrRejected(String type) throws Exception {
        FrameCodec codec = new FrameCodec();
        Class<?> body = node.app().frames().table().get(type).body();
        String sound = "{\"type\":\"" + type + "\",\"id\":\"m\",\"data\":" + sample(type) + "}";
        Random random = new Random(type.hashCode());
        for (int i = 0; i < 1_000; i++) {
            String torn = mutated(sound, random);
            Rejection rejection;
            String id = null;
            if (codec.parseFrame(torn) instanceof Request request) {
                id = request.id();
                rejection = Assertions.catchThrowableOfType(Rejection.class, () -> codec.decode(request.data(), body));
            } else {
                rejection = ((InboundFrame.Malformed) codec.parseFrame(torn)).rejection();
            }
            if (rejection != null) {
                assertThat(rejection.kind()).as(torn).isIn(ErrorKind.INVALID, ErrorKind.CONFLICT);
                JSON.readTree(codec.error(id, rejection).bytes());
            }
        }
    }

    private static String mutated(String text, Random random) {
        String torn = text;
        for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
            int at = random.nextInt(torn.length() + 1);
            int end = Math.min(torn.length(), at + random.nextInt(12));
            torn = torn.substring(0, at) + PIECES.get(random.nextInt(PIECES.size())) + torn.substring(end);
        }
        return torn;
    }

    private static ObjectNode sample(String type) throws IOException {
        return (ObjectNode) JSON.readTree(scene.filled(SAMPLES.get(type)));
    }

    private static List<RecordComponent> components(String type) {
        return List.of(node.app().frames().table().get(type).body().getRecordComponents());
    }

    static List<String> wrongFor(Class<?> type) {
        if (type == String.class) {
            return List.of("7", "1.5", "true", "{}", "[]", "[\"a\"]", "{\"a\":1}");
        }
        if (type == Long.class || type == Integer.class) {
            return List.of(
                    "\"7\"",
                    "\"\"",
                    "\"x\"",
                    "1.5",
                    "1.0",
                    "1e2",
                    "1e400",
                    "true",
                    "{}",
                    "[]",
                    "[7]",
                    "9223372036854775808",
                    "-99999999999999999999");
        }
        if (type == Double.class) {
            return List.of("\"7\"", "\"\"", "\"x\"", "\"NaN\"", "1e400", "-1e400", "true", "{}", "[]", "[7]");
        }
        if (type == Boolean.class) {
            return List.of("\"true\"", "\"\"", "1", "0", "1.0", "{}", "[]", "[true]");
        }
        if (Id.class.isAssignableFrom(type)) {
            return List.of(
                    "7",
                    "true",
                    "1.5",
                    "{}",
                    "[]",
                    "\"\"",
                    "\"x\"",
                    "\"\\u0000\"",
                    "\"\\ud800\"",
                    quoted("Z".repeat(26)),
                    quoted("0".repeat(100_000)));
        }
        if (List.class.isAssignableFrom(type)) {
            return List.of("\"x\"", "\"\"", "7", "true", "{}", "[7]", "[null]", "[[]]", "[{}]", "[\"x\"]", "[true]");
        }
        if (Map.class.isAssignableFrom(type)) {
            return List.of("\"x\"", "\"\"", "7", "true", "[]", "{\"x\":1}");
        }
        if (type.isEnum()) {
            return List.of("7", "true", "1.5", "{}", "[]", "\"\"", "\"x\"", "\"\\u0000\"");
        }
        if (type.isRecord() || type.isInterface()) {
            return List.of("\"x\"", "\"\"", "7", "true", "[]", "{}", "[{}]");
        }
        return fail("no wrong values for the type " + type + ": add some");
    }

    static List<String> extremesFor(Class<?> type) {
        if (type == Long.class) {
            return List.of("9223372036854775807", "-9223372036854775808", "0", "-1", "4294967296", "9007199254740991");
        }
        if (type == Integer.class) {
            return List.of("2147483647", "-2147483648", "0", "-1");
        }
        if (type == Double.class) {
            return List.of("1.7976931348623157e308", "-1.7976931348623157e308", "4.9e-324", "-0.0", "-1");
        }
        if (type == String.class) {
            return List.of("\"\"", "\" \"", "\"'; DROP TABLE entry; --\"", "\"\\u202e\"", "\"%s%n${x}\"");
        }
        if (List.class.isAssignableFrom(type)) {
            return List.of("[]", "[" + Scene.repeated("ids", 2_000) + "]");
        }
        if (Map.class.isAssignableFrom(type)) {
            return List.of("{}", "{" + Scene.repeated("cursors", 2_000) + "}");
        }
        return List.of();
    }

    private static String with(String type, String field, String value) throws IOException {
        ObjectNode data = sample(type);
        data.remove(field);
        String rest = data.toString().substring(1);
        return "{\"" + field + "\":" + value + (rest.equals("}") ? "" : ",") + rest;
    }

    private static void assertInvalid(String type, String data, String field) throws IOException {
        JsonNode error = scene.ask(type, data).get("error");
        String sent = type + Scene.brief(data);
        assertThat(error).as(sent).isNotNull();
        assertThat(error.path("kind").asText()).as(sent).isEqualTo("invalid");
        assertThat(error.path("field").asText()).as(sent).matches(field + "([.\\[].*)?");
    }

    private static void assertRefusal(String type, String data, String reason, String field) throws IOException {
        JsonNode error = scene.ask(type, data).get("error");
        assertThat(error).as(data).isNotNull();
        assertThat(error.path("reason").asText()).as(data).isEqualTo(reason);
        assertThat(error.path("field").asText()).as(data).isEqualTo(field);
    }

    /** The frame is malformed JSON, so the error has no id. */
    private static void assertMalformed(String type, String data) throws IOException {
        scene.socket().request(type, "m", data);
        JsonNode answer = scene.nextAnswer();
        assertThat(answer.at("/error/reason").asText()).as(data).isEqualTo("json.malformed");
        assertThat(answer.has("id")).isFalse();
        scene.assertAlive();
    }

    private static String quoted(String text) {
        return "\"" + text + "\"";
    }
}
