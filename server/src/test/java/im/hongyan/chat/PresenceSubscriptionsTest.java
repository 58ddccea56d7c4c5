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
        String withBob = group(bob);
        group(carol);
        watch(bob, carol);
        node.ask(bob, "group.leave", Map.of("conversation", withBob));
        recheck();

        node.connectVisibly(bob);
        node.connectVisibly(carol);

        assertThat(firstSeen()).as("nothing of Bob before it").isEqualTo(carol.text());
    }

    @Test
    void watch_whileAConversationIsShared_goesOn() throws Exception {
        String one = group(bob);
        group(bob);
        watch(bob);
        node.ask(bob, "group.leave", Map.of("conversation", one));
        recheck();

        node.connectVisibly(bob);

        assertThat(firstSeen()).isEqualTo(bob.text());
    }

    @Test
    void watch_groupInWhichUserDidNothing_hidesUser() throws Exception {
        String group = node.group(alice.user(), List.of(bob));

        assertThat(visible(bob)).isEmpty();
        write(alice.user(), group);
        assertThat(visible(bob)).isEmpty();

        write(bob, group);
        assertThat(visible(bob)).containsExactly(bob.text());
    }

    @Test
    void watch_directConversation_needsEntriesOfBoth() throws Exception {
        String direct = node.direct(alice.user(), bob);
        write(alice.user(), direct);
        node.ask(bob, "read.mark", Map.of("conversation", direct, "seq", 1));

        assertThat(visible(bob)).isEmpty();

        write(bob, direct);
        assertThat(visible(bob)).containsExactly(bob.text());
    }

    @Test
    void watch_manyUsers_findsAll() throws Exception {
        UserId[] users = Stream.generate(TestNode::newUser).limit(250).toArray(UserId[]::new);
        String group = node.group(alice.user(), List.of(users));
        for (UserId user : users) {
            write(user, group);
        }

        watch(users);
    }

    /** A group of Alice and the user, in which the user has written. */
    private String group(UserId user) throws Exception {
        String group = node.group(alice.user(), List.of(user));
        write(user, group);
        return group;
    }

    private void write(UserId user, String conversation) throws Exception {
        node.ask(user, "message.send", TestNode.message(conversation, TestNode.newClientId(), "hello"));
    }

    private List<String> visible(UserId user) throws Exception {
        return alice.ask("presence.watch", Map.of("users", List.of(user.text())))
                .get("presence")
                .findValuesAsText("user");
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
