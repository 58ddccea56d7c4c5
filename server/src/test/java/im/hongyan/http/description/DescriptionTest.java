package im.hongyan.http.description;

import static im.hongyan.http.description.Documents.follow;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaId;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import im.hongyan.Features;
import im.hongyan.config.Configuration;
import im.hongyan.config.SettingValue;
import im.hongyan.gateway.CloseCode;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.UserId;
import im.hongyan.scenario.NodeExtension;
import io.vertx.core.Future;
import java.lang.reflect.Field;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The description is complete, describes nothing that does not exist, and is valid in its formats. */
class DescriptionTest {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    private static Documents documents;

    @BeforeAll
    static void describe() {
        documents = Documents.of(node.app());
    }

    @Test
    void description_isComplete() {
        assertThat(Description.of(node.app().frames(), node.app().http(), new FrameCodec())
                        .problems())
                .isEmpty();
    }

    /** A frame without a description. */
    record Poll(String question, Author author) {
        record Author(UserId user) {}
    }

    @Test
    void description_missingOrSurplus_isAProblem() {
        FrameRoutes routes = new FrameRoutes(new FrameCodec(), failure -> null);
        node.app().frames().table().values().stream()
                .filter(route -> !Set.of("ping", "typing").contains(route.type()))
                .forEach(route -> copy(route, routes));
        node.app().frames().pushes().forEach(routes::declarePush);
        node.app().frames().entryKinds().forEach(routes::declareEntryKind);
        node.app().frames().contentTypes().forEach(routes::declareContentType);
        routes.on("ping", Poll.class, Poll.Author.class, (caller, body) -> Future.succeededFuture())
                .on("poll.open", Poll.class, Void.class, (caller, body) -> Future.succeededFuture())
                .declarePush("poll", Poll.class)
                .declareEntryKind("poll", Poll.class)
                .declareContentType("poll", Poll.class)
                .declareConversationField("poll", Poll.class);
        HttpRoutes calls = new HttpRoutes();
        calls.anonymous(
                HttpRoutes.Method.GET,
                "/polls",
                200,
                Poll.class,
                Void.class,
                (caller, body) -> Future.succeededFuture());

        assertThat(Description.of(routes, calls, new FrameCodec()).problems())
                .contains(
                        "ping.question is not described",
                        "ping.author is not described",
                        "ping.author: " + Poll.class.getName().replace('$', '.') + ".Author is not described",
                        "frame poll.open is not described",
                        "push poll is not described",
                        "kind of entry poll is not described",
                        "type of content poll is not described",
                        "Conversation.poll is not described",
                        "route GET /polls is not described",
                        "frame typing is described but does not exist",
                        "route GET /me is described but does not exist");
    }

    private static <T, A> void copy(FrameRoutes.FrameRoute<T, A> route, FrameRoutes to) {
        to.on(route.type(), route.body(), route.answer(), route.handler());
    }

    @Test
    void references_resolve() {
        for (JsonNode document : List.of(documents.asyncApi(), documents.openApi())) {
            assertThat(document.findValues("$ref")).isNotEmpty().allSatisfy(reference -> assertThat(
                            document.at(reference.asText().substring(1)).isMissingNode())
                    .as(reference.asText())
                    .isFalse());
        }
    }

    @Test
    void schemas_areValid() {
        List<JsonNode> draft7 = new ArrayList<>();
        documents.asyncApi().at("/components/schemas").forEach(draft7::add);
        documents.asyncApi().at("/components/messages").forEach(message -> draft7.add(message.get("payload")));
        assertAreSchemas(draft7, VersionFlag.V7, SchemaId.V7);

        List<JsonNode> draft2020 = new ArrayList<>();
        documents.openApi().at("/components/schemas").forEach(draft2020::add);
        documents.openApi().get("paths").findValues("schema").forEach(draft2020::add);
        assertAreSchemas(draft2020, VersionFlag.V202012, SchemaId.V202012);
    }

    private static void assertAreSchemas(List<JsonNode> schemas, VersionFlag version, String metaSchema) {
        JsonSchema rules = JsonSchemaFactory.getInstance(version).getSchema(SchemaLocation.of(metaSchema));
        assertThat(schemas).isNotEmpty().allSatisfy(schema -> assertThat(rules.validate(schema))
                .as(schema.toString())
                .isEmpty());
    }

