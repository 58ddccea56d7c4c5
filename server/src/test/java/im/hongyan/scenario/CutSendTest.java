package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import im.hongyan.gateway.RawSocket;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.SyncOptions;
import im.hongyan.loadtest.client.SyncingClient;
import im.hongyan.loadtest.history.Digest;
import im.hongyan.loadtest.history.Event;
import im.hongyan.loadtest.history.History;
import im.hongyan.loadtest.history.HistoryChecker;
import im.hongyan.loadtest.history.Verdict;
import im.hongyan.protocol.ConversationId;
import im.hongyan.timeline.Backends;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The socket is cut at every step of a send, which is then retried with the same client id on another socket. There is
 * one entry, and each retry gets the first answer. In the end invariant I must hold.
 */
@Timeout(60)
class CutSendTest {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SENDER = "alice/cut";
    private static final History history = new History();
    private static final List<SyncingClient> users = new ArrayList<>();

    private static Backends backends;
    private static Credentials alice;
    private static String group;
    private static int sends;

    /** How far a send gets before its socket is cut. */
    interface Step {
        /** Sends the frame, or a part of it, and cuts the socket somewhere. */
        void send(RawSocket socket, byte[] frame, Cut cut) throws Exception;
    }

    interface Cut {
        void cut(RawSocket socket) throws Exception;
    }

    @BeforeAll
    static void users() throws Exception {
        backends = new Backends(node.stores());
        backends.prepareToHoldCommits();
        node.stop();
        node.start();
        List<Credentials> accounts = node.accounts(2);
        // Another device than the observing one, because a session has at most five sockets.
        alice = await(node.client().signIn(accounts.get(0).username(), NodeExtension.PASSWORD));
        for (Credentials who : accounts) {
            users.add(new SyncingClient(
                    node.vertx(), List.of(node.client()), who, who.username(), history, SyncOptions.defaults()));
        }
        for (SyncingClient user : users) {
            await(user.start());
        }
        group = await(users.get(0).createGroup("Cuts", List.of(users.get(1).user())));
        history.record(new Event.Started(SENDER, alice.user()));
    }

    @AfterAll
    static void invariantHolds() throws Exception {
        backends.releaseCommits();
        for (SyncingClient user : users) {
            await(user.catchUp());
        }
        history.record(new Event.Gone(SENDER));
        Verdict verdict = HistoryChecker.check(history).orThrow();
        assertThat(verdict.counts().acknowledged()).isEqualTo(sends);
        for (SyncingClient user : users) {
            await(user.stop());
        }
    }

