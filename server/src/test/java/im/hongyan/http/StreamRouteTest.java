package im.hongyan.http;

import static im.hongyan.http.fixture.FileRoutes.IDLE;
import static im.hongyan.http.fixture.FileRoutes.MAX_BYTES;
import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.gateway.RawSocket;
import im.hongyan.gateway.RawSocket.Reply;
import im.hongyan.http.fixture.FileRoutes;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Stream routes over real sockets. */
class StreamRouteTest {
    private static final UserId USER = new UserId(new UUID(0, 1));
    private static final FrameCodec CODEC = new FrameCodec();
    private static final FileRoutes FILES = new FileRoutes(CODEC);

    private static final int MAX_TRANSFERS = 4;

    private static Vertx vertx;
    private static int port;

    @BeforeAll
    static void listen() throws Exception {
        vertx = Vertx.vertx();
        HttpRoutes routes = new HttpRoutes();
        FILES.register(routes);
        Router router = Router.router(vertx);
        new ApiRouter(
                        CODEC,
                        new FrameRoutes(CODEC, failure -> null),
                        routes,
                        token -> token.equals("valid")
                                ? Future.succeededFuture(new Principal(USER, new SessionId(new UUID(0, 2)), null))
                                : Future.failedFuture(Rejection.unauthenticated("token.invalid", "invalid token")),
                        new HttpOptions(Set.of(), address -> false, 1_000_000, 1_000_000, MAX_TRANSFERS),
                        new HttpMetrics(new SimpleMeterRegistry()))
                .mount(router);
        HttpServer server =
                await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
        port = server.actualPort();
    }

    @AfterAll
    static void close() throws Exception {
        await(vertx.close());
    }

    @BeforeEach
    void begin() {
        FILES.files.clear();
        FILES.outcomes.clear();
    }

    private static String put(String name, String... headers) {
        return "PUT /api/v1/files/" + name + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer valid\r\n"
                + "Content-Type: text/plain\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
    }

    private static Reply send(String request) throws IOException {
        try (RawSocket socket = RawSocket.connect(port)) {
            socket.write(request);
            return socket.reply();
        }
    }

    private static String outcome() throws InterruptedException {
        return FILES.outcomes.poll(20, TimeUnit.SECONDS);
    }

    @Test
    void upload_twiceOnOneConnection_succeeds() throws Exception {
        try (RawSocket socket = RawSocket.connect(port)) {
            for (int i = 0; i < 2; i++) {
                socket.write(put("a", "Content-Length: 5") + "hello");
                Reply reply = socket.reply();
                assertThat(reply.status()).isEqualTo(201);
                assertThat(reply.json().get("bytes").asInt()).isEqualTo(5);
                assertThat(reply.json().get("uploader").asText()).isEqualTo(USER.text());
                assertThat(reply.header("X-Content-Type-Options")).contains("nosniff");
            }
        }
        assertThat(FILES.files.get("a")).hasToString("hello");
    }

    @Test
    void upload_exactlyMaxBytes_succeeds() throws Exception {
        Reply reply = send(put("a", "Content-Length: " + MAX_BYTES) + "x".repeat(MAX_BYTES));

        assertThat(reply.status()).isEqualTo(201);
        assertThat(FILES.files.get("a").length()).isEqualTo(MAX_BYTES);
    }

    @Test
    void upload_contentLengthAboveMax_failsBeforeHandler() throws Exception {
        Reply reply = send(put("a", "Content-Length: " + (MAX_BYTES + 1)));

        assertThat(reply.status()).isEqualTo(413);
        assertThat(reply.json().get("kind").asText()).isEqualTo("invalid");
        assertThat(reply.json().get("reason").asText()).isEqualTo("body.too_big");
        assertThat(reply.json().get("message").asText()).contains(Integer.toString(MAX_BYTES));
        assertThat(reply.header("Connection")).contains("close");
        assertThat(FILES.outcomes).isEmpty();
    }