    @Test
    void examples_matchTheirSchemas() {
        documents.asyncApi().at("/components/messages").properties().forEach(message -> {
            JsonSchema schema = within(documents.asyncApi(), message.getValue().get("payload"), VersionFlag.V7);
            message.getValue().path("examples").forEach(example -> assertThat(schema.validate(example.get("payload")))
                    .as(message.getKey() + ": " + example.get("name"))
                    .isEmpty());
        });
        documents.openApi().get("paths").findParents("examples").forEach(media -> {
            JsonSchema schema = within(documents.openApi(), media.get("schema"), VersionFlag.V202012);
            media.get("examples").properties().forEach(example -> assertThat(
                            schema.validate(example.getValue().get("value")))
                    .as(example.getKey())
                    .isEmpty());
        });
    }

    /** A schema with the components of its document, so that its references resolve. */
    private static JsonSchema within(JsonNode document, JsonNode schema, VersionFlag version) {
        ObjectNode whole = schema.deepCopy();
        whole.set("components", document.get("components"));
        return JsonSchemaFactory.getInstance(version).getSchema(whole);
    }

    @Test
    void asyncApi_isConsistent() {
        JsonNode document = documents.asyncApi();
        assertThat(document.get("asyncapi").asText()).isEqualTo("3.0.0");
        assertThat(document.at("/info/title").asText()).isNotBlank();
        assertThat(document.at("/info/version").asText()).isNotBlank();
        Set<String> used = new HashSet<>(Set.of("error"));
        document.get("operations").forEach(operation -> {
            assertThat(operation.get("action").asText()).isIn("send", "receive");
            List<JsonNode> messages = new ArrayList<>();
            operation.get("messages").forEach(messages::add);
            operation.at("/reply/messages").forEach(messages::add);
            messages.forEach(
                    message -> used.add(follow(document, message).get("title").asText()));
            // An operation may refer to messages of its channel only, and only through the channel.
            assertThat(messages)
                    .allMatch(message -> message.get("$ref").asText().startsWith("#/channels/socket/messages/"));
        });
        Set<String> titles = new HashSet<>();
        document.at("/components/messages")
                .forEach(message -> titles.add(message.get("title").asText()));
        assertThat(used).isEqualTo(titles);
        assertThat(keys(document.at("/channels/socket/messages"))).isEqualTo(keys(document.at("/components/messages")));
    }

    @Test
    void openApi_isConsistent() {
        JsonNode document = documents.openApi();
        assertThat(document.get("openapi").asText()).startsWith("3.1");
        List<String> ids = document.findValuesAsText("operationId");
        assertThat(ids).doesNotHaveDuplicates();
        Set<String> tags = new HashSet<>(document.get("tags").findValuesAsText("name"));
        for (Documents.Call call : documents.calls()) {
            JsonNode operation = call.operation();
            assertThat(operation.has("operationId")).as(call.toString()).isTrue();
            assertThat(operation.get("tags")).allSatisfy(tag -> assertThat(tags).contains(tag.asText()));
            Set<String> inPath = new TreeSet<>();
            operation.path("parameters").forEach(parameter -> {
                if (parameter.get("in").asText().equals("path")) {
                    assertThat(parameter.get("required").asBoolean()).isTrue();
                    inPath.add("{" + parameter.get("name").asText() + "}");
                }
            });
            assertThat(call.path().replaceAll("[^{]*(\\{\\w+})?", "$1")).isEqualTo(String.join("", inPath));
            operation.get("responses").fieldNames().forEachRemaining(status -> assertThat(status)
                    .matches("[1-5]\\d\\d|default"));
        }
    }

    @Test
    void errorKinds_areTheSameInBothDocuments() {
        JsonNode kinds = documents.asyncApi().at("/components/schemas/Error/properties/kind/enum");
        Set<String> listed = new TreeSet<>();
        kinds.forEach(kind -> listed.add(kind.asText()));
        assertThat(listed).isEqualTo(keys(documents.asyncApi().get("x-kinds")));
        assertThat(documents.openApi().at("/components/schemas/Problem/properties/kind/enum"))
                .isEqualTo(kinds);
    }

    @Test
    void reasons_matchTheCode() throws Exception {
        Map<String, String> described = new HashMap<>();
        documents
                .asyncApi()
                .get("x-reasons")
                .properties()
                .forEach(reason -> described.put(
                        reason.getKey(), reason.getValue().get("kind").asText()));

        ReasonsInCode code = ReasonsInCode.read(Path.of("src/main/java"));

        code.literal().forEach((reason, kinds) -> assertThat(described)
                .as("reason '%s' is in the code but not described", reason)
                .containsKey(reason));
        described.forEach((reason, kind) -> assertThat(code.kindsOf(reason))
                .as("kinds of reason '%s' in the code", reason)
                .containsExactly(kind));
    }

