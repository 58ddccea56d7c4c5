package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.Ack;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.Faults;
import im.hongyan.loadtest.client.SyncOptions;
import im.hongyan.loadtest.client.SyncingClient;
import im.hongyan.loadtest.history.History;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The socket is cut at every step of a request, which is then retried with the same id. It has one effect. */
@Timeout(60)
class CutSocketTest {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    enum Step {
        /** The request is lost with the socket. */
        BEFORE_THE_REQUEST,
        /** The request arrives, but the socket has gone. */
        AFTER_THE_REQUEST,
        /** The request succeeds, and the answer is lost with the socket. */
        BEFORE_THE_ANSWER,
        AFTER_THE_ANSWER,
        /** The answer is lost, and the socket stays. */
        INSTEAD_OF_THE_ANSWER
    }

    static Stream<Arguments> steps() {
        return Stream.of(
                        "message.send",
                        "message.edit",
                        "message.recall",
                        "message.react",
                        "group.create",
                        "group.add",
                        "group.remove",
                        "group.rename",
                        "group.leave")
                .flatMap(type -> Stream.of(Step.values()).map(step -> Arguments.of(type, step)));
    }

    /** Interferes once, at one step of one request type. */
    private static final class Cut implements Faults {
        private String type;
        private Step step;
        private boolean asked;

        void at(String request, Step where) {
            type = request;
            step = where;
        }

        @Override
        public Fate outbound(String request) {
            if (!request.equals(type)) {
                return Fate.PASS;
            }
            return switch (step) {
                case BEFORE_THE_REQUEST -> struck(Fate.CUT_BEFORE);
                case AFTER_THE_REQUEST -> struck(Fate.CUT_AFTER);
                default -> {
                    asked = true;
                    yield Fate.PASS;
                }
            };
        }

        @Override
        public Fate inbound(String frame) {
            if (!asked || !frame.equals("ok")) {
                return Fate.PASS;
            }
            return switch (step) {
                case BEFORE_THE_ANSWER -> struck(Fate.CUT_BEFORE);
                case AFTER_THE_ANSWER -> struck(Fate.CUT_AFTER);
                default -> struck(Fate.DROP);
            };
        }

        private Fate struck(Fate fate) {
            type = null;
            asked = false;
            return fate;
        }

        boolean hasStruck() {
            return type == null;
        }
    }

    private static ChatClient client;
    private static Credentials who;
    private static TestUser observer;
    private static TestUser guest;
    private static TestUser stranger;

    private final Cut cut = new Cut();
    private SyncingClient actor;
    private String group;
    private long message;

    @BeforeAll
    static void gather() throws Exception {
        ClientOptions options = ClientOptions.defaults().withRequestTimeout(Duration.ofMillis(700));
        client = new ChatClient(node.vertx(), node.uri(), options);
        List<TestUser> users = node.users(3);
        observer = users.get(0);
        guest = users.get(1);
        stranger = users.get(2);
        who = node.accounts(1).get(0);
    }

    @BeforeEach
    void setUp() throws Exception {
        SyncOptions how = SyncOptions.defaults()
                .withBackoff(Duration.ofMillis(5), Duration.ofMillis(50))
                .withFaults(cut);
        actor = new SyncingClient(node.vertx(), List.of(client), who, who.username(), new History(), how);
        await(actor.start());
        group = await(actor.createGroup("geese", List.of(observer.id(), guest.id())));
        message = await(actor.send(group, "first")).seq();
    }

    @ParameterizedTest
    @MethodSource("steps")
    void request_cutAndRepeated_hasOneEffect(String type, Step step) throws Exception {
        if (type.equals("group.leave")) {
            await(actor.submit("group.role", Map.of("conversation", group, "user", observer.id(), "role", "owner")));
        }
        long before = lastSeq();
        int groups = groups();
        cut.at(type, step);

        Ack ack = await(actor.submit(type, type + " " + step, request(type)));

        assertThat(cut.hasStruck()).isTrue();
        if (type.equals("group.create")) {
            assertThat(groups()).isEqualTo(groups + 1);
        } else {
            assertThat(ack.seq()).isEqualTo(before + 1);
            assertThat(lastSeq()).isEqualTo(before + 1);
            observer.receiveEntry(group, before + 1);
        }
        await(actor.stop());
    }

    private Map<String, Object> request(String type) {
        Map<String, Object> request = new HashMap<>();
        if (!type.equals("group.create")) {
            request.put("conversation", group);
        }
        if (List.of("message.edit", "message.recall", "message.react").contains(type)) {
            request.put("seq", message);
        }
        if (List.of("message.send", "message.edit").contains(type)) {
            request.put("content", Map.of("type", "text", "text", "second"));
        }
        switch (type) {
            case "message.react" -> request.put("emoji", "🪿");
            case "group.create" -> {
                request.put("title", "more geese");
                request.put("members", List.of(observer.id()));
            }
            case "group.add" -> request.put("users", List.of(stranger.id()));
            case "group.remove" -> request.put("users", List.of(guest.id()));
            case "group.rename" -> request.put("title", "wild geese");
            default -> {}
        }
        return request;
    }

    private long lastSeq() throws Exception {
        return observer.ask("entries.read", Map.of("conversation", group, "limit", 1))
                .get("lastSeq")
                .asLong();
    }

    private int groups() throws Exception {
        JsonNode list = observer.ask("conversation.list", Map.of("limit", 100));
        return list.get("conversations").size();
    }
}
