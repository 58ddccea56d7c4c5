package im.hongyan.chat;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.delivery.Presence;
import im.hongyan.feature.Feature;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestConnection;
import im.hongyan.testkit.TestNode;
import im.hongyan.timeline.Conversations;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PresenceSubscriptionsTest {
    private static final List<Feature> FEATURES = List.of(new ChatFeature());

    @RegisterExtension
    static final StoresExtension stores = TestNode.stores(FEATURES, "im/hongyan/delivery/migrations");

    private final UserId bob = TestNode.newUser();
    private final UserId carol = TestNode.newUser();
    private TestNode node;
    private TestConnection alice;

    @BeforeEach
    void setUp() throws Exception {
        node = new TestNode(stores, stores.postgres(), FEATURES);
        alice = node.connectVisibly(TestNode.newUser());
    }

    @Test
    void watch_whenTheLastSharedConversationEnds_endsToo() throws Exception {
        String withBob = node.group(alice.user(), List.of(bob));
        node.group(alice.user(), List.of(carol));
        watch(bob, carol);
        node.ask(bob, "group.leave", Map.of("conversation", withBob));
        recheck();

        node.connectVisibly(bob);
        node.connectVisibly(carol);

        assertThat(firstSeen()).as("nothing of Bob before it").isEqualTo(carol.text());
    }

    @Test
    void watch_whileAConversationIsShared_goesOn() throws Exception {
        String one = node.group(alice.user(), List.of(bob));
        node.group(alice.user(), List.of(bob));
        watch(bob);
        node.ask(bob, "group.leave", Map.of("conversation", one));
        recheck();

        node.connectVisibly(bob);

        assertThat(firstSeen()).isEqualTo(bob.text());
    }

    private void watch(UserId... users) throws Exception {
        List<String> ids = Stream.of(users).map(UserId::text).toList();
        JsonNode states = alice.ask("presence.watch", Map.of("users", ids)).get("presence");
        assertThat(states.findValuesAsText("user")).containsExactlyInAnyOrderElementsOf(ids);
    }

    /** What the node does every few minutes. */
    private void recheck() throws Exception {
        await(new PresenceSubscriptions(stores.vertx(), node.service(Conversations.class), node.service(Presence.class))
                .recheck());
    }

    /** The user of the first presence push to Alice. */
    private String firstSeen() throws Exception {
        return alice.receive("presence", push -> true).get("user").asText();
    }
}
