package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What changes a message after it was sent, and what is left of a recalled one. */
class RecallTest {
    private static final String SECRET = "the goose flies at midnight";

    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    private Rows rows;
    private TestConnection alice;
    private TestConnection bob;
    private String talk;

    @BeforeEach
    void setUp() throws Exception {
        LogNode node = new LogNode(stores);
        rows = new Rows(stores.postgres());
        alice = node.connect();
        bob = node.connect();
        talk = alice.openWith(bob);
    }

    @Test
    void edit_afterSomebodyHasLeft_isNowhereToBeReadForHim() throws Exception {
        String later = "the goose lands at noon";
        String group = alice.createGroup(bob);
        Map<String, Object> sent = new HashMap<>(LogNode.message(group, "message", "before"));
        long seq = alice.ask("message.send", sent).get("seq").asLong();
        edit(group, "edit before leaving", seq, "still there");
        alice.ask("group.remove", Map.of("conversation", group, "users", List.of(bob.id())));
        edit(group, "edit after leaving", seq, later);
        // As of a content type that has a summary.
        await(stores.postgres()
                .write(
                        "UPDATE entry SET summary = $3 WHERE conversation = $1 AND seq = $2",
                        Tuple.of(LogNode.id(group).value(), seq, later)));

        JsonNode read = bob.ask("entries.read", Map.of("conversation", group, "after", 0));
        assertThat(read.get("entries")).hasSize(4);
        assertThat(read.at("/entries/1/recalled").asBoolean()).isTrue();
        assertThat(read.toString()).doesNotContain(later);
        assertThat(bob.ask("conversation.get", Map.of("conversation", group)).toString())
                .doesNotContain(later);
        assertThat(bob.ask("sync", Map.of()).toString()).doesNotContain(later);

        alice.ask("group.add", Map.of("conversation", group, "users", List.of(bob.id())));
        JsonNode back = bob.ask("entries.read", Map.of("conversation", group, "after", 0));
        assertThat(back.at("/entries/1/recalled").asBoolean())
                .as("after rejoining")
                .isTrue();
        assertThat(back.toString()).doesNotContain(later);
    }

    @Test
    void mark_bySomebodyWhoHasLeft_isToldToHimAlone() throws Exception {
        String group = alice.createGroup(bob);
        long seq = alice.say(group, "a message");
        alice.ask("group.remove", Map.of("conversation", group, "users", List.of(bob.id())));
        // The list of members in memory is a moment behind the log.
        bob.receive(group, seq + 1);
        bob.ask("read.mark", Map.of("conversation", group, "seq", seq));
        bob.receive("read", read -> read.get("conversation").asText().equals(group));

        alice.ask("read.mark", Map.of("conversation", group, "seq", seq));
        JsonNode first =
                alice.receive("read", read -> read.get("conversation").asText().equals(group));
        assertThat(first.get("user").asText()).isEqualTo(alice.id());
    }

    @Test
    void read_afterTheHighestNumber_isRefused() throws Exception {
        assertThat(alice.refusal("entries.read", Map.of("conversation", talk, "after", Long.MAX_VALUE)))
                .isEqualTo("field.out_of_range");
    }

