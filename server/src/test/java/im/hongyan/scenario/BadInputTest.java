package im.hongyan.scenario;

import static im.hongyan.scenario.TestUser.newClientId;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.gateway.RawSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Invalid input, from the tables {@code bad-frames.txt} and {@code bad-calls.txt}. After each row, the same connection
 * still answers a ping and accepts a message, nothing has been stored, and nothing was logged.
 */
class BadInputTest {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension().with("HONGYAN_HTTP_ORIGINS", "https://chat.example.org");

    @RegisterExtension
    static final Scene scene = new Scene(node);

    /** @param field null for none */
    record FrameRow(String what, String kind, String reason, String field, String type, String data) {
        @Override
        public String toString() {
            return what + ": " + reason;
        }
    }

    /** @param reason null if the response is not a problem of the API */
    record CallRow(String what, int status, String reason, String field, String request, String headers, String body) {
        @Override
        public String toString() {
            return what + ": " + status + (reason == null ? "" : " " + reason);
        }
    }

    private static final String POST = "POST /api/v1/accounts HTTP/1.1\r\nHost: localhost\r\n";

    static List<FrameRow> frames() {
        return Scene.table("bad-frames.txt", 6).stream()
                .map(row ->
                        new FrameRow(row.get(0), row.get(1), row.get(2), orNull(row.get(3)), row.get(4), row.get(5)))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("frames")
    void frame_invalid_failsAndChangesNothing(FrameRow row) throws Exception {
        RawSocket socket = scene.socket();
        String before = scene.stored();
        String data = scene.filled(row.data);

        socket.text(
                row.type.equals("raw")
                        ? data
                        : "{\"type\":\"" + scene.filled(row.type) + "\",\"id\":\"row\",\"data\":" + data + "}");
        JsonNode error = scene.nextAnswer().get("error");

        assertThat(error).isNotNull();
        assertThat(error.path("kind").asText()).isEqualTo(row.kind);
        assertThat(error.path("reason").asText()).isEqualTo(row.reason);
        assertThat(error.path("field").asText(null)).isEqualTo(row.field == null ? null : scene.filled(row.field));
        assertThat(error.path("message").asText()).isNotBlank();
        scene.assertAlive();
        assertThat(scene.stored()).isEqualTo(before);
        String valid = "{\"conversation\":\"${pair}\",\"clientId\":\"" + newClientId()
                + "\",\"content\":{\"type\":\"text\",\"text\":\"still here\"}}";
        assertThat(scene.ask("message.send", scene.filled(valid)).path("type").asText())
                .isEqualTo("ok");
    }

    static List<CallRow> calls() {
        return Scene.table("bad-calls.txt", 7).stream()
                .map(row -> new CallRow(
                        row.get(0),
                        Integer.parseInt(row.get(1)),
                        orNull(row.get(2)),
                        orNull(row.get(3)),
                        row.get(4),
                        row.get(5),
                        row.get(6)))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("calls")
    void httpRequest_invalid_failsAndChangesNothing(CallRow row) throws Exception {
        String before = scene.stored();
        try (RawSocket connection = RawSocket.connect(node.app().port())) {
            connection.write(request(row));
            RawSocket.Reply reply = connection.reply();

            assertThat(reply.status()).as(reply.toString()).isEqualTo(row.status);
            if (row.reason != null) {
                JsonNode problem = reply.json();
                assertThat(reply.header("Content-Type")).contains("application/problem+json");
                assertThat(problem.path("reason").asText()).isEqualTo(row.reason);
                assertThat(problem.path("field").asText(null)).isEqualTo(row.field);
                assertThat(problem.path("detail").asText()).isNotBlank();
            }
            if (row.status == 405) {
                assertThat(reply.header("Allow")).as(reply.toString()).hasValueSatisfying(allow -> assertThat(allow)
                        .isNotBlank());
            }
            if (row.status == 401 && row.request.startsWith("GET")) {
                assertThat(reply.header("WWW-Authenticate")).contains("Bearer");
            }
            assertThat(reply.header("Access-Control-Allow-Origin")).isEmpty();
            if (reply.header("Allow").isPresent() && row.request.contains("/api/")) {
                assertThat(reply.header("Vary")).contains("Origin");
            }
        }
        assertThat(scene.stored()).isEqualTo(before);
        assertUp();
        scene.assertAlive();
    }

    /** None of these is a page, and none of them reveals a private file. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/../logback.xml",
                "/%2e%2e/logback.xml",
                "/%2E%2E%2Flogback.xml",
                "/..%2flogback.xml",
                "/..%5clogback.xml",
                "/..\\logback.xml",
                "/./../logback.xml",
                "/x/../../logback.xml",
                "/x/%2e%2e/%2e%2e/logback.xml",
                "//../logback.xml",
                "/%252e%252e/logback.xml",
                "/..;/logback.xml",
                "/.%00./logback.xml",
                "/%c0%ae%c0%ae/logback.xml",
                "/%u002e%u002e/logback.xml",
                "/../im/hongyan/identity/common-passwords.txt",
                "/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
                "/../../../../../../etc/passwd",
                "//etc/passwd",
                "/file:///etc/passwd",
                "/index.html%00.png",
                "/%00",
                "/%",
                "/%zz",
                "/%2",
                "/index.html/../../logback.xml",
                "/.git/config",
                "/%2egit/config",
                "/client/.hidden",
                "/con",
                "/index.html::$DATA",
                "/*",
                "/?../logback.xml/nothing",
                "/docs/../../logback.xml",
                "/api/../../logback.xml",
                "/api/v1/..%2f..%2f..%2flogback.xml"
            })
    void pathTraversal_isNotFound(String path) throws Exception {
        for (String method : new String[] {"GET", "HEAD"}) {
            try (RawSocket connection = RawSocket.connect(node.app().port())) {
                connection.write(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                // A response to HEAD announces a body but has none.
                RawSocket.Reply reply = method.equals("HEAD") ? connection.head() : connection.reply();

                assertThat(reply.body()).doesNotContain("<configuration", "root:", "123456");
                if (!path.startsWith("/?")) {
                    assertThat(reply.status()).as(path).isIn(400, 404);
                }
            }
        }
        assertUp();
    }

    /**
     * Malformed requests, and requests that parsers split differently. Most close the connection; none harms the node.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GARBAGE\r\n\r\n",
                "\r\n\r\n\r\n\r\n",
                "GET\r\n\r\n",
                "GET /health/live\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "\\x16\\x03\\x01\\x02\\x00\\x01\\x00\\x01\\xfc\\x03\\x03",
                "\\x00\\x00\\x00\\x00\\x00\\x00",
                "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
                POST + "Content-Length: -1\r\n\r\n",
                POST + "Content-Length: 99999999999999999999\r\n\r\n",
                POST + "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
                POST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                POST + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
                POST + "Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n{}",
                POST + "Transfer-Encoding: gzip\r\n\r\n{}",
                POST + "Content-Length: 40\r\n\r\n{\"username\":",
                "GET /health/live HTTP/1.1\r\nHost: localhost\r\n folded: header\r\n\r\n",
                "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: a\\x00b\r\n\r\n",
                "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-\\xff: \\xff\r\n\r\n"
            })
    void garbage_isRejectedOrClosed(String bytes) throws Exception {
        String before = scene.stored();
        try (RawSocket connection = RawSocket.connect(node.app().port())) {
            connection.write(Scene.bytes(bytes));
            connection.endOutput();
            connection.readEnd();
        }
        assertThat(scene.stored()).isEqualTo(before);
        assertUp();
    }

    @Test
    void tooManyHeaders_fails() throws Exception {
        StringBuilder request = new StringBuilder("GET /health/live HTTP/1.1\r\nHost: localhost\r\n");
        for (int i = 0; i < 2_000; i++) {
            request.append("X-").append(i).append(": ").append(i).append("\r\n");
        }
        try (RawSocket connection = RawSocket.connect(node.app().port())) {
            connection.write(request + "\r\n");
            assertThat(connection.reply().status()).isEqualTo(431);
        }
        assertUp();
    }

    @Test
    void chunkedBody_isBounded() throws Exception {
        try (RawSocket connection = RawSocket.connect(node.app().port())) {
            connection.write("POST /api/v1/accounts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
            String chunk = "1000\r\n" + " ".repeat(4096) + "\r\n";
            for (int i = 0; i < 20; i++) {
                connection.write(chunk);
            }
            connection.write("0\r\n\r\n");

            RawSocket.Reply reply = connection.reply();

            assertThat(reply.status()).isEqualTo(413);
            assertThat(reply.json().path("reason").asText()).isEqualTo("body.too_big");
        }
        assertUp();
    }

    @Test
    void head_equalsGetWithoutBody() throws Exception {
        String request = " /api/v1/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + scene.name("token")
                + "\r\nConnection: close\r\n\r\n";
        List<RawSocket.Reply> replies = new ArrayList<>();
        for (String method : new String[] {"GET", "HEAD"}) {
            try (RawSocket connection = RawSocket.connect(node.app().port())) {
                connection.write(method + request);
                replies.add(method.equals("HEAD") ? connection.head() : connection.reply());
                connection.readEnd();
            }
        }
        assertThat(replies).extracting(RawSocket.Reply::status).containsExactly(200, 200);
        assertThat(replies.get(1).header("Content-Type"))
                .isEqualTo(replies.get(0).header("Content-Type"));
    }

    /** Pages of configured origins get CORS headers; others get none. */
    @Test
    void preflight_allowsConfiguredOriginsOnly() throws Exception {
        for (String origin : new String[] {"https://chat.example.org", "https://evil.example", "null"}) {
            try (RawSocket connection = RawSocket.connect(node.app().port())) {
                connection.write("OPTIONS /api/v1/me HTTP/1.1\r\nHost: localhost\r\nOrigin: " + origin
                        + "\r\nAccess-Control-Request-Method: PATCH\r\n\r\n");
                RawSocket.Reply reply = connection.reply();
                if (origin.endsWith("example.org")) {
                    assertThat(reply.status()).isEqualTo(204);
                    assertThat(reply.header("Access-Control-Allow-Origin")).contains(origin);
                    assertThat(reply.header("Access-Control-Allow-Methods").orElse(""))
                            .contains("PATCH");
                    assertThat(reply.header("Access-Control-Allow-Credentials")).isEmpty();
                } else {
                    assertThat(reply.status()).isEqualTo(405);
                    assertThat(reply.header("Access-Control-Allow-Origin")).isEmpty();
                }
            }
        }
    }

    private byte[] request(CallRow row) throws IOException {
        byte[] body = Scene.bytes(scene.filled(row.body));
        StringBuilder head = new StringBuilder(scene.filled(row.request));
        head.append(row.request.contains(" HTTP/") ? "\r\n" : " HTTP/1.1\r\n");
        if (!row.headers.equals("no Host")) {
            head.append("Host: localhost\r\n");
        }
        boolean typed = row.headers.contains("Content-Type");
        if (!row.headers.equals("-") && !row.headers.equals("no Host")) {
            for (String header : typed ? new String[] {row.headers} : row.headers.split(";", -1)) {
                String token = "Authorization: Bearer " + scene.name("token");
                head.append(header.strip().equals("as Alice") ? token : scene.filled(header.strip()))
                        .append("\r\n");
            }
        }
        if (body.length > 0) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
            head.append(typed ? "" : "Content-Type: application/json\r\n");
        }
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        request.writeBytes(body);
        return request.toByteArray();
    }

    private static void assertUp() throws IOException {
        try (RawSocket connection = RawSocket.connect(node.app().port())) {
            connection.write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(connection.reply().status()).isEqualTo(200);
        }
    }

    private static String orNull(String text) {
        return text.equals("-") ? null : text;
    }
}
