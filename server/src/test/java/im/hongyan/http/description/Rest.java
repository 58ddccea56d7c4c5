package im.hongyan.http.description;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.protocol.ConversationId;
import im.hongyan.scenario.NodeExtension;
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
        try (World world = World.of(node, documents, observed)) {
            messagesChange(world);
            listsHavePages(world);
            userLeaves(world);
            slowReader(world);
            accountIsDeleted(world);
            tooManyLookups(world);
        }
        try (World world = World.of(node, documents, observed)) {
            transferIsRefused(world);
        }
        try (World world = World.of(node, documents, observed)) {
            luckyEnvelope(world);
        }
    }

    private void transferIsRefused(World world) throws Exception {
        world.money();
        world.ask("bob", "wallet.refuse", Map.of("transfer", world.real("gift")));
        Map<String, Object> noted = Map.of("to", world.id("bob"), "amount", 1, "clientId", "n", "note", "For the road");
        world.ask("ada", "wallet.transfer", noted);
        assertThat(world.ask("ada", "wallet.transfers", Map.of()).get("transfers"))
                .hasSize(2);
        assertThat(world.ask("ada", "wallet.transfers", Map.of("limit", 1)).has("cursor"))
                .isTrue();
    }

    private void luckyEnvelope(World world) throws Exception {
        world.envelope();
        String group = world.real("group");
        Map<String, Object> lucky = Map.of(
                "conversation", group, "clientId", "l", "kind", "lucky", "amount", 500, "count", 2, "nonce", "mine");
        String shared = world.ask("ada", "envelope.send", lucky).get("envelope").asText();
        world.ask("ada", "envelope.watch", Map.of("envelope", shared));
        world.ask("bob", "envelope.open", Map.of("envelope", shared));
        world.ask("cai", "envelope.open", Map.of("envelope", shared));
        assertThat(world.ask("bob", "envelope.view", Map.of("envelope", shared)).has("proof"))
                .isTrue();
        Map<String, Object> forBob = Map.of(
                "conversation", group, "clientId", "x", "kind", "exclusive", "amount", 5, "recipient", world.id("bob"));
        String exclusive =
                world.ask("ada", "envelope.send", forBob).get("envelope").asText();
        assertThat(world.ask("cai", "envelope.view", Map.of("envelope", exclusive))
                        .get("recipient")
                        .asText())
                .isEqualTo(world.id("bob"));
        int year = java.time.Year.now(java.time.ZoneOffset.UTC).getValue();
        for (String who : List.of("bob", "cai")) {
            world.ask(who, "envelope.history", Map.of("year", year, "direction", "received"));
        }
        assertThat(world.ask("ada", "envelope.history", Map.of("year", year, "direction", "sent", "limit", 1))
                        .has("cursor"))
                .isTrue();
    }

    private void messagesChange(World world) throws Exception {
        String talk = world.real("talk");
        Map<String, Object> text = Map.of("type", "text", "text", "Where shall we meet?");
        world.ask("ada", "message.edit", Map.of("conversation", talk, "seq", 2, "clientId", "e", "content", text));
        world.ask("bob", "message.react", Map.of("conversation", talk, "seq", 2, "clientId", "r", "emoji", "🪿"));
        long third = world.say("ada", talk, "third", "At the lake");
        world.ask("ada", "message.recall", Map.of("conversation", talk, "seq", third, "clientId", "c"));
        JsonNode entries =
                world.ask("bob", "entries.read", Map.of("conversation", talk)).get("entries");
        assertThat(entries).hasSize(6);
    }

    /** Lists of several pages. */
    private void listsHavePages(World world) throws Exception {
        String group = world.real("group");
        List<String> many = node.accounts(201).stream().map(Credentials::user).toList();
        world.ask("ada", "group.add", Map.of("conversation", group, "users", many));
        JsonNode members = world.ask("ada", "group.members", Map.of("conversation", group));
        ObjectNode next = Documents.JSON.createObjectNode().put("conversation", group);
        next.set("cursor", members.get("cursor"));
        assertThat(world.ask("ada", "group.members", next).get("members")).hasSize(4);
        // Opening the group as two hundred users, one after the other, would take long.
        await(node.stores()
                .postgres()
                .query(
                        "UPDATE member SET read_seq = 4 WHERE conversation = $1",
                        Tuple.of(ConversationId.of(group).value())));
        JsonNode readers = world.ask("ada", "read.by", Map.of("conversation", group, "seq", 4));
        assertThat(readers.get("readers")).hasSize(200);
        assertThat(readers.has("cursor")).isTrue();
    }

    private void userLeaves(World world) throws Exception {
        world.ask("ada", "presence.watch", Map.of("users", List.of(world.id("cai"))));
        world.socket("cai").close();
        JsonNode gone = world.socket("ada").take(frame -> isOf(frame, "presence"));
        assertThat(gone.at("/data/online").asBoolean()).isFalse();
        assertThat(gone.at("/data/user").asText()).isEqualTo(world.id("cai"));
    }

    private void slowReader(World world) throws Exception {
        String talk = world.real("talk");
        world.socket("bob").pause();
        String text = "鸿".repeat(BEHIND / 3);
        for (int i = 0; i % 50 != 0 || !behind(); i++) {
            world.say("ada", talk, "slow-" + i, text);
            assertThat(i).as("unread messages").isLessThan(4_000);
        }
        world.socket("bob").resume();
        world.socket("bob").take(frame -> isOf(frame, "sync.required"));
    }

    /** Whether the node has dropped a push, by its own metric. */
    private boolean behind() throws Exception {
        URI metrics = URI.create("http://127.0.0.1:" + node.app().adminPort() + "/metrics");
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofLines())
                .body()
                .filter(line -> line.startsWith("hongyan_frames_dropped_total "))
                .anyMatch(line -> !line.endsWith(" 0.0"));
    }

    private void accountIsDeleted(World world) throws Exception {
        ObjectNode password = Documents.JSON.createObjectNode().put("password", World.PASSWORD);
        String ada = world.id("ada");
        assertThat(world.http("DELETE", "/api/v1/me", "ada", password).status()).isEqualTo(204);
        JsonNode users =
                world.ask("bob", "users.get", Map.of("users", List.of(ada))).get("users");
        assertThat(users.get(0).get("deleted").asBoolean()).isTrue();
    }

    private void tooManyLookups(World world) throws Exception {
        Documents.Call find = documents.calls().stream()
                .filter(call -> call.toString().equals("GET /users"))
                .findFirst()
                .orElseThrow();
        for (int i = 0; i <= LOOKUPS; i++) {
            World.Answer answer = world.http("GET", "/api/v1/users?username=nobody", "bob", null);
            observed.body(find, answer.status(), answer.body());
            assertThat(answer.status()).isEqualTo(i < LOOKUPS ? 200 : 429);
        }
    }

    private static boolean isOf(JsonNode frame, String type) {
        return frame.get("type").asText().equals(type);
    }
}