    @Test
    void recall_leavesTheTextInNoColumnOfAnyTable() throws Exception {
        Map<String, Object> sent = new HashMap<>(LogNode.message(talk, "message", SECRET + " 0"));
        long seq = alice.ask("message.send", sent).get("seq").asLong();
        bob.ask("message.react", Map.of("conversation", talk, "seq", seq, "clientId", "r", "emoji", "🪿"));
        List<String> digests = digestsOf("message");
        for (String edit : List.of("edit 1", "edit 2", "edit 3")) {
            edit(edit, seq, SECRET + " " + edit);
            digests.addAll(digestsOf(edit));
        }
        assertThat(rows.placesOf(SECRET)).as("it is looked for where it is").isNotEmpty();
        assertThat(digests).hasSize(4);
        assertThat(digestsOf("edit 1", "edit 2"))
                .as("of texts that are edited away")
                .hasSize(2)
                .doesNotContainAnyElementsOf(digests);

        alice.ask("message.recall", Map.of("conversation", talk, "seq", seq, "clientId", "recall"));

        assertThat(rows.placesOf(SECRET)).isEmpty();
        assertThat(digestsOf("message", "edit 1", "edit 2", "edit 3"))
                .as("from which a short text could be guessed")
                .hasSize(4)
                .doesNotContainAnyElementsOf(digests);
        assertThat(await(stores.postgres()
                        .query(
                                "SELECT 1 FROM reaction WHERE conversation = $1",
                                Tuple.of(LogNode.id(talk).value()))))
                .isEmpty();
        for (TestConnection reader : List.of(alice, bob)) {
            JsonNode page = reader.ask("entries.read", Map.of("conversation", talk, "after", 0));
            assertThat(page.toString()).doesNotContain(SECRET);
            assertThat(page.get("entries")).hasSize(6);
            assertThat(reader.ask("sync", Map.of()).toString()).doesNotContain(SECRET);
            assertThat(reader.ask("conversation.list", Map.of()).toString()).doesNotContain(SECRET);
        }
    }

    @Test
    void edit_keepsTheOlderTextNowhere() throws Exception {
        long seq = alice.say(talk, SECRET);
        edit("edit", seq, "nothing");
        assertThat(rows.placesOf(SECRET)).isEmpty();
    }

    @Test
    void retries_ofARecalledMessageAndItsEdits_areStillAnsweredTheSame() throws Exception {
        Map<String, Object> sent = LogNode.message(talk, "message", SECRET);
        JsonNode first = alice.ask("message.send", sent);
        long seq = first.get("seq").asLong();
        JsonNode edited = edit("edit", seq, SECRET + "!");
        Map<String, Object> recall = Map.of("conversation", talk, "seq", seq, "clientId", "recall");
        JsonNode recalled = alice.ask("message.recall", recall);

        assertThat(alice.ask("message.send", sent)).isEqualTo(first);
        assertThat(edit("edit", seq, SECRET + "!")).isEqualTo(edited);
        assertThat(alice.ask("message.recall", recall)).isEqualTo(recalled);
        assertThat(rows.placesOf(SECRET)).isEmpty();
        assertThat(rows.soundLog(LogNode.id(talk))).hasSize(3);
    }

    @Test
    void otherRequests_withTheIdsOfDeletedContent_areConflicts() throws Exception {
        long seq = alice.ask("message.send", LogNode.message(talk, "message", "yes"))
                .get("seq")
                .asLong();
        edit("edit 1", seq, "no");
        JsonNode second = edit("edit 2", seq, "maybe");
        assertThat(alice.refusal("message.edit", edited("edit 1", seq, "never")))
                .isEqualTo("client_id.reused");
        alice.ask("message.recall", Map.of("conversation", talk, "seq", seq, "clientId", "recall"));

        assertThat(alice.refusal("message.send", LogNode.message(talk, "message", "no")))
                .isEqualTo("client_id.reused");
        assertThat(alice.refusal("message.edit", edited("edit 1", seq, "maybe")))
                .isEqualTo("client_id.reused");
        assertThat(alice.refusal("message.edit", edited("edit 2", seq, "no"))).isEqualTo("client_id.reused");
        assertThat(edit("edit 2", seq, "maybe")).isEqualTo(second);
    }

    /** As a recall left it before digests were keyed. */
    @Test
    void request_withTheIdOfAnEntryWithoutDigest_isARetryIfTheKindIsTheSame() throws Exception {
        JsonNode sent = alice.ask("message.send", LogNode.message(talk, "message", "yes"));
        await(stores.postgres()
                .write(
                        "UPDATE entry SET digest = NULL WHERE conversation = $1",
                        Tuple.of(LogNode.id(talk).value())));

        assertThat(alice.ask("message.send", LogNode.message(talk, "message", "no")))
                .isEqualTo(sent);
        Map<String, Object> reaction =
                Map.of("conversation", talk, "seq", sent.get("seq"), "clientId", "message", "emoji", "👍");
        assertThat(alice.refusal("message.react", reaction)).isEqualTo("client_id.reused");
    }

