package im.hongyan.timeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestConnection;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Fields that a feature adds to conversations, wherever these are served. */
class ConversationExtensionsTest {
    record Call(String media, int count) {}

    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    private final Map<ConversationId, Call> calls = new HashMap<>();
    private final List<List<ConversationId>> reads = Collections.synchronizedList(new ArrayList<>());
    private LogNode node;
    private TestConnection alice;
    private String first;
    private String second;

    @BeforeEach
    void setUp() throws Exception {
        node = new LogNode(stores);
        alice = node.connect();
        first = alice.createGroup();
        second = alice.createGroup();
    }

    @Test
    void field_isInListGetAndSync_readOnceForEachPage() throws Exception {
        register("call", this::calls);
        calls.put(LogNode.id(first), new Call("video", 3));

        assertThat(list().get(first).at("/call").toString()).isEqualTo("{\"media\":\"video\",\"count\":3}");
        assertThat(list().get(second).has("call")).isFalse();
        assertThat(reads).hasSize(2).allSatisfy(page -> assertThat(page).hasSize(2));
        assertThat(alice.ask("conversation.get", Map.of("conversation", first))
                        .at("/conversation/call/count")
                        .asInt())
                .isEqualTo(3);
        assertThat(alice.ask("sync", Map.of()).get("changes").findValuesAsText("media"))
                .containsExactly("video");
    }

    @Test
    void field_thatFails_isAbsent_andTheOthersAreThere() throws Exception {
        register("broken", (viewer, page) -> Future.failedFuture("away"));
        register("thrown", (viewer, page) -> {
            throw new IllegalStateException("a bug");
        });
        register("call", this::calls);
        calls.put(LogNode.id(first), new Call("video", 3));

        JsonNode conversation = list().get(first);
        assertThat(conversation.has("broken")).isFalse();
        assertThat(conversation.has("thrown")).isFalse();
        assertThat(conversation.has("call")).isTrue();
    }

    @Test
    void field_thatIsSlow_isAbsentAfterTheDeadline() throws Exception {
        register("slow", (viewer, page) -> Promise.<Map<ConversationId, Call>>promise()
                .future());

        assertThat(list().get(first).has("slow")).isFalse();
    }

    @Test
    void field_ofConversationThatWasNotAskedFor_isIgnored() throws Exception {
        TestConnection bob = node.connect();
        calls.put(LogNode.id(bob.createGroup()), new Call("video", 3));
        register("call", (viewer, page) -> Future.succeededFuture(calls));

        assertThat(list().values()).noneMatch(conversation -> conversation.has("call"));
    }

    @Test
    void register_ofNameThatExists_fails() {
        register("call", this::calls);

        assertThatThrownBy(() -> register("call", this::calls)).hasMessageContaining("two owners");
    }

    private void register(String name, ConversationExtension.Reader<Call> reader) {
        node.register(new ConversationExtension<>(name, Call.class, reader));
    }

    private Future<Map<ConversationId, Call>> calls(UserId viewer, List<ConversationId> page) {
        assertThat(viewer).isEqualTo(alice.user());
        reads.add(page);
        return Future.succeededFuture(calls);
    }

    private Map<String, JsonNode> list() throws Exception {
        Map<String, JsonNode> all = new HashMap<>();
        alice.ask("conversation.list", Map.of())
                .get("conversations")
                .forEach(one -> all.put(one.get("id").asText(), one));
        return all;
    }
}
