package im.hongyan.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestConnection;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code names} in {@code conversation.list} and {@code sync}: the profiles that a list needs, in the same answer. */
class NamedUsersTest {
    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    private LogNode node;
    private TestConnection alice;

    @BeforeEach
    void setUp() {
        node = new LogNode(stores);
        alice = node.connect();
    }

    @ParameterizedTest
    @ValueSource(strings = {"conversation.list", "sync"})
    void names_givesPeersAndSendersEachOnce(String frame) throws Exception {
        TestConnection bob = node.connect();
        TestConnection cai = node.connect();
        TestConnection silent = node.connect();
        bob.say(bob.openWith(alice), "hello");
        alice.say(alice.openWith(cai), "hello");
        String group = bob.createGroup(alice, cai, silent);
        bob.say(group, "hello");

        JsonNode users = alice.ask(frame, Map.of("names", true)).get("users");

        assertThat(users.findValuesAsText("id")).containsExactlyInAnyOrder(alice.id(), bob.id(), cai.id());
        assertThat(users.findValuesAsText("displayName"))
                .containsExactlyInAnyOrder("Name of " + alice.id(), "Name of " + bob.id(), "Name of " + cai.id());
    }

    @ParameterizedTest
    @ValueSource(strings = {"conversation.list", "sync"})
    void names_ofDeletedPeer_saysSo(String frame) throws Exception {
        TestConnection bob = node.connect();
        bob.say(bob.openWith(alice), "hello");
        node.delete(bob.user());

        JsonNode users = alice.ask(frame, Map.of("names", true)).get("users");

        assertThat(users).hasSize(1);
        assertThat(users.get(0).get("id").asText()).isEqualTo(bob.id());
        assertThat(users.get(0).get("deleted").asBoolean()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"conversation.list", "sync"})
    void names_ofNoConversation_isEmpty(String frame) throws Exception {
        assertThat(alice.ask(frame, Map.of("names", true)).get("users")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"conversation.list", "sync"})
    void names_notAskedFor_isAbsent(String frame) throws Exception {
        TestConnection bob = node.connect();
        bob.say(bob.openWith(alice), "hello");

        assertThat(alice.ask(frame, Map.of()).has("users")).isFalse();
        assertThat(alice.ask(frame, Map.of("names", false)).has("users")).isFalse();
    }

    /** More conversations than a page holds: both the page and its users are bounded. */
    @Test
    void names_ofLargestPage_keepsTheBoundOfAnAnswer() throws Exception {
        for (TestConnection peer : node.connect(110)) {
            peer.say(peer.openWith(alice), "鸿".repeat(100));
        }
        JsonNode page = alice.ask("conversation.list", Map.of("limit", 100, "names", true));

        List<String> users = page.get("users").findValuesAsText("id");
        assertThat(users)
                .doesNotHaveDuplicates()
                .hasSameSizeAs(page.get("conversations"))
                .hasSizeBetween(50, 100);
        assertThat(page.toString().getBytes(StandardCharsets.UTF_8).length).isLessThan(256 << 10);
    }
}