    @Test
    void edit_withTheSameIdAndAnotherText_isAConflict() throws Exception {
        long seq = alice.say(talk, "one");
        edit("edit", seq, "two");
        assertThat(alice.refusal("message.edit", edited("edit", seq, "three"))).isEqualTo("client_id.reused");
    }

    @Test
    void react_beyondFiftyKinds_isRefused() throws Exception {
        long seq = alice.say(talk, "text");
        for (int i = 0; i < 50; i++) {
            assertThat(bob.refusal("message.react", reaction(seq, i))).isNull();
        }
        assertThat(bob.refusal("message.react", reaction(seq, 50))).isEqualTo("reaction.too_many");
        assertThat(alice.refusal("message.react", reaction(seq, 7)))
                .as("one that is there already")
                .isNull();
        JsonNode entry = alice.ask("entries.read", Map.of("conversation", talk, "after", 0))
                .at("/entries/0");
        assertThat(entry.get("reactions")).hasSize(50);
        assertThat(entry.at("/reactions/0/count").asInt()).isEqualTo(2);
    }

    /** Every page with the message counts all of them. */
    @Test
    void react_beyondTwoThousandReactions_isRefused() throws Exception {
        long seq = alice.say(talk, "text");
        assertThat(bob.refusal("message.react", reaction(seq, 1))).isNull();
        await(stores.postgres()
                .write(
                        "INSERT INTO reaction (conversation, seq, emoji, user_id)"
                                + " SELECT $1, $2, '👍', gen_random_uuid() FROM generate_series(1, 1999)",
                        Tuple.of(LogNode.id(talk).value(), seq)));

        assertThat(alice.refusal("message.react", reaction(seq, 1))).isEqualTo("reaction.too_many");
        Map<String, Object> removal = new HashMap<>(reaction(seq, 1));
        removal.put("remove", true);
        assertThat(bob.refusal("message.react", removal)).isNull();
        assertThat(alice.refusal("message.react", reaction(seq, 1))).isNull();
    }

    @Test
    void entry_saysUpToWhichReactionItsSumsAre() throws Exception {
        long seq = alice.say(talk, "text");
        assertThat(alone(alice, talk, seq).has("reactedSeq")).isFalse();
        long put = bob.ask("message.react", reaction(seq, 1)).get("seq").asLong();
        assertThat(alone(alice, talk, seq).get("reactedSeq").asLong()).isEqualTo(put);
        Map<String, Object> away = new HashMap<>(reaction(seq, 1));
        away.put("remove", true);
        long takenAway = bob.ask("message.react", away).get("seq").asLong();

        JsonNode bare = alone(alice, talk, seq);
        assertThat(bare.has("reactions")).isFalse();
        assertThat(bare.get("reactedSeq").asLong()).as("there were some").isEqualTo(takenAway);

        alice.ask("message.recall", Map.of("conversation", talk, "seq", seq, "clientId", "recall"));
        assertThat(alone(alice, talk, seq).has("reactedSeq")).isFalse();
    }

    @Test
    void push_ofAnEntryThatIsReadLater_hasNoReactions() throws Exception {
        long seq = alice.say(talk, "text");
        bob.ask("message.react", reaction(seq, 1));
        Entry read = await(new EntryStore(stores.postgres()).between(LogNode.id(talk), seq, seq))
                .get(0)
                .whole();
        assertThat(read.reactions()).isNull();
        assertThat(read.reactedSeq()).isNull();
    }