    /** The client writes everything before it reads, as many do, and still gets the response. */
    @Test
    void upload_chunkedAboveMax_failsAndStoresNothing() throws Exception {
        try (RawSocket socket = RawSocket.connect(port)) {
            socket.write(put("a", "Transfer-Encoding: chunked"));
            byte[] chunk =
                    Buffer.buffer("2710\r\n" + "x".repeat(10_000) + "\r\n").getBytes();
            for (int i = 0; i < 500; i++) {
                socket.write(chunk);
            }
            socket.write("0\r\n\r\n");
            Reply reply = socket.reply();
            assertThat(reply.status()).isEqualTo(413);
            assertThat(reply.json().get("reason").asText()).isEqualTo("body.too_big");
            socket.readEnd();
        }
        assertThat(outcome()).isEqualTo("body.too_big");
        assertThat(FILES.files).isEmpty();
    }

    @Test
    void upload_stalled_failsAfterIdleTimeout() throws Exception {
        try (RawSocket socket = RawSocket.connect(port)) {
            socket.write(put("a", "Content-Length: 1000") + "begin");
            long began = System.nanoTime();
            Reply reply = socket.reply();
            assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(IDLE.toNanos());
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.json().get("reason").asText()).isEqualTo("deadline");
        }
        assertThat(outcome()).isEqualTo("deadline");
        assertThat(FILES.files).isEmpty();
    }

    /** Three times as long as the idle timeout, in steps that are shorter. */
    @Test
    void upload_slowButSteady_succeeds() throws Exception {
        try (RawSocket socket = RawSocket.connect(port)) {
            socket.write(put("a", "Content-Length: 15"));
            for (int i = 0; i < 15; i++) {
                // Paces the upload: five bytes within each idle timeout, and three timeouts in all.
                TimeUnit.MILLISECONDS.sleep(IDLE.toMillis() / 5);
                socket.write("x");
            }
            assertThat(socket.reply().status()).isEqualTo(201);
        }
    }

    /** Each byte is in time for the idle timeout: the transfer would never end. */
    @Test
    void upload_trickling_failsAlthoughItNeverStalls() throws Exception {
        try (RawSocket socket = RawSocket.connect(port)) {
            socket.write(put("a", "Content-Length: 1000"));
            String outcome = null;
            for (int i = 0; i < 40 && outcome == null; i++) {
                socket.write("x");
                // Slower than the minimum rate, but within the idle timeout.
                outcome = FILES.outcomes.poll(IDLE.toMillis() * 3 / 4, TimeUnit.MILLISECONDS);
            }
            assertThat(outcome).isEqualTo("deadline");
            assertThat(socket.reply().json().get("message").asText()).isEqualTo("the transfer was too slow");
        }
    }

    @Test
    void transfers_ofOneUser_areLimitedAndReleased() throws Exception {
        List<RawSocket> uploads = new ArrayList<>();
        try {
            for (int i = 0; i <= MAX_TRANSFERS; i++) {
                uploads.add(RawSocket.connect(port));
                uploads.get(i).write(put("a" + i, "Content-Length: 5", "Expect: 100-continue"));
            }
            List<Integer> statuses = new ArrayList<>();
            Reply refused = null;
            for (RawSocket upload : uploads) {
                Reply reply = upload.head();
                statuses.add(reply.status());
                refused = reply.status() == 429 ? reply : refused;
            }
            assertThat(statuses).containsOnly(100, 429);
            assertThat(statuses.stream().filter(status -> status == 100)).hasSize(MAX_TRANSFERS);
            assertThat(refused.header("Retry-After")).contains("1");
            assertThat(send("GET /api/v1/files/b HTTP/1.1\r\nHost: h\r\n\r\n").status())
                    .isEqualTo(404);
        } finally {
            for (RawSocket upload : uploads) {
                upload.close();
            }
        }
        for (int i = 0; i < MAX_TRANSFERS; i++) {
            assertThat(outcome()).isNotEqualTo("stored");
        }
        assertThat(send(put("b", "Content-Length: 5") + "hello").status()).isEqualTo(201);
    }

    /** The failure must not hit the next request on the same connection. */
    @Test
    void handler_failsAfterResponseEnded_keepsConnection() throws Exception {
        FILES.files.put("a", Buffer.buffer("0123456789"));
        try (RawSocket socket = RawSocket.connect(port)) {
            socket.write("DELETE /api/v1/files/late HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(socket.reply().body()).isEqualTo("done");
            FILES.later.fail(Rejection.unavailable("store.unavailable", "away", 100));
            for (int i = 0; i < 3; i++) {
                socket.write("GET /api/v1/files/a HTTP/1.1\r\nHost: h\r\n\r\n");
                assertThat(socket.reply().body()).isEqualTo("0123456789");
            }
        }
    }

    @Test
    void upload_clientAborts_failsBody() throws Exception {
        try (RawSocket socket = RawSocket.connect(port)) {
            socket.write(put("a", "Content-Length: 1000") + "hello");
            socket.reset();
        }
        assertThat(outcome()).isNotNull().isNotIn("stored", "deadline");
        assertThat(FILES.files).isEmpty();
    }

    @Test
    void upload_withoutToken_failsBeforeReading() throws Exception {
        for (String authorization : new String[] {"", "Authorization: Bearer forged\r\n"}) {
            Reply reply = send("PUT /api/v1/files/a HTTP/1.1\r\nHost: h\r\n" + authorization
                    + "Content-Type: text/plain\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.header("WWW-Authenticate")).contains("Bearer");
            assertThat(reply.json().get("kind").asText()).isEqualTo("unauthenticated");
        }
        assertThat(FILES.outcomes).isEmpty();
    }

    @Test
    void upload_expectContinue_continuesWhenHandlerReads() throws Exception {
        try (RawSocket socket = RawSocket.connect(port)) {
            socket.write(put("a", "Expect: 100-continue", "Content-Length: 5"));
            assertThat(socket.head().status()).isEqualTo(100);
            socket.write("hello");
            assertThat(socket.reply().status()).isEqualTo(201);
        }
        Reply refused = send(put("quota", "Expect: 100-continue", "Content-Length: 5"));
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.header("Retry-After")).contains("5");
    }

    @ParameterizedTest
    @CsvSource({
        "application/json,415,body.content_type",
        "'',415,body.content_type",
        "imagery/png,415,body.content_type",
        "image/png,201,",
        "TEXT/plain; charset=utf-8,201,"
    })
    void upload_contentType_mustBeDeclared(String type, int status, String reason) throws Exception {
        Reply reply = send(put("a", "Content-Length: 5")
                        .replace("Content-Type: text/plain\r\n", type.isEmpty() ? "" : "Content-Type: " + type + "\r\n")
                + "hello");

        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.json().path("reason").asText(null)).isEqualTo(reason);
    }

    @Test
    void parameters_invalid_fail() throws Exception {
        Reply unknown = send("GET /api/v1/files/a?colour=red HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(unknown.status()).isEqualTo(400);
        assertThat(unknown.json().get("reason").asText()).isEqualTo("field.unknown");
        Reply malformed = send("GET /api/v1/files/a?version=me HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(malformed.json().get("reason").asText()).isEqualTo("id.malformed");
        Reply typed = send("GET /api/v1/files/a?version=" + USER.text() + "&since=1234 HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(typed.json().get("reason").asText()).isEqualTo("file.unknown");
        Reply notANumber = send("GET /api/v1/files/a?since=now HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(notANumber.json().get("field").asText()).isEqualTo("since");
        Reply unknownMethod = send("PATCH /api/v1/files/a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
        assertThat(unknownMethod.status()).isEqualTo(405);
        assertThat(unknownMethod.header("Allow").orElse("").split(", "))
                .containsExactlyInAnyOrder("PUT", "GET", "HEAD", "DELETE");
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=2-4,206,234,bytes 2-4/10",
        "bytes=7-,206,789,bytes 7-9/10",
        "bytes=-2,206,89,bytes 8-9/10",
        "bytes=8-99,206,89,bytes 8-9/10",
        "'bytes=1-2,4-5',200,0123456789,",
        "lines=1-2,200,0123456789,"
    })
    void download_range_returnsPart(String range, int status, String body, String contentRange) throws Exception {
        FILES.files.put("a", Buffer.buffer("0123456789"));

        Reply reply = send("GET /api/v1/files/a HTTP/1.1\r\nHost: h\r\nRange: " + range + "\r\n\r\n");

        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.body()).isEqualTo(body);
        assertThat(reply.header("Content-Range").orElse(null)).isEqualTo(contentRange);
        assertThat(reply.header("Accept-Ranges")).contains("bytes");
    }

    @Test
    void download_rangeBeyondEnd_isUnsatisfiable() throws Exception {
        FILES.files.put("a", Buffer.buffer("0123456789"));

        Reply reply = send("GET /api/v1/files/a HTTP/1.1\r\nHost: h\r\nRange: bytes=10-\r\n\r\n");

        assertThat(reply.status()).isEqualTo(416);
        assertThat(reply.header("Content-Range")).contains("bytes */10");
        assertThat(reply.json().get("reason").asText()).isEqualTo("range.unsatisfiable");
        assertThat(reply.json().get("length").asInt()).isEqualTo(10);
    }

    @Test
    void download_head_returnsHeadersOnly() throws Exception {
        FILES.files.put("a", Buffer.buffer("0123456789"));
        try (RawSocket socket = RawSocket.connect(port)) {
            socket.write("HEAD /api/v1/files/a HTTP/1.1\r\nHost: h\r\n\r\n");
            Reply head = socket.head();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("Content-Length")).contains("10");
            socket.write("GET /api/v1/files/b HTTP/1.1\r\nHost: h\r\n\r\n");
            Reply missing = socket.reply();
            assertThat(missing.status()).isEqualTo(404);
            assertThat(missing.json().get("reason").asText()).isEqualTo("file.unknown");
            socket.write("GET /api/v1/files/a HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(socket.reply().body()).isEqualTo("0123456789");
        }
    }

    /** The client reads nothing, so the kernel's buffers fill up and no byte leaves any more. */
    @Test
    void download_clientDoesNotRead_closesConnection() throws Exception {
        FILES.files.put("a", Buffer.buffer(new byte[20 << 20]));
        try (RawSocket socket = RawSocket.connect(port, 4 << 10)) {
            socket.write("GET /api/v1/files/a HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(outcome()).isEqualTo("aborted");
            assertThatThrownBy(socket::reply).isInstanceOfAny(EOFException.class, SocketException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"throws", "nothing"})
    void handler_throws_isInternalError(String bug) throws Exception {
        Reply reply = send("DELETE /api/v1/files/" + bug + " HTTP/1.1\r\nHost: h\r\n\r\n");

        assertThat(reply.status()).isEqualTo(500);
        assertThat(reply.json().get("reason").asText()).isEqualTo("internal");
        assertThat(reply.body()).doesNotContain("a bug");
    }

    @Test
    void handler_neverAnswers_failsAfterIdleTimeout() throws Exception {
        Reply reply = send("DELETE /api/v1/files/silent HTTP/1.1\r\nHost: h\r\n\r\n");

        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.json().get("reason").asText()).isEqualTo("deadline");
    }

    @Test
    void handler_failsAfterResponseBegan_closesConnection() throws Exception {
        try (RawSocket socket = RawSocket.connect(port)) {
            socket.write("DELETE /api/v1/files/half HTTP/1.1\r\nHost: h\r\n\r\n");
            assertThat(socket.head().status()).isEqualTo(200);
            socket.readEnd();
        }
    }
}
