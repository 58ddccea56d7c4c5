package im.hongyan.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestConnection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class GroupsTest {
    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    private LogNode node;
    private TestConnection alice;
    private TestConnection bob;
    private String group;

    @BeforeEach
    void setUp() throws Exception {
        node = new LogNode(stores);
        alice = node.connect();
        bob = node.connect();
        group = alice.createGroup(bob);
    }

    @Test
    void add_repeatedAfterOneOfThemDeletedHisAccount_isAnsweredAsBefore() throws Exception {
        TestConnection carol = node.connect();
        Map<String, Object> add = Map.of("conversation", group, "users", List.of(carol.id()), "clientId", "add");
        JsonNode first = alice.ask("group.add", add);
        node.delete(carol.user());

        assertThat(alice.ask("group.add", add)).isEqualTo(first);
        Map<String, Object> other = new HashMap<>(add);
        other.put("users", List.of(carol.id(), bob.id()));
        assertThat(alice.refusal("group.add", other)).isEqualTo("client_id.reused");
        other.put("clientId", "another");
        assertThat(alice.refusal("group.add", other)).isEqualTo("user.not_found");
    }

    @Test
    void title_isTrimmed_andOneLine() throws Exception {
        JsonNode created = alice.ask(
                "group.create", Map.of("clientId", "c", "title", "  wild\u3000geese ", "members", List.of(bob.id())));
        assertThat(created.at("/conversation/title").asText()).isEqualTo("wild\u3000geese");
        assertThat(alice.refusal("group.rename", Map.of("conversation", group, "title", "a\u2028b")))
                .isEqualTo("field.control");
    }
}
