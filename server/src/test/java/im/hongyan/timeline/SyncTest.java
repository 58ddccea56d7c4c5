package im.hongyan.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.RequestRejected;
import im.hongyan.testkit.TestConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code sync} in detail; that it misses nothing is {@link SyncPropertyTest}. */
class SyncTest {
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
    @ValueSource(
            strings = {
                "",
                " ",
                "abc",
                "-1",
                "+1",
                "1.5",
                "1e3",
                "٣",
                "0x10",
                "12345678901234567890",
                "1..",
                "1.2",
                "1.2.",
                "1.2.xyz",
                "1.2.00000000000000000000000000.3",
                "1.2.UUUUUUUUUUUUUUUUUUUUUUUUUU",
                "1.2.zzzzzzzzzzzzzzzzzzzzzzzzzz",
                "1.x.00000000000000000000000000",
                "1'; DROP TABLE entry; --",
                "\u0000"
            })
    void sync_withGarbage_isRefusedByName(String since) {
        try {
            alice.ask("sync", Map.of("since", since));
        } catch (RequestRejected refused) {
            assertThat(refused.kind).isEqualTo("invalid");
            assertThat(refused.reason).isEqualTo("since.malformed");
            assertThat(refused.field).isEqualTo("since");
            return;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("'" + since + "' was taken");
    }

    /** As after a restore without a new epoch: nothing is found, and the next token is a sound one again. */
    @Test
    void sync_withATokenOfTheFuture_heals() throws Exception {
        TestConnection bob = node.connect();
        String talk = bob.openWith(alice);
        JsonNode lost = alice.ask("sync", Map.of("since", "9223372036854775807"));
        assertThat(lost.get("changes")).isEmpty();
        bob.say(talk, "hello");
        JsonNode found = alice.ask("sync", Map.of("since", lost.get("since").asText()));
        assertThat(found.get("changes")).hasSize(1);
    }

    @Test
    void sync_inPages_bringsEachConversationOnce() throws Exception {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 23; i++) {
            TestConnection peer = node.connect();
            String talk = peer.openWith(alice);
            peer.say(talk, "text");
            expected.add(talk);
        }
        node.connect().openWith(alice);
        List<String> found = new ArrayList<>();
        Map<String, Object> request = new HashMap<>(Map.of("limit", 7));
        int pages = 0;
        for (boolean more = true; more; pages++) {
            JsonNode answer = alice.ask("sync", request);
            answer.get("changes")
                    .forEach(change -> found.add(change.get("conversation").asText()));
            request.put("since", answer.get("since").asText());
            more = answer.get("more").asBoolean();
        }
        assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(pages).isEqualTo(4);
        assertThat(alice.ask("sync", request).get("changes")).isEmpty();
    }

    /** Forty conversations with texts of 16 KB are more than a megabyte: each answer stays in its bounds. */
    @Test
    void sync_ofLongTexts_keepsTheBoundOfAnAnswer() throws Exception {
        String text = "鸿".repeat(5_000);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            TestConnection peer = node.connect();
            String talk = peer.openWith(alice);
            peer.say(talk, text);
            peer.say(talk, text);
            expected.add(talk);
        }
        List<String> found = new ArrayList<>();
        Map<String, Object> request = new HashMap<>(Map.of("limit", 50));
        for (boolean more = true; more; ) {
            JsonNode answer = alice.ask("sync", request);
            assertThat(answer.toString().getBytes(StandardCharsets.UTF_8).length)
                    .isLessThan(256 << 10);
            answer.get("changes")
                    .forEach(change -> found.add(change.get("conversation").asText()));
            request.put("since", answer.get("since").asText());
            more = answer.get("more").asBoolean();
        }
        assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
    }
}
