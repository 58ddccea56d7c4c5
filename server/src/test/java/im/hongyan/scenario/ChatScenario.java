package im.hongyan.scenario;

import static im.hongyan.scenario.TestUser.message;
import static im.hongyan.scenario.TestUser.newClientId;
import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatError;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Two or three users: the effect of each request on online and absent devices. */
abstract class ChatScenario {
    abstract TestUsers users();

    @Test
    void message_isDeliveredAndRead() throws Exception {
        TestUser alice = users().user();
        TestUser bob = users().user();
        String talk = alice.openWith(bob);
        assertThat(bob.openWith(alice)).isEqualTo(talk);

        long seq = alice.say(talk, "Ciao, 你好 👋🏽 مرحبا");

        assertThat(seq).isEqualTo(1);
        JsonNode pushed = bob.receiveEntry(talk, 1);
        assertThat(pushed.at("/content/text").asText()).isEqualTo("Ciao, 你好 👋🏽 مرحبا");
        assertThat(pushed.get("sender").asText()).isEqualTo(alice.id());
        assertThat(pushed.get("kind").asText()).isEqualTo("message");
        assertThat(alice.receiveEntry(talk, 1)).isEqualTo(pushed);

        JsonNode listed = bob.ask("conversation.list", Map.of()).at("/conversations/0");
        assertThat(listed.get("id").asText()).isEqualTo(talk);
        assertThat(listed.get("unread").asInt()).isEqualTo(1);
        assertThat(listed.at("/last/content/text").asText()).isEqualTo("Ciao, 你好 👋🏽 مرحبا");
        assertThat(listed.get("peer").asText()).isEqualTo(alice.id());

        bob.ask("read.mark", Map.of("conversation", talk, "seq", 1));
        JsonNode read = alice.receive("read", any -> true);
        assertThat(read.get("user").asText()).isEqualTo(bob.id());
        assertThat(read.get("seq").asLong()).isEqualTo(1);
        assertThat(bob.ask("conversation.list", Map.of())
                        .at("/conversations/0/unread")
                        .asInt())
                .isZero();
    }

    @Test
    void send_sameClientId_isIdempotentOrConflicts() throws Exception {
        TestUser alice = users().user();
        TestUser bob = users().user();
        String talk = alice.openWith(bob);
        String clientId = newClientId();

        JsonNode first = alice.ask("message.send", message(talk, clientId, "once"));
        JsonNode again = alice.ask("message.send", message(talk, clientId, "once"));
        ChatError other = alice.refused("message.send", message(talk, clientId, "twice"));

        assertThat(again).isEqualTo(first);
        assertThat(other.kind()).isEqualTo(ChatError.Kind.CONFLICT);
        assertThat(other.reason()).isEqualTo("client_id.reused");
        assertThat(alice.ask("entries.read", Map.of("conversation", talk, "after", 0))
                        .get("entries"))
                .hasSize(1);
    }

    @Test
    void group_lifecycle() throws Exception {
        List<TestUser> users = users().users(4);
        TestUser owner = users.get(0);
        TestUser bob = users.get(1);
        TestUser carol = users.get(2);
        TestUser dave = users.get(3);
        String group = owner.createGroup("Geese", bob, carol);
        assertThat(bob.receiveEntry(group, 1).at("/content/change").asText()).isEqualTo("created");
        bob.say(group, "hello all");

        owner.ask("group.add", Map.of("conversation", group, "users", List.of(dave.id())));
        assertThat(dave.receiveEntry(group, 3).at("/content/change").asText()).isEqualTo("added");
        JsonNode seen = dave.ask("entries.read", Map.of("conversation", group, "after", 0));
        assertThat(seen.at("/entries/0/seq").asLong()).isEqualTo(3);
        assertThat(seen.get("firstSeq").asLong()).isEqualTo(3);
        assertThat(seen.get("from").asLong()).isEqualTo(1);
        assertThat(seen.get("through").asLong()).isEqualTo(3);

        assertThat(bob.refused("group.remove", Map.of("conversation", group, "users", List.of(carol.id())))
                        .reason())
                .isEqualTo("group.role");
        owner.ask("group.role", Map.of("conversation", group, "user", bob.id(), "role", "admin"));
        bob.ask("group.remove", Map.of("conversation", group, "users", List.of(carol.id())));
        assertThat(carol.receiveEntry(group, 5).at("/content/change").asText()).isEqualTo("removed");
        owner.say(group, "carol cannot see this");
        bob.receiveEntry(group, 6);
        carol.settle();
        assertThat(carol.received("entry")).noneMatch(entry -> entry.get("seq").asLong() == 6);
        assertThat(carol.refused("message.send", message(group, newClientId(), "let me in"))
                        .reason())
                .isEqualTo("conversation.not_member");
        JsonNode past = carol.ask("entries.read", Map.of("conversation", group, "after", 0));
        assertThat(past.get("entries")).hasSize(5);
        assertThat(past.get("lastSeq").asLong()).isEqualTo(5);

        owner.ask("group.rename", Map.of("conversation", group, "title", "Wild geese"));
        owner.ask("group.leave", Map.of("conversation", group));
        JsonNode members = bob.ask("group.members", Map.of("conversation", group));
        assertThat(members.get("members")).hasSize(2);
        assertThat(members.get("members").findValuesAsText("role")).containsExactlyInAnyOrder("owner", "member");
        JsonNode info =
                bob.ask("conversation.get", Map.of("conversation", group)).get("conversation");
        assertThat(info.get("title").asText()).isEqualTo("Wild geese");
        assertThat(info.get("role").asText()).isEqualTo("owner");

        bob.ask("group.add", Map.of("conversation", group, "users", List.of(carol.id())));
        JsonNode both = carol.ask("entries.read", Map.of("conversation", group, "after", 0));
        assertThat(both.get("entries").findValuesAsText("seq")).containsExactly("1", "2", "3", "4", "5", "10");
    }

