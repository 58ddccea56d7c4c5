package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestConnection;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Reading, counting and listing at their bounds; what is seen is {@link VisibilityPropertyTest}. */
class EntriesTest {
    private static final String MANY =
            """
            WITH added AS (
              INSERT INTO entry (conversation, seq, kind, sender, client_id, at, content, counts, shown)
              SELECT $1, seq, 'message', $2, 'm' || seq, now(), '{"type":"text","text":"text"}', true, true
              FROM generate_series(1, $3::int) seq
            )
            UPDATE conversation SET last_seq = $3::int, shown_seq = $3::int, last_at = now() WHERE id = $1
            """;

    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    private LogNode node;
    private TestConnection alice;
    private TestConnection bob;
    private String talk;

    @BeforeEach
    void setUp() throws Exception {
        node = new LogNode(stores);
        alice = node.connect();
        bob = node.connect();
        talk = alice.openWith(bob);
    }

    @Test
    void unread_stopsAt999() throws Exception {
        await(stores.postgres()
                .query(MANY, Tuple.of(LogNode.id(talk).value(), bob.user().value(), 1_500)));
        assertThat(unread(alice)).isEqualTo(999);
        assertThat(unread(bob)).as("nobody's own words are unread").isZero();
        alice.ask("read.mark", Map.of("conversation", talk, "seq", 1_490));
        assertThat(unread(alice)).isEqualTo(10);
    }

    /** A machine that only sends, and never marks anything as read. */
    @Test
    void unread_isCountedAmongNewestThousand() throws Exception {
        await(stores.postgres()
                .query(MANY, Tuple.of(LogNode.id(talk).value(), bob.user().value(), 1_100)));
        setSender(alice, 50);
        setSender(alice, 200);
        setSender(alice, 1_050);
        assertThat(unread(bob)).isEqualTo(2);
    }

    private void setSender(TestConnection sender, long seq) throws Exception {
        await(stores.postgres()
                .query(
                        "UPDATE entry SET sender = $3 WHERE conversation = $1 AND seq = $2",
                        Tuple.of(LogNode.id(talk).value(), seq, sender.user().value())));
    }

    @Test
    void read_ofLongTexts_keepsTheBoundOfAnAnswerAndSaysWhatItCovers() throws Exception {
        String text = "鸿".repeat(5_000);
        for (int i = 0; i < 40; i++) {
            alice.say(talk, text);
        }
        for (String bound : List.of("after", "before")) {
            List<Long> seqs = new ArrayList<>();
            long at = bound.equals("after") ? 0 : 41;
            int pages = 0;
            while (at != (bound.equals("after") ? 40 : 1)) {
                JsonNode page = bob.ask("entries.read", Map.of("conversation", talk, bound, at, "limit", 100));
                assertThat(page.toString().getBytes(StandardCharsets.UTF_8).length)
                        .isLessThan(256 << 10);
                page.get("entries").forEach(entry -> seqs.add(entry.get("seq").asLong()));
                assertThat(page.get("entries").size())
                        .isEqualTo(
                                page.get("through").asInt() - page.get("from").asInt() + 1);
                pages++;
                at = page.get(bound.equals("after") ? "through" : "from").asLong();
            }
            assertThat(seqs).hasSize(40).doesNotHaveDuplicates();
            assertThat(pages).isBetween(3, 5);
        }
    }

    /** Members have reacted thousands of times between two messages. */
    @Test
    void read_messagesAmongManyReactions_saysWhatEachPageCovers() throws Exception {
        await(stores.postgres()
                .query(MANY, Tuple.of(LogNode.id(talk).value(), bob.user().value(), 9_001)));
        await(stores.postgres()
                .query(
                        "UPDATE entry SET shown = false WHERE conversation = $1 AND seq % 4500 <> 1",
                        Tuple.of(LogNode.id(talk).value())));
        for (boolean forwards : new boolean[] {true, false}) {
            List<Long> seqs = new ArrayList<>();
            long at = forwards ? 0 : 9_002;
            int pages = 0;
            while (at != (forwards ? 9_001 : 1)) {
                JsonNode page = bob.ask(
                        "entries.read",
                        Map.of("conversation", talk, forwards ? "after" : "before", at, "view", "messages"));
                long from = page.get("from").asLong();
                long through = page.get("through").asLong();
                assertThat(forwards ? from - 1 : through + 1).as("no gap").isEqualTo(at);
                assertThat(through - from).isLessThan(EntriesReadHandler.MAX_EXAMINED);
                page.get("entries").forEach(entry -> seqs.add(entry.get("seq").asLong()));
                pages++;
                at = forwards ? through : from;
            }
            assertThat(seqs).containsExactlyInAnyOrder(1L, 4_501L, 9_001L);
            assertThat(pages).isEqualTo(5);
        }
    }

    @Test
    void list_inPages_goesThroughAllByActivity() throws Exception {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            TestConnection peer = node.connect();
            String other = peer.openWith(alice);
            peer.say(other, "text");
            expected.add(0, other);
        }
        List<String> found = new ArrayList<>();
        Map<String, Object> request = new HashMap<>(Map.of("limit", 4));
        JsonNode page;
        do {
            page = alice.ask("conversation.list", request);
            page.get("conversations").forEach(one -> found.add(one.get("id").asText()));
            request.put("cursor", page.path("cursor").asText());
        } while (page.has("cursor"));
        assertThat(found).isEqualTo(expected);
        for (String garbage : List.of("", "x", "-", "1", "1-", "zzzzzzzzzzzzzzzzzzz-0", "1-" + "u".repeat(26))) {
            assertThat(alice.refusal("conversation.list", Map.of("cursor", garbage)))
                    .isEqualTo("cursor.malformed");
        }
    }

    /** Whoever joins has a cursor at once, so that what was before is not unread; it is not read either. */
    @Test
    void readBy_tellsThoseWhoWereThere() throws Exception {
        TestConnection late = node.connect();
        String group = alice.createGroup(bob);
        long seq = alice.say(group, "text");
        alice.ask("group.history", Map.of("conversation", group, "open", true));
        alice.ask("group.add", Map.of("conversation", group, "users", List.of(late.id())));
        assertThat(readers(group, seq)).isEmpty();
        bob.ask("read.mark", Map.of("conversation", group, "seq", seq));
        late.ask("read.mark", Map.of("conversation", group, "seq", seq + 2));
        assertThat(readers(group, seq)).containsExactly(bob.id());
        assertThat(readers(group, seq + 1)).isEmpty();
        assertThat(readers(group, seq + 2)).containsExactly(late.id());
    }

    private List<String> readers(String group, long seq) throws Exception {
        return alice.ask("read.by", Map.of("conversation", group, "seq", seq))
                .get("readers")
                .findValuesAsText("user");
    }

    private int unread(TestConnection reader) throws Exception {
        return reader.ask("conversation.get", Map.of("conversation", talk))
                .at("/conversation/unread")
                .asInt();
    }
}
