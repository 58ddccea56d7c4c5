package im.hongyan.chat;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.cluster.Cluster;
import im.hongyan.cluster.NodeLink;
import im.hongyan.delivery.ClientConnection;
import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Presence;
import im.hongyan.delivery.SessionDirectory;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Profile;
import im.hongyan.protocol.Request;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.timeline.Conversations;
import im.hongyan.timeline.Timeline;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.internal.VertxInternal;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PresenceSubscriptionsTest {
    @RegisterExtension
    static final StoresExtension stores =
            StoresExtension.migrated("im/hongyan/timeline/migrations", "im/hongyan/delivery/migrations");

    private final FrameCodec codec = new FrameCodec();
    private final FrameRoutes routes = new FrameRoutes(codec, failure -> null);
    private final Device alice = new Device();
    private final Device bob = new Device();
    private final Device carol = new Device();
    private Presence presence;
    private PresenceSubscriptions watch;

    @BeforeEach
    void setUp() throws Exception {
        Sockets sockets = new Sockets();
        Cluster cluster = Cluster.standalone(stores.vertx());
        presence = new Presence(
                stores.vertx(),
                codec,
                sockets,
                new SessionDirectory(cluster, stores.redis(), sockets),
                new NodeLink(cluster, new SimpleMeterRegistry()),
                stores.postgres());
        Timeline timeline = new Timeline(
                stores.vertx(),
                codec,
                stores.postgres(),
                new Delivery(stores.vertx(), sockets),
                new SimpleMeterRegistry());
        Conversations conversations = new Conversations(
                timeline,
                users -> Future.succeededFuture(users.stream()
                        .map(user -> Profile.of(user, user.text(), user.text()))
                        .toList()));
        watch = new PresenceSubscriptions(stores.vertx(), conversations, presence);
        watch.register(routes);
        connect(alice);
    }

    @Test
    void watch_whenTheLastSharedConversationEnds_endsToo() throws Exception {
        UUID withBob = group(alice, bob);
        group(alice, carol);
        alice.watch(bob, carol);
        leave(withBob, bob);
        await(watch.recheck());

        connect(bob);
        connect(carol);

        assertThat(alice.next())
                .as("nothing of Bob before it")
                .contains(carol.user().text());
    }

    @Test
    void watch_whileAConversationIsShared_goesOn() throws Exception {
        UUID one = group(alice, bob);
        group(alice, bob);
        alice.watch(bob);
        leave(one, bob);
        await(watch.recheck());

        connect(bob);

        assertThat(alice.next()).contains(bob.user().text());
    }

    @Test
    void watch_groupInWhichUserDidNothing_hidesUser() throws Exception {
        UUID group = group(alice, bob);
        active(group, bob, false);

        alice.watchHidden(bob);
        active(group, alice, true);
        alice.watchHidden(bob);

        active(group, bob, true);
        alice.watch(bob);
    }

    @Test
    void watch_directConversation_needsEntriesOfBoth() throws Exception {
        UUID direct = Conversations.directId(alice.user(), bob.user()).value();
        conversation(direct, 1, alice, bob);
        active(direct, alice, true);
        active(direct, bob, false);
        await(stores.postgres().write("UPDATE member SET opened = true WHERE conversation = $1", Tuple.of(direct)));
        alice.watchHidden(bob);

        active(direct, bob, true);
        alice.watch(bob);
    }

    @Test
    void watch_manyUsers_findsAll() throws Exception {
        Device[] people = new Device[250];
        Arrays.setAll(people, i -> new Device());
        Device[] all = Arrays.copyOf(people, people.length + 1);
        all[people.length] = alice;
        group(all);

        alice.watch(people);
    }

    private void connect(Device device) throws Exception {
        presence.connected(device, await(presence.announce(device.principal())));
    }

    private static UUID group(Device... people) throws Exception {
        return conversation(Id.next(), 2, people);
    }

    private static UUID conversation(UUID id, int kind, Device... people) throws Exception {
        await(stores.postgres()
                .write("INSERT INTO conversation (id, kind, title) VALUES ($1, $2, 'geese')", Tuple.of(id, kind)));
        for (Device person : people) {
            await(stores.postgres()
                    .write(
                            "INSERT INTO member (conversation, user_id, role, seen, joined_seq, wrote)"
                                    + " VALUES ($1, $2, 1, '{[1,)}', 1, true)",
                            Tuple.of(id, person.user().value())));
        }
        return id;
    }

    private static void active(UUID conversation, Device person, boolean wrote) throws Exception {
        await(stores.postgres()
                .write(
                        "UPDATE member SET wrote = $3 WHERE conversation = $1 AND user_id = $2",
                        Tuple.of(conversation, person.user().value(), wrote)));
    }

    private static void leave(UUID group, Device person) throws Exception {
        await(stores.postgres()
                .write(
                        "UPDATE member SET role = 0 WHERE conversation = $1 AND user_id = $2",
                        Tuple.of(group, person.user().value())));
    }

    private final class Device implements ClientConnection {
        private final Principal caller =
                new Principal(new UserId(Id.next()), new SessionId(Id.next()), Id.Text.encode(Id.next()));
        private final Context context = ((VertxInternal) stores.vertx()).createEventLoopContext();
        private final BlockingQueue<String> got = new LinkedBlockingQueue<>();

        UserId user() {
            return caller.user();
        }

        void watch(Device... people) throws Exception {
            String answer = ask(people);
            List.of(people)
                    .forEach(person -> assertThat(answer).contains(person.user().text()));
        }

        void watchHidden(Device person) throws Exception {
            assertThat(ask(person)).doesNotContain(person.user().text());
        }

        private String ask(Device... people) throws Exception {
            List<String> users =
                    List.of(people).stream().map(person -> person.user().text()).toList();
            ObjectNode data = new ObjectMapper().valueToTree(Map.of("users", users));
            return text(await(routes.answer(caller, new Request("presence.watch", "1", data))));
        }

        String next() throws InterruptedException {
            return got.poll(10, TimeUnit.SECONDS);
        }

        @Override
        public Principal principal() {
            return caller;
        }

        @Override
        public Context context() {
            return context;
        }

        @Override
        public void offer(Frame frame) {
            got.add(text(frame));
        }

        @Override
        public void closeGracefully(int code, String reason) {
            close(code, reason);
        }

        @Override
        public void closeAsReplaced() {
            close(4002, "replaced");
        }

        @Override
        public void close(int code, String reason) {
            throw new AssertionError("closed with " + code + " " + reason);
        }

        private static String text(Frame frame) {
            return new String(frame.bytes(), StandardCharsets.UTF_8);
        }
    }
}
