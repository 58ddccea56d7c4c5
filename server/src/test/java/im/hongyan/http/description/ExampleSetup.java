package im.hongyan.http.description;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.identity.BulkUsersRequest;
import im.hongyan.identity.Identity;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.scenario.NodeExtension;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The setup that the examples assume. Ada and Bob have a conversation with two messages. Ada created a group with Bob,
 * an admin, and Cai, who asked something in it that Bob has read. Dora knows none of them. All four are connected; Ada
 * is signed in on a phone and a laptop.
 */
public final class ExampleSetup implements AutoCloseable {
    static final String PASSWORD = "correct horse battery";

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final AtomicInteger SETUPS = new AtomicInteger();
    private static final Pattern PATH_PART = Pattern.compile("[^/?=&]+");

    private final NodeExtension node;
    private final Observed observed;
    private final Documents documents;
    private final Map<String, Credentials> accounts = new HashMap<>();
    private final Map<String, Socket> sockets = new HashMap<>();
    /** The values in the examples, and their counterparts in this run. */
    private final Map<String, String> real = new HashMap<>();

    private ExampleSetup(NodeExtension node, Documents documents, Observed observed) {
        this.node = node;
        this.documents = documents;
        this.observed = observed;
    }

    static ExampleSetup of(NodeExtension node, Documents documents, Observed observed) throws Exception {
        ExampleSetup setup = new ExampleSetup(node, documents, observed);
        setup.populate();
        setup.talk();
        setup.group();
        return setup;
    }

    private void populate() throws Exception {
        String prefix = "w" + SETUPS.incrementAndGet() + "-";
        accounts.put(
                "ada",
                bulk(new BulkUsersRequest(1, prefix + "a", false, PASSWORD)).get(0));
        List<Credentials> others = bulk(new BulkUsersRequest(3, prefix + "o", true, PASSWORD));
        // Ids sort as in the examples.
        others.sort(Comparator.comparing(Credentials::user));
        accounts.put("bob", others.get(0));
        accounts.put("cai", others.get(1));
        accounts.put("dora", others.get(2));
        accounts.forEach((name, account) -> real.put(cast(name), account.user()));
        real.put(cast("ada.username"), accounts.get("ada").username());
        real.put(cast("bob.username"), accounts.get("bob").username());
        real.put(cast("cai.username"), accounts.get("cai").username());
        real.put(cast("phone"), signIn("Phone").get("session").asText());
        real.put(cast("laptop"), signIn("Laptop").get("session").asText());
        for (String name : List.of("ada", "bob", "cai", "dora")) {
            String displayName = Character.toUpperCase(name.charAt(0)) + name.substring(1);
            http("PATCH", "/api/v1/me", name, Documents.JSON.createObjectNode().put("displayName", displayName));
            sockets.put(
                    name,
                    Socket.open(node.vertx(), node.uri(), accounts.get(name).accessToken(), this::observe));
        }
    }

