package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestConnection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An entry says whether it counts as unread, wherever it is served. */
class CountsTest {
    private static final EntryKind CALL = new EntryKind("call", false, true);

    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    private LogNode node;
    private TestConnection alice;
    private TestConnection bob;
    private String group;

    @BeforeEach
    void setUp() throws Exception {
        node = new LogNode(stores);
        node.register(CALL);
        alice = node.connect();
        bob = node.connect();
        group = alice.createGroup(bob);
    }

    @Test
    void counts_ofMessage_isTrueInPushReadSyncAndList() throws Exception {
        long seq = alice.say(group, "hello");

        assertThat(bob.receive(group, seq).get("counts").asBoolean()).isTrue();
        assertThat(countsOf(read())).containsExactly(false, true);
        JsonNode change = bob.ask("sync", Map.of()).at("/changes/0");
        assertThat(countsOf(change.get("entries"))).containsExactly(false, true);
        assertThat(change.at("/info/last/counts").asBoolean()).isTrue();
        assertThat(last(bob).get("counts").asBoolean()).isTrue();
    }

    @Test
    void counts_ofGroupChange_isAbsent() throws Exception {
        assertThat(bob.receive(group, 1).has("counts")).isFalse();
        assertThat(last(bob).has("counts")).isFalse();
    }

    @Test
    void counts_afterRecall_isAbsent() throws Exception {
        long seq = alice.say(group, "hello");
        alice.ask("message.recall", Map.of("conversation", group, "seq", seq, "clientId", LogNode.newClientId()));

        assertThat(countsOf(read())).containsExactly(false, false, false);
        assertThat(unread(bob)).isZero();
    }

    @Test
    void counts_ofKindThatDependsOnOutcome_isStoredPerEntry() throws Exception {
        long missed = call(CALL.counting(true));
        long answered = call(CALL.counting(false));

        assertThat(bob.receive(group, missed).path("counts").asBoolean()).isTrue();
        assertThat(bob.receive(group, answered).has("counts")).isFalse();
        assertThat(countsOf(read())).containsExactly(false, true, false);
        assertThat(unread(bob)).isEqualTo(1);
    }

    private long call(EntryKind kind) throws Exception {
        NewEntry call = new NewEntry(
                LogNode.id(group), alice.user(), LogNode.newClientId(), kind, "{\"media\":\"audio\"}", "call", null);
        return await(node.timeline().append(call)).seq();
    }

    private JsonNode read() throws Exception {
        return bob.ask("entries.read", Map.of("conversation", group, "after", 0))
                .get("entries");
    }

    private JsonNode last(TestConnection reader) throws Exception {
        return reader.ask("conversation.list", Map.of()).at("/conversations/0/last");
    }

    private int unread(TestConnection reader) throws Exception {
        return reader.ask("conversation.get", Map.of("conversation", group))
                .at("/conversation/unread")
                .asInt();
    }

    private static List<Boolean> countsOf(JsonNode entries) {
        return entries.findParents("kind").stream()
                .map(entry -> entry.path("counts").asBoolean())
                .toList();
    }
}