    static Stream<Arguments> cuts() {
        List<Arguments> cuts = new ArrayList<>();
        for (String how : List.of("reset", "ended")) {
            Cut cut = how.equals("reset") ? RawSocket::reset : RawSocket::close;
            for (int at : new int[] {0, 1, 2, 4, 6, 8, 30, -1}) {
                String where =
                        at == 0 ? "before the frame" : at < 0 ? "before its last byte" : "after " + at + " bytes";
                cuts.add(Arguments.of(where, how, (Step) (socket, frame, c) -> partly(socket, frame, at, c), cut));
            }
            cuts.add(Arguments.of("before the commit", how, (Step) CutSendTest::beforeTheCommit, cut));
            cuts.add(Arguments.of("before a commit that fails", how, (Step) CutSendTest::beforeACommitThatFails, cut));
            cuts.add(Arguments.of("after the commit", how, (Step) CutSendTest::afterTheCommit, cut));
            cuts.add(Arguments.of("after a commit nobody hears of", how, (Step) CutSendTest::afterALostCommit, cut));
            cuts.add(Arguments.of("after the answer, unread", how, (Step) CutSendTest::afterTheAnswer, cut));
            cuts.add(Arguments.of("after the answer", how, (Step) CutSendTest::afterItWasRead, cut));
        }
        return cuts.stream();
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cuts")
    void send_cutAndRepeated_isOneEntry(String where, String how, Step step, Cut cut) throws Exception {
        String clientId = TestUser.newClientId();
        String text = "cut " + where + ", " + how;
        invoked(clientId, text);

        step.send(open(), frame(clientId, text), cut);

        long seq = acknowledged(clientId, send(open(), clientId, text));
        assertThat(seqOf(send(open(), clientId, text))).isEqualTo(seq);
        assertThat(send(open(), clientId, "another text").at("/error/reason").asText())
                .isEqualTo("client_id.reused");
        assertOneEntry(clientId, text, seq);
    }

    /** The retry overtakes the original, which still waits for the lock. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("ends")
    void send_repeatedWhileInFlight_isOneEntry(String how, Cut cut) throws Exception {
        String clientId = TestUser.newClientId();
        String text = "overtaken, " + how;
        invoked(clientId, text);
        Backends.Held held = backends.lock(ConversationId.of(group));
        RawSocket first = open();
        first.write(frame(clientId, text));
        backends.waitingForLock();
        cut.cut(first);
        RawSocket second = open();
        second.write(frame(clientId, text));
        RawSocket third = open();
        third.write(frame(clientId, "another text"));
        // Both have reached the server before the lock is released: their sockets answer later requests.
        second.ask("ping", "p", "{}");
        third.ask("ping", "p", "{}");

        held.release();

        long seq = acknowledged(clientId, second.answer("1"));
        assertThat(third.answer("1").at("/error/reason").asText()).isEqualTo("client_id.reused");
        second.close();
        third.close();
        assertOneEntry(clientId, text, seq);
    }

    static Stream<Arguments> ends() {
        return Stream.of(Arguments.of("reset", (Cut) RawSocket::reset), Arguments.of("ended", (Cut) RawSocket::close));
    }

    // The steps
    // ---------------------------------------------------------------------------------------------------------

    private static void partly(RawSocket socket, byte[] frame, int bytes, Cut cut) throws Exception {
        byte[] part = new byte[bytes < 0 ? frame.length + bytes : bytes];
        System.arraycopy(frame, 0, part, 0, part.length);
        socket.write(part);
        cut.cut(socket);
    }

    private static void beforeTheCommit(RawSocket socket, byte[] frame, Cut cut) throws Exception {
        Backends.Held held = backends.lock(ConversationId.of(group));
        socket.write(frame);
        backends.waitingForLock();
        cut.cut(socket);
        held.release();
    }

    /**
     * The database process is killed before it stores the entry, so the server has to look it up and store it again.
     */
    private static void beforeACommitThatFails(RawSocket socket, byte[] frame, Cut cut) throws Exception {
        Backends.Held held = backends.lock(ConversationId.of(group));
        socket.write(frame);
        int process = backends.waitingForLock();
        cut.cut(socket);
        backends.end(process);
        held.release();
    }

    private static void afterTheCommit(RawSocket socket, byte[] frame, Cut cut) throws Exception {
        backends.holdCommits();
        socket.write(frame);
        backends.committedButSilent();
        cut.cut(socket);
        backends.releaseCommits();
    }

    /** The entry is stored, and the database process is killed before it answers. */
    private static void afterALostCommit(RawSocket socket, byte[] frame, Cut cut) throws Exception {
        backends.holdCommits();
        socket.write(frame);
        int process = backends.committedButSilent();
        cut.cut(socket);
        backends.end(process);
        backends.releaseCommits();
    }

    private static void afterTheAnswer(RawSocket socket, byte[] frame, Cut cut) throws Exception {
        double before = answered();
        socket.write(frame);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (answered() == before && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(2);
        }
        cut.cut(socket);
    }

    private static void afterItWasRead(RawSocket socket, byte[] frame, Cut cut) throws Exception {
        socket.write(frame);
        assertThat(socket.answer("1").path("type").asText()).isEqualTo("ok");
        cut.cut(socket);
    }

    // How
    // -----------------------------------------------------------------------------------------------------------------

    private static double answered() throws Exception {
        return await(node.stores().postgres().query("SELECT count(*) AS n FROM entry"))
                .iterator()
                .next()
                .getLong("n");
    }

    private static RawSocket open() throws Exception {
        return RawSocket.open(node.app().port(), alice.accessToken());
    }

    private static String data(String clientId, String text) {
        return "{\"conversation\":\"" + group + "\",\"clientId\":\"" + clientId + "\",\"content\":" + content(text)
                + "}";
    }

    private static String content(String text) {
        return "{\"type\":\"text\",\"text\":\"" + text + "\"}";
    }

    private static byte[] frame(String clientId, String text) {
        String request = "{\"type\":\"message.send\",\"id\":\"1\",\"data\":" + data(clientId, text) + "}";
        return RawSocket.frame(RawSocket.FIN | RawSocket.TEXT, request.getBytes(StandardCharsets.UTF_8));
    }

    private static JsonNode send(RawSocket socket, String clientId, String text) throws Exception {
        try (socket) {
            return socket.ask("message.send", "1", data(clientId, text));
        }
    }

    private static void invoked(String clientId, String text) throws Exception {
        sends++;
        history.record(new Event.Invoked(SENDER, group, clientId, "message", Digest.of(JSON.readTree(content(text)))));
    }

    private static long acknowledged(String clientId, JsonNode answer) {
        long seq = seqOf(answer);
        history.record(new Event.Acknowledged(SENDER, group, clientId, seq));
        return seq;
    }

    private static long seqOf(JsonNode answer) {
        assertThat(answer.path("type").asText()).as(answer.toString()).isEqualTo("ok");
        return answer.at("/data/seq").asLong();
    }

    private static void assertOneEntry(String clientId, String text, long seq) throws Exception {
        for (SyncingClient user : users) {
            try (RawSocket socket = RawSocket.open(node.app().port(), user.who().accessToken())) {
                JsonNode page = socket.ask(
                        "entries.read", "r", "{\"conversation\":\"" + group + "\",\"after\":0,\"limit\":100}");
                List<JsonNode> found = new ArrayList<>();
                for (JsonNode entry : page.at("/data/entries")) {
                    if (entry.path("clientId").asText().equals(clientId)) {
                        found.add(entry);
                    }
                }
                assertThat(found).hasSize(1);
                assertThat(found.get(0).get("seq").asLong()).isEqualTo(seq);
                assertThat(found.get(0).at("/content/text").asText()).isEqualTo(text);
            }
        }
    }
}