    @Test
    void closeCodes_matchTheGateway() throws Exception {
        // Sent by the decoder for violations of RFC 6455.
        Set<String> codes = new TreeSet<>(Set.of("1002"));
        for (Field constant : CloseCode.class.getFields()) {
            codes.add(Integer.toString(constant.getInt(null)));
        }
        assertThat(keys(documents.asyncApi().get("x-close-codes"))).isEqualTo(codes);
    }

    @Test
    void limits_matchTheSettings() throws Exception {
        Map<String, String> usually = settings(Map.of());
        Map<String, String> production = settings(Map.of(
                "HONGYAN_PRODUCTION", "true",
                "HONGYAN_POSTGRES_URL", "embedded",
                "HONGYAN_REDIS_URL", "embedded"));
        List<JsonNode> limits = new ArrayList<>();
        documents.asyncApi().get("x-limits").forEach(limits::add);
        assertThat(limits).anyMatch(limit -> limit.has("value")).anyMatch(limit -> limit.has("setting"));
        for (JsonNode limit : limits) {
            if (limit.has("setting")) {
                String setting = limit.get("setting").asText();
                assertThat(limit.get("default").asText()).as(setting).isEqualTo(usually.get(setting));
                assertThat(limit.get("production").asText()).as(setting).isEqualTo(production.get(setting));
            }
        }
    }

    private static Map<String, String> settings(Map<String, String> more) throws Exception {
        Map<String, String> environment = new HashMap<>(more);
        byte[] secret = new byte[48];
        new java.security.SecureRandom().nextBytes(secret);
        environment.put("HONGYAN_AUTH_KEYS", "a:" + Base64.getEncoder().encodeToString(secret));
        return Configuration.load(
                        Optional.empty(),
                        Path.of("target").toAbsolutePath(),
                        environment,
                        Features.settings(Features.ALL))
                .values()
                .stream()
                .collect(Collectors.toMap(SettingValue::key, SettingValue::shown));
    }

    @Test
    void otherPaths_answerAsDescribed() throws Exception {
        int examples = 0;
        for (JsonNode item : documents.openApi().get("paths")) {
            for (JsonNode example : item.has("servers") ? item.at("/get/x-examples") : List.<JsonNode>of()) {
                HttpResponse<byte[]> answer = get(example.at("/request/path").asText());
                assertThat(answer.statusCode())
                        .isEqualTo(example.at("/answer/status").asInt());
                assertThat(Documents.tree(answer.body())).isEqualTo(example.at("/answer/body"));
                examples++;
            }
        }
        assertThat(examples).isEqualTo(2);
        HttpResponse<byte[]> socket = get("/ws");
        assertThat(documents.openApi().at("/paths/~1ws/get/x-reasons").toString())
                .contains('"' + Documents.tree(socket.body()).get("reason").asText() + '"');
    }

    @Test
    void documents_areServed() throws Exception {
        HttpResponse<byte[]> frames = get("/docs/asyncapi.json");
        assertThat(frames.statusCode()).isEqualTo(200);
        assertThat(frames.headers().firstValue("content-type")).hasValue("application/json; charset=utf-8");
        assertThat(frames.headers().firstValue("access-control-allow-origin")).hasValue("*");
        assertThat(Documents.tree(frames.body())).isEqualTo(documents.asyncApi());
        assertThat(Documents.tree(get("/docs/openapi.json").body())).isEqualTo(documents.openApi());

        String tag = frames.headers().firstValue("etag").orElseThrow();
        HttpResponse<byte[]> again = get("/docs/asyncapi.json", "If-None-Match", tag);
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    @Test
    void page_isServedWithTrailingSlash() throws Exception {
        HttpResponse<byte[]> bare = get("/docs");
        assertThat(bare.statusCode()).isEqualTo(308);
        assertThat(bare.headers().firstValue("location")).hasValue("docs/");
        HttpResponse<byte[]> page = get("/docs/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
                .contains("script-src 'self'");
    }

    private static HttpResponse<byte[]> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(node.uri().resolve(path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofByteArray());
    }

    private static Set<String> keys(JsonNode object) {
        Set<String> keys = new TreeSet<>();
        object.fieldNames().forEachRemaining(keys::add);
        return keys;
    }
}
