package im.hongyan.loadtest.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.FakeServer.Deed;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChatConnectionTest {
    private static final ClientOptions QUICK = ClientOptions.defaults().withRequestTimeout(Duration.ofMillis(300));

    private final Vertx vertx = Vertx.vertx();
    private final FakeServer server = new FakeServer(vertx).start();
    private final ChatClient client = new ChatClient(vertx, server.url(), ClientOptions.defaults());
    private final LinkedBlockingQueue<String> pushes = new LinkedBlockingQueue<>();

    @AfterEach
    void close() throws TimeoutException {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    static <T> T get(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("nothing after 60 s", e);
        }
    }

    private ChatConnection connect(String user) {
        return get(client.connect(user, (type, data) -> pushes.add(type + " " + data)));
    }

    @Test
    void register_givesCredentials_whichNeverShowTokens() {
        Credentials alice = get(client.register("alice", "secret"));

        assertThat(alice.user()).isEqualTo("alice");
        assertThat(alice.accessToken()).isEqualTo("alice");
        assertThat(alice.toString()).isEqualTo("alice (alice)").doesNotContain("r-alice");
    }

    @Test
    void call_refused_isTyped() {
        assertThatThrownBy(() -> get(client.me(null))).isInstanceOfSatisfying(ChatError.class, error -> {
            assertThat(error.kind()).isEqualTo(ChatError.Kind.UNAUTHENTICATED);
            assertThat(error.reason()).isEqualTo("token.missing");
            assertThat(error.status()).isEqualTo(401);
        });
    }

    @Test
    void call_unanswered_endsByItsDeadline() {
        ChatClient quick = new ChatClient(vertx, server.url(), QUICK);

        assertThatThrownBy(() -> get(quick.call(HttpMethod.GET, "/api/v1/never", null, null)))
                .isInstanceOf(NoAnswer.class)
                .hasMessageContaining("/api/v1/never");
    }

    @Test
    void connect_toNobody_fails() {
        ChatClient nobody = new ChatClient(vertx, URI.create("http://127.0.0.1:1"), QUICK);

        assertThatThrownBy(() -> get(nobody.connect("alice", (type, data) -> {})))
                .isInstanceOf(java.net.ConnectException.class);
    }

    @Test
    void connect_withoutAToken_isRefusedBeforeTheUpgrade() {
        assertThatThrownBy(() -> get(client.connect(client.handshake(), (type, data) -> {}, Faults.NONE)))
                .isInstanceOfSatisfying(ChatError.class, error -> {
                    assertThat(error.kind()).isEqualTo(ChatError.Kind.UNAUTHENTICATED);
                    assertThat(error.status()).isEqualTo(401);
                });
    }

    @Test
    void connect_waitsForTheWelcome() {
        ChatConnection connection = connect("alice");

        assertThat(connection.welcome().path("user").asText()).isEqualTo("alice");
        assertThat(connection.socket().subProtocol()).isEqualTo("hongyan.v1");
        assertThat(connection.socket().headers().get("Sec-WebSocket-Extensions"))
                .as("no compression")
                .isNull();
    }

    @Test
    void request_manyAtOnce_eachGetsItsAnswer() {
        ChatConnection connection = connect("alice");
        List<Future<JsonNode>> answers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            answers.add(connection.request("conversation.open", Map.of("user", "user" + i)));
        }

        for (int i = 0; i < 200; i++) {
            assertThat(get(answers.get(i)).at("/conversation/id").asText()).isEqualTo("direct-alice-user" + i);
        }
    }

    @Test
    void request_refused_isTyped() {
        ChatConnection connection = connect("alice");
        server.script = (user, type) -> Deed.LIMITED;

        assertThatThrownBy(() -> get(connection.request("ping", Map.of())))
                .isInstanceOfSatisfying(ChatError.class, error -> {
                    assertThat(error.kind()).isEqualTo(ChatError.Kind.LIMITED);
                    assertThat(error.reason()).isEqualTo("rate");
                    assertThat(error.retryAfterMs()).hasValue(50);
                });
    }

    @Test
    void request_unanswered_failsByItsDeadlineAndTheNextIsServed() {
        ChatClient quick = new ChatClient(vertx, server.url(), QUICK);
        ChatConnection connection = get(quick.connect("alice", (type, data) -> {}));
        server.script = (user, type) -> Deed.SILENT;
        Future<JsonNode> unanswered = connection.request("ping", Map.of());

        assertThatThrownBy(() -> get(unanswered)).isInstanceOf(NoAnswer.class).hasMessageContaining("ping in time");
        server.script = (user, type) -> Deed.SERVE;
        assertThat(get(connection.request("ping", Map.of()))).isEmpty();
    }

    @Test
    void request_whenTheConnectionBreaks_hasNoAnswer() {
        ChatConnection connection = connect("alice");
        server.script = (user, type) -> Deed.CUT_BEFORE;

        assertThatThrownBy(() -> get(connection.request("ping", Map.of()))).isInstanceOf(NoAnswer.class);
        assertThat(get(connection.closed()).code()).isEqualTo(Closure.ABNORMAL);
        assertThatThrownBy(() -> get(connection.request("ping", Map.of()))).isInstanceOf(NoAnswer.class);
    }

    @Test
    void answer_inFragments_isPutTogether() {
        ChatConnection connection = connect("alice");
        server.script = (user, type) -> Deed.FRAGMENTED;

        assertThat(get(connection.request("conversation.open", Map.of("user", "b")))
                        .at("/conversation/id")
                        .asText())
                .isEqualTo("direct-alice-b");
    }

    @Test
    void push_beyondTheDefaultFrameLimit_arrives() throws InterruptedException {
        connect("alice");
        server.pushTo("alice", "entry", Json.object().put("text", "鸿".repeat(60_000)));

        assertThat(pushes.poll(10, TimeUnit.SECONDS)).hasSizeGreaterThan(60_000).startsWith("entry");
    }

    @Test
    void closed_bySomeReason_tellsIt() {
        ChatConnection connection = connect("alice");
        server.close("alice", Closure.RESTART, "draining retry=750");

        Closure closure = get(connection.closed());
        assertThat(closure.code()).isEqualTo(1012);
        assertThat(closure.retryAfter()).hasValue(Duration.ofMillis(750));
        assertThat(closure.isFinal()).isFalse();
    }

    @Test
    void noise_endsTheConnectionAndIsTold() throws InterruptedException {
        ChatConnection connection = connect("alice");
        server.sendText("alice", "{nonsense");

        assertThat(pushes.poll(10, TimeUnit.SECONDS)).startsWith("broken").contains("not JSON");
        assertThat(get(connection.closed())).isNotNull();
    }

    @Test
    void silence_beyondTheHeartbeat_endsTheConnection() {
        server.heartbeatSeconds = 1;
        ChatConnection connection = connect("alice");
        server.freeze();

        assertThat(get(connection.closed()).code()).isEqualTo(Closure.ABNORMAL);
    }

    @Test
    void quiet_withAHeartbeat_keepsTheConnection() {
        server.heartbeatSeconds = 1;
        ChatConnection connection = connect("alice");

        get(vertx.timer(3_500, TimeUnit.MILLISECONDS));

        assertThat(connection.isOpen()).as("pongs are signs of life").isTrue();
    }

    @Test
    void credentials_ofALine_nameWhatIsMissing() {
        assertThat(Credentials.ofLine(
                        "{\"user\":\"1\",\"username\":\"a\",\"accessToken\":\"t\",\"refreshToken\":\"r\"}"))
                .isEqualTo(new Credentials("1", "a", "t", "r"));
        assertThatThrownBy(() -> Credentials.ofLine("{\"user\":\"1\",\"username\":\"a\",\"token\":\"very-secret\"}"))
                .hasMessageContaining("accessToken")
                .hasMessageNotContaining("very-secret");
    }
}