    private List<Credentials> bulk(BulkUsersRequest order) throws Exception {
        List<Credentials> made = new ArrayList<>();
        await(node.app().service(Identity.class).createUsers(order, line -> {
            JsonNode json = Documents.tree(line.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            made.add(new Credentials(
                    json.get("user").asText(),
                    json.get("username").asText(),
                    json.path("accessToken").asText(),
                    json.path("refreshToken").asText()));
        }));
        return made;
    }

    /** Signs Ada in on another device; she continues to use the first one. */
    private JsonNode signIn(String device) throws Exception {
        ObjectNode who = Documents.JSON
                .createObjectNode()
                .put("username", accounts.get("ada").username())
                .put("password", PASSWORD)
                .put("device", device);
        JsonNode session = http("POST", "/api/v1/sessions", null, who).body();
        if (accounts.get("ada").accessToken().isEmpty()) {
            Credentials ada = accounts.get("ada");
            accounts.put(
                    "ada",
                    new Credentials(
                            ada.user(),
                            ada.username(),
                            session.get("accessToken").asText(),
                            ""));
            real.put(cast("refreshToken"), session.get("refreshToken").asText());
        }
        return session;
    }

    private void talk() throws Exception {
        String talk = ask("ada", "conversation.open", Map.of("user", id("bob")))
                .at("/conversation/id")
                .asText();
        real.put(cast("talk"), talk);
        say("bob", talk, "talk-1", "Dinner at seven?");
        say("ada", talk, "talk-2", "Gladly. Where?");
    }

    private void group() throws Exception {
        Map<String, Object> wanted =
                Map.of("clientId", "group-1", "title", "Wild geese", "members", List.of(id("bob"), id("cai")));
        String group = ask("ada", "group.create", wanted).at("/conversation/id").asText();
        real.put(cast("group"), group);
        ask(
                "ada",
                "group.role",
                Map.of("conversation", group, "user", id("bob"), "role", "admin", "clientId", "group-2"));
        real.put(cast("earlier"), ask("cai", "sync", Map.of()).get("since").asText());
        say("cai", group, "group-3", "When do we leave?");
        ask("bob", "read.mark", Map.of("conversation", group, "seq", 3));
    }

    /** Binds a name of the {@code cast} in a {@code protocol.yaml} to its value in this run. */
    public void bind(String name, String value) {
        real.put(cast(name), value);
    }

    /** Waits for a push to a user, so that examples do not see it, and skips earlier ones. */
    public void awaitPush(String who, String type) throws Exception {
        sockets.get(who).take(frame -> frame.get("type").asText().equals(type));
    }

    /** Waits for the push of an entry of a kind. */
    public void awaitEntry(String who, String kind) throws Exception {
        sockets.get(who)
                .take(frame -> frame.get("type").asText().equals("entry")
                        && frame.at("/data/kind").asText().equals(kind));
    }

    /** Sends a {@code POST} below {@code /api/v1} and returns the body of the answer. */
    public JsonNode post(String path, String as, Map<String, ?> body) throws Exception {
        return http("POST", "/api/v1" + path, as, Documents.JSON.valueToTree(body))
                .body();
    }

    long say(String who, String conversation, String clientId, String text) throws Exception {
        Map<String, Object> message = Map.of(
                "conversation", conversation, "clientId", clientId, "content", Map.of("type", "text", "text", text));
        return ask(who, "message.send", message).get("seq").asLong();
    }

    /** The id of a user, such as {@code ada}. */
    public String id(String name) {
        return accounts.get(name).user();
    }

    /** The counterpart of a value in the examples. */
    public String real(String name) {
        return real.get(cast(name));
    }

    Socket socket(String who) {
        return sockets.get(who);
    }

    /** The data of the answer, which must be {@code ok}. */
    public JsonNode ask(String who, String type, Object data) throws Exception {
        ObjectNode request = Documents.JSON.createObjectNode().put("type", type).put("id", "a");
        request.set("data", Documents.JSON.valueToTree(data));
        JsonNode answer = exchange(who, request);
        assertThat(answer.get("type").asText()).as(answer.toString()).isEqualTo("ok");
        return answer.get("data");
    }

    JsonNode exchange(String who, ObjectNode request) throws Exception {
        sockets.get(who).send(request);
        JsonNode answer = sockets.get(who).take(frame -> frame.has("id"));
        observed.answer(request.get("type").asText(), answer);
        return answer;
    }

    /** @param body null where there was none */
    record Answer(int status, JsonNode body) {}

    /** @param as who asks; null for nobody */
    Answer http(String method, String path, String as, JsonNode body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(node.uri().resolve(path))
                .header("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString()));
        if (as != null) {
            request.header("Authorization", "Bearer " + accounts.get(as).accessToken());
        }
        HttpResponse<byte[]> response = HTTP.send(request.build(), BodyHandlers.ofByteArray());
        return new Answer(response.statusCode(), response.body().length == 0 ? null : Documents.tree(response.body()));
    }

    @Override
    public void close() {
        sockets.values().forEach(Socket::close);
    }

    private void observe(JsonNode frame) {
        if (!frame.has("id")) {
            observed.push(frame);
        }
    }

    /** Sends the request of an example, and compares the outcome with the example. */
    void play(JsonNode example) throws Exception {
        JsonNode answer = exchange(example.get("as").asText(), (ObjectNode) inWorld(example.get("request")));
        compare(example.get("title").asText(), example.get("answer"), answer);
        comparePushes(example);
    }

    void play(Documents.Call call, JsonNode example) throws Exception {
        JsonNode request = example.get("request");
        Matcher part = PATH_PART.matcher(request.get("path").asText());
        String path = part.replaceAll(found -> real.getOrDefault(found.group(), found.group()));
        String as = example.has("as") ? example.get("as").asText() : null;
        Answer answer = http(
                request.get("method").asText(), path, as, request.has("body") ? inWorld(request.get("body")) : null);
        String title = example.get("title").asText();
        assertThat(answer.status())
                .as("%s: %s", title, answer.body())
                .isEqualTo(example.at("/answer/status").asInt());
        observed.body(call, answer.status(), answer.body());
        if (example.get("answer").has("body")) {
            compare(title, example.get("answer").get("body"), answer.body());
        }
        comparePushes(example);
    }

    private void comparePushes(JsonNode example) throws Exception {
        for (JsonNode push : example.path("pushes")) {
            for (JsonNode to : push.get("to")) {
                JsonNode payload = push.get("payload");
                JsonNode came = sockets.get(to.asText()).take(frame -> isLike(payload, frame));
                compare(example.get("title").asText() + ", to " + to.asText(), payload, came);
            }
        }
    }

    /** Whether a push is the expected one, by type, conversation and {@code seq}. */
    private boolean isLike(JsonNode expected, JsonNode frame) {
        JsonNode meant = inWorld(expected);
        return meant.get("type").equals(frame.get("type"))
                && meant.at("/data/seq").equals(frame.at("/data/seq"))
                // A group that an example creates has no counterpart before its first push.
                && (meant.at("/data/conversation").equals(frame.at("/data/conversation"))
                        || isCast(meant.at("/data/conversation").asText()));
    }

    private JsonNode inWorld(JsonNode example) {
        if (example.isTextual()) {
            return Documents.JSON.getNodeFactory().textNode(real.getOrDefault(example.asText(), example.asText()));
        }
        if (example.isArray()) {
            ArrayNode array = Documents.JSON.createArrayNode();
            example.forEach(element -> array.add(inWorld(element)));
            return array;
        }
        if (example.isObject()) {
            ObjectNode object = Documents.JSON.createObjectNode();
            example.properties()
                    .forEach(field ->
                            object.set(real.getOrDefault(field.getKey(), field.getKey()), inWorld(field.getValue())));
            return object;
        }
        return example;
    }

    /**
     * Compares two values, except times. A placeholder without a counterpart gets one, which must be the same from then
     * on.
     */
    private void compare(String where, JsonNode example, JsonNode came) {
        assertThat(came.getNodeType())
                .as("%s: %s, not %s", where, example, came)
                .isEqualTo(example.getNodeType());
        if (example.isObject()) {
            assertThat(came.fieldNames())
                    .toIterable()
                    .as("%s: %s", where, came)
                    .containsExactlyInAnyOrderElementsOf(() -> example.fieldNames());
            example.properties()
                    .forEach(
                            field -> compare(where + "." + field.getKey(), field.getValue(), came.get(field.getKey())));
        } else if (example.isArray()) {
            assertThat(came).as("%s: %s", where, came).hasSameSizeAs(example);
            for (int i = 0; i < example.size(); i++) {
                compare(where + "[" + i + "]", example.get(i), came.get(i));
            }
        } else if (where.endsWith(".expiresIn")) {
            assertThat(came.asLong()).as(where).isBetween(example.asLong() - 60, example.asLong());
        } else if (isTime(example)) {
            assertThat(isTime(came)).as("%s: %s is a time", where, came).isTrue();
        } else if (example.isTextual() && isCast(example.asText())) {
            assertThat(came.asText())
                    .as(where)
                    .isEqualTo(real.computeIfAbsent(example.asText(), unbound -> came.asText()));
        } else {
            assertThat(came).as(where).isEqualTo(example);
        }
    }

    private static boolean isTime(JsonNode value) {
        try {
            Instant.parse(value.asText());
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private boolean isCast(String text) {
        return documents.asyncApi().get("x-cast").properties().stream()
                .anyMatch(one -> one.getValue().asText().equals(text));
    }

    private String cast(String name) {
        return documents.asyncApi().get("x-cast").get(name).asText();
    }
}