    @Test
    void reactions_afterSomebodyHasLeft_areNotToldToHim() throws Exception {
        String group = alice.createGroup(bob);
        long quiet = alice.say(group, "one");
        long noisy = alice.say(group, "two");
        for (long seq : List.of(quiet, noisy)) {
            alice.ask("message.react", reaction(group, seq, 1));
        }
        alice.ask("group.remove", Map.of("conversation", group, "users", List.of(bob.id())));
        alice.ask("message.react", reaction(group, noisy, 2));

        assertThat(alone(bob, group, quiet).get("reactions")).hasSize(1);
        assertThat(alone(bob, group, noisy).has("reactions")).isFalse();
        assertThat(alone(bob, group, noisy).has("reactedSeq")).isFalse();
        assertThat(alone(alice, group, noisy).get("reactions")).hasSize(2);

        alice.ask("group.add", Map.of("conversation", group, "users", List.of(bob.id())));
        assertThat(alone(bob, group, noisy).has("reactions"))
                .as("after rejoining")
                .isFalse();
    }

    @Test
    void group_afterSomebodyHasLeft_isToHimAsItWas() throws Exception {
        String group = alice.createGroup(bob);
        alice.ask("group.rename", Map.of("conversation", group, "title", "the lake"));
        alice.ask("group.remove", Map.of("conversation", group, "users", List.of(bob.id())));
        alice.ask("group.rename", Map.of("conversation", group, "title", "renamed meanwhile"));
        alice.ask("group.history", Map.of("conversation", group, "open", true));

        JsonNode seen =
                bob.ask("conversation.get", Map.of("conversation", group)).get("conversation");
        assertThat(seen.get("title").asText()).isEqualTo("the lake");
        assertThat(seen.has("memberCount")).isFalse();
        assertThat(seen.has("openHistory")).isFalse();
        assertThat(bob.ask("sync", Map.of()).at("/changes/0/info")).isEqualTo(seen);

        alice.ask("group.add", Map.of("conversation", group, "users", List.of(bob.id())));
        JsonNode back =
                bob.ask("conversation.get", Map.of("conversation", group)).get("conversation");
        assertThat(back.get("title").asText()).isEqualTo("renamed meanwhile");
        assertThat(back.get("memberCount").asInt()).isEqualTo(2);
    }

    private JsonNode alone(TestConnection reader, String conversation, long seq) throws Exception {
        return reader.ask("entries.read", Map.of("conversation", conversation, "after", seq - 1, "limit", 1))
                .at("/entries/0");
    }

    private Map<String, Object> reaction(String conversation, long seq, int kind) {
        Map<String, Object> reaction = new HashMap<>(reaction(seq, kind));
        reaction.put("conversation", conversation);
        return reaction;
    }

    private Map<String, Object> reaction(long seq, int kind) {
        String emoji = new String(Character.toChars(0x1F400 + kind));
        return Map.of("conversation", talk, "seq", seq, "clientId", LogNode.newClientId(), "emoji", emoji);
    }

    private JsonNode edit(String clientId, long seq, String text) throws Exception {
        return alice.ask("message.edit", edited(clientId, seq, text));
    }

    private void edit(String group, String clientId, long seq, String text) throws Exception {
        Map<String, Object> edit = new HashMap<>(LogNode.message(group, clientId, text));
        edit.put("seq", seq);
        alice.ask("message.edit", edit);
    }

    private Map<String, Object> edited(String clientId, long seq, String text) {
        Map<String, Object> edit = new HashMap<>(LogNode.message(talk, clientId, text));
        edit.put("seq", seq);
        return edit;
    }

    private List<String> digestsOf(String... clientIds) throws Exception {
        List<String> digests = new ArrayList<>();
        await(stores.postgres()
                        .query(
                                "SELECT digest FROM entry"
                                        + " WHERE conversation = $1 AND client_id = ANY ($2) AND digest IS NOT NULL",
                                Tuple.of(LogNode.id(talk).value()).addArrayOfString(clientIds)))
                .forEach(row -> digests.add(
                        HexFormat.of().formatHex(row.getBuffer("digest").getBytes())));
        return digests;
    }
}
