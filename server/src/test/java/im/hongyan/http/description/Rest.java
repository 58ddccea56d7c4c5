package im.hongyan.http.description;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.feature.Feature;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.protocol.ConversationId;
import im.hongyan.scenario.NodeExtension;
import im.hongyan.testkit.FeatureTestSetup;
import io.vertx.sqlclient.Tuple;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;

/** Situations that no example covers. */
record Rest(NodeExtension node, Documents documents, Observed observed) {
    /** Lookups per minute that the node allows. */
    static final int LOOKUPS = 5;

    private static final int BEHIND = 16_000;

    void happens() throws Exception {
        try (ExampleSetup setup = ExampleSetup.of(node, documents, observed)) {
            messagesChange(setup);
            listsHavePages(setup);
            userLeaves(setup);
            slowReader(setup);
            accountIsDeleted(setup);
            tooManyLookups(setup);
        }
        for (Feature feature : node.features()) {
            try (ExampleSetup setup = ExampleSetup.of(node, documents, observed)) {
                FeatureTestSetup own = FeatureTestSetup.of(feature);
                own.prepareExamples(setup);
                own.coverRemainingFields(setup);
            }
        }
    }

    private void messagesChange(ExampleSetup setup) throws Exception {
        String talk = setup.real("talk");
        Map<String, Object> text = Map.of("type", "text", "text", "Where shall we meet?");
        setup.ask("ada", "message.edit", Map.of("conversation", talk, "seq", 2, "clientId", "e", "content", text));
        setup.ask("bob", "message.react", Map.of("conversation", talk, "seq", 2, "clientId", "r", "emoji", "🪿"));
        long third = setup.say("ada", talk, "third", "At the lake");
        setup.ask("ada", "message.recall", Map.of("conversation", talk, "seq", third, "clientId", "c"));
        JsonNode entries =
                setup.ask("bob", "entries.read", Map.of("conversation", talk)).get("entries");
        assertThat(entries).hasSize(6);
    }

    /** Lists of several pages. */
    private void listsHavePages(ExampleSetup setup) throws Exception {
        String group = setup.real("group");
        List<String> many = node.accounts(201).stream().map(Credentials::user).toList();
        setup.ask("ada", "group.add", Map.of("conversation", group, "users", many));
        JsonNode members = setup.ask("ada", "group.members", Map.of("conversation", group));
        ObjectNode next = Documents.JSON.createObjectNode().put("conversation", group);
        next.set("cursor", members.get("cursor"));
        assertThat(setup.ask("ada", "group.members", next).get("members")).hasSize(4);
        // Opening the group as two hundred users, one after the other, would take long.
        await(node.stores()
                .postgres()
                .query(
                        "UPDATE member SET read_seq = 4 WHERE conversation = $1",
                        Tuple.of(ConversationId.of(group).value())));
        JsonNode readers = setup.ask("ada", "read.by", Map.of("conversation", group, "seq", 4));
        assertThat(readers.get("readers")).hasSize(200);
        assertThat(readers.has("cursor")).isTrue();
    }

    private void userLeaves(ExampleSetup setup) throws Exception {
        setup.ask("ada", "presence.watch", Map.of("users", List.of(setup.id("cai"))));
        setup.socket("cai").close();
        JsonNode gone = setup.socket("ada").take(frame -> isOf(frame, "presence"));
        assertThat(gone.at("/data/online").asBoolean()).isFalse();
        assertThat(gone.at("/data/user").asText()).isEqualTo(setup.id("cai"));
    }

    private void slowReader(ExampleSetup setup) throws Exception {
        String talk = setup.real("talk");
        setup.socket("bob").pause();
        String text = "鸿".repeat(BEHIND / 3);
        for (int i = 0; i % 50 != 0 || !behind(); i++) {
            setup.say("ada", talk, "slow-" + i, text);
            assertThat(i).as("unread messages").isLessThan(4_000);
        }
        setup.socket("bob").resume();
        setup.socket("bob").take(frame -> isOf(frame, "sync.required"));
    }

    /** Whether the node has dropped a push, by its own metric. */
    private boolean behind() throws Exception {
        URI metrics = URI.create("http://127.0.0.1:" + node.app().adminPort() + "/metrics");
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString())
                .body()
                .lines()
                .filter(line -> line.startsWith("hongyan_frames_dropped_total "))
                .anyMatch(line -> !line.endsWith(" 0.0"));
    }

    private void accountIsDeleted(ExampleSetup setup) throws Exception {
        ObjectNode password = Documents.JSON.createObjectNode().put("password", ExampleSetup.PASSWORD);
        String ada = setup.id("ada");
        assertThat(setup.http("DELETE", "/api/v1/me", "ada", password).status()).isEqualTo(204);
        JsonNode users =
                setup.ask("bob", "users.get", Map.of("users", List.of(ada))).get("users");
        assertThat(users.get(0).get("deleted").asBoolean()).isTrue();
    }

    private void tooManyLookups(ExampleSetup setup) throws Exception {
        Documents.Call find = documents.calls().stream()
                .filter(call -> call.toString().equals("GET /users"))
                .findFirst()
                .orElseThrow();
        for (int i = 0; i <= LOOKUPS; i++) {
            ExampleSetup.Answer answer = setup.http("GET", "/api/v1/users?username=nobody", "bob", null);
            observed.body(find, answer.status(), answer.body());
            assertThat(answer.status()).isEqualTo(i < LOOKUPS ? 200 : 429);
        }
    }

    private static boolean isOf(JsonNode frame, String type) {
        return frame.get("type").asText().equals(type);
    }
}