    @Test
    void recall_removesTextEverywhere() throws Exception {
        TestUser alice = users().user();
        TestUser bob = users().user();
        String talk = alice.openWith(bob);
        long seq = alice.say(talk, "secret-original");
        bob.ask("message.react", Map.of("conversation", talk, "seq", seq, "clientId", newClientId(), "emoji", "👍"));
        alice.ask(
                "message.edit",
                Map.of(
                        "conversation",
                        talk,
                        "seq",
                        seq,
                        "clientId",
                        newClientId(),
                        "content",
                        Map.of("type", "text", "text", "secret-edited")));
        JsonNode edited = bob.receiveEntry(talk, 3);
        assertThat(edited.at("/content/content/text").asText()).isEqualTo("secret-edited");
        JsonNode before = bob.ask("entries.read", Map.of("conversation", talk, "after", 0));
        assertThat(before.at("/entries/0/content/text").asText()).isEqualTo("secret-edited");
        assertThat(before.at("/entries/0/edited/seq").asLong()).isEqualTo(3);
        assertThat(before.at("/entries/0/reactions/0/emoji").asText()).isEqualTo("👍");
        assertThat(before.at("/entries/0/reactions/0/mine").asBoolean()).isTrue();

        alice.ask("message.recall", Map.of("conversation", talk, "seq", seq, "clientId", newClientId()));

        assertThat(bob.receiveEntry(talk, 4).get("kind").asText()).isEqualTo("recall");
        JsonNode after = bob.ask("entries.read", Map.of("conversation", talk, "after", 0));
        assertThat(after.toString()).doesNotContain("secret");
        assertThat(after.at("/entries/0/recalled").asBoolean()).isTrue();
        assertThat(after.at("/entries/0").has("reactions")).isFalse();
        String stored = users().stores()
                .postgres()
                .query("SELECT string_agg(e::text, ' ') AS all FROM entry e")
                .await()
                .iterator()
                .next()
                .getString("all");
        assertThat(stored).doesNotContain("secret");
    }

    @Test
    void sync_afterAbsence_returnsMissedEntries() throws Exception {
        TestUser alice = users().user();
        TestUser bob = users().user();
        String talk = alice.openWith(bob);
        alice.say(talk, "one");
        JsonNode first = bob.ask("sync", Map.of());
        assertThat(first.at("/changes/0/conversation").asText()).isEqualTo(talk);
        assertThat(first.at("/changes/0/entries")).hasSize(1);
        String since = first.get("since").asText();
        assertThat(bob.ask("sync", Map.of("since", since)).get("more").asBoolean())
                .isFalse();

        bob.connection().cut().await();
        alice.say(talk, "two");
        String group = alice.createGroup("Later", bob);
        bob.reconnect();
        JsonNode second = bob.ask("sync", Map.of("since", since, "cursors", Map.of(talk, 1)));

        assertThat(second.get("changes").findValuesAsText("conversation")).contains(talk, group);
        for (JsonNode change : second.get("changes")) {
            if (change.get("conversation").asText().equals(talk)) {
                assertThat(change.at("/entries/0/content/text").asText()).isEqualTo("two");
                assertThat(change.get("entries")).hasSize(1);
            }
        }
        bob.ask("read.mark", Map.of("conversation", talk, "seq", 2));
        String sinceOfAlice = alice.ask("sync", Map.of()).get("since").asText();
        bob.say(talk, "three");
        bob.ask("read.mark", Map.of("conversation", talk, "seq", 3));
        String afterThree =
                alice.ask("sync", Map.of("since", sinceOfAlice)).get("since").asText();
        JsonNode peer = alice.ask("sync", Map.of("since", afterThree));
        assertThat(peer.get("changes")).isEmpty();
        alice.say(talk, "four");
        afterThree = alice.ask("sync", Map.of("since", afterThree)).get("since").asText();
        bob.ask("read.mark", Map.of("conversation", talk, "seq", 4));
        assertThat(alice.ask("sync", Map.of("since", afterThree))
                        .at("/changes/0/info/peerReadSeq")
                        .asLong())
                .isEqualTo(4);
        second = bob.ask("sync", Map.of());
        JsonNode third = bob.ask("sync", Map.of("since", second.get("since").asText()));
        assertThat(third.get("changes")).isEmpty();
    }

