package im.hongyan.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.gateway.RawSocket;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every HTTP response of both ports. */
class AnyAnswerTest {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension()
            .with("HONGYAN_ADMIN_HOSTS", "Metrics.Example.org")
            .with("HONGYAN_HTTP_ORIGINS", "https://chat.example.org");

    private static RawSocket.Reply ask(int port, String request, String host) throws Exception {
        return ask(port, request, host, "");
    }

    private static RawSocket.Reply ask(int port, String request, String host, String body) throws Exception {
        try (RawSocket socket = RawSocket.connect(port)) {
            socket.write(request + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n" + body);
            return socket.reply();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /",
                "GET /nothing.html",
                "GET /docs",
                "GET /docs/openapi.json",
                "GET /health/live",
                "GET /health/ready",
                "GET /api/v1/me",
                "GET /api/v1/nothing",
                "POST /api/v1/sessions",
                "GET /ws",
                "GET /%zz",
                "DELETE /"
            })
    void publicPort_forbidsSniffing(String request) throws Exception {
        assertThat(ask(node.app().port(), request, "localhost").header("X-Content-Type-Options"))
                .contains("nosniff");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /metrics", "GET /health/live", "GET /nothing"})
    void adminPort_forbidsSniffing(String request) throws Exception {
        assertThat(ask(node.app().adminPort(), request, "localhost").header("X-Content-Type-Options"))
                .contains("nosniff");
    }

    /** Controls for the cross-site rows of bad-calls.txt: these fail only because of the password. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "X: y",
                "Origin: http://localhost",
                "Origin: https://chat.example.org",
                "Origin: https://chat.example\r\nSec-Fetch-Site: same-origin",
                "Sec-Fetch-Site: none",
                "Origin: https://chat.example.org\r\nSec-Fetch-Site: cross-site"
            })
    void ownPage_isNotRefused(String headers) throws Exception {
        String body = "{\"username\":\"nobody\",\"password\":\"wrong horse battery\"}";
        RawSocket.Reply reply = ask(
                node.app().port(),
                "POST /api/v1/sessions",
                "localhost\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n" + headers,
                body);
        assertThat(reply.json().path("reason").asText()).isEqualTo("credentials.wrong");
    }

    /** A page of another site reaches this port through a name that resolves to this machine. */
    @ParameterizedTest
    @CsvSource({
        "rebind.evil.example, 403",
        "rebind.evil.example:9080, 403",
        "127.0.0.1.evil.example, 403",
        "evil.example., 403",
        "localhost, 200",
        "LOCALHOST:9080, 200",
        "hongyan-1:9080, 200",
        "127.0.0.1:9080, 200",
        "[::1]:9080, 200",
        "metrics.example.org, 200"
    })
    void adminPort_checksHost(String host, int status) throws Exception {
        RawSocket.Reply reply = ask(node.app().adminPort(), "GET /health/live", host);

        assertThat(reply.status()).isEqualTo(status);
        if (status == 403) {
            assertThat(reply.json().path("reason").asText()).isEqualTo("host.not_allowed");
            assertThat(reply.json().path("message").asText()).contains("HONGYAN_ADMIN_HOSTS");
        }
    }
}