    @Test
    void presence_userAddedToGroup_isHiddenUntilTheyReadOrWrite() throws Exception {
        TestUser stranger = users().user();
        TestUser reader = users().user();
        TestUser writer = users().user();
        String group = stranger.createGroup("geese", reader, writer);
        stranger.say(group, "who is online?");
        Map<String, Object> both = Map.of("users", List.of(reader.id(), writer.id()));
        assertThat(stranger.ask("presence.watch", both).get("presence")).isEmpty();
        assertThat(reader.ask("presence.watch", Map.of("users", List.of(stranger.id())))
                        .at("/presence/0/online")
                        .asBoolean())
                .as("the creator of the group is visible to its members")
                .isTrue();

        reader.ask("read.mark", Map.of("conversation", group, "seq", 2));
        assertThat(stranger.ask("presence.watch", both).get("presence")).hasSize(1);

        writer.say(group, "honk");
        assertThat(stranger.ask("presence.watch", both).get("presence")).hasSize(2);
    }

    /** Each request may look up 500 users. */
    @Test
    void presence_requestedTooOften_isRefused() throws Exception {
        TestUser alice = users().user();
        Map<String, Object> users = Map.of("users", List.of(alice.id()));
        List<Future<JsonNode>> answers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            answers.add(alice.connection().request("presence.watch", users));
        }
        await(Future.join(answers).otherwiseEmpty());
        assertThat(answers).filteredOn(Future::failed).isNotEmpty().allSatisfy(answer -> assertThat(
                        ((ChatError) answer.cause()).reason())
                .isEqualTo("frames.rate"));
    }

    @Test
    void typingAndPresence_reachConversationMembers() throws Exception {
        TestUser alice = users().user();
        TestUser bob = users().user();
        String talk = alice.openWith(bob);
        assertThat(alice.ask("presence.watch", Map.of("users", List.of(bob.id())))
                        .get("presence"))
                .isEmpty();
        alice.say(talk, "hi");
        assertThat(alice.ask("presence.watch", Map.of("users", List.of(bob.id())))
                        .get("presence"))
                .as("before Bob has written")
                .isEmpty();
        bob.say(talk, "hello");
        JsonNode now = alice.ask("presence.watch", Map.of("users", List.of(bob.id())));
        assertThat(now.at("/presence/0/online").asBoolean()).isTrue();

        bob.ask("typing", Map.of("conversation", talk));
        assertThat(alice.receive("typing", any -> true).get("user").asText()).isEqualTo(bob.id());

        bob.connection().cut().await();
        JsonNode gone = alice.receive("presence", state -> !state.get("online").asBoolean());
        assertThat(gone.get("user").asText()).isEqualTo(bob.id());
        assertThat(gone.has("lastSeen")).isTrue();
        bob.reconnect();
        assertThat(alice.receive("presence", state -> state.get("online").asBoolean())
                        .get("user")
                        .asText())
                .isEqualTo(bob.id());
    }

    @Test
    void devicesOfOneUser_getTheSamePushes() throws Exception {
        TestUser phone = users().user();
        TestUser bob = users().user();
        TestUser laptop = phone.otherSocket();
        String talk = phone.openWith(bob);

        phone.say(talk, "from the phone");
        assertThat(laptop.receiveEntry(talk, 1).at("/content/text").asText()).isEqualTo("from the phone");
        bob.say(talk, "answer");
        phone.receiveEntry(talk, 2);
        phone.ask("read.mark", Map.of("conversation", talk, "seq", 2));
        JsonNode read = laptop.receive("read", any -> true);
        assertThat(read.get("user").asText()).isEqualTo(phone.id());
        assertThat(read.get("seq").asLong()).isEqualTo(2);
    }
}
