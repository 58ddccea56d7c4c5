package im.hongyan.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.gateway.RawSocket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Limits that hold for an account, over all its devices. */
class AccountLimitsTest {
    private static final int BURST = 60;

    @RegisterExtension
    static final NodeExtension node = new NodeExtension()
            .with("HONGYAN_LIMITS_HTTP_REQUESTS_PER_USER_PER_SECOND", "1")
            .with("HONGYAN_LIMITS_HTTP_REQUEST_BURST_PER_USER", Integer.toString(BURST));

    private static RawSocket.Reply call(RawSocket socket, String method, TestUser user, String body) throws Exception {
        socket.write(method + " /api/v1/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                + user.credentials().accessToken() + "\r\nContent-Type: application/json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body);
        return socket.reply();
    }

    @Test
    void httpRequests_beyondRate_areRefusedOnAllConnections() throws Exception {
        TestUser alice = node.user();
        TestUser bob = node.user();
        int allowed = 0;
        RawSocket.Reply refused = null;
        for (int i = 0; i < 4; i++) {
            try (RawSocket socket = RawSocket.connect(node.app().port())) {
                for (int j = 0; j < BURST / 2; j++) {
                    RawSocket.Reply reply = call(socket, "GET", alice, "");
                    allowed += reply.status() == 200 ? 1 : 0;
                    refused = reply.status() == 200 ? refused : reply;
                }
            }
        }

        assertThat(allowed).isBetween(BURST, BURST + 20);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.json().path("reason").asText()).isEqualTo("requests.rate");
        assertThat(refused.header("Retry-After")).contains("1");
        try (RawSocket socket = RawSocket.connect(node.app().port())) {
            assertThat(call(socket, "GET", bob, "").status()).isEqualTo(200);
        }
        // The sockets of the account are not affected.
        alice.settle();
    }

    /** Each change would otherwise reach every watcher: thousands of pushes from one device. */
    @Test
    void profileChanges_inQuickSuccession_becomeOnePushPerSecond() throws Exception {
        TestUser alice = node.user();
        long began = System.nanoTime();
        try (RawSocket socket = RawSocket.connect(node.app().port())) {
            for (int i = 1; i <= BURST; i++) {
                assertThat(call(socket, "PATCH", alice, "{\"displayName\":\"Alice " + i + "\"}")
                                .status())
                        .isEqualTo(200);
            }
        }
        JsonNode last = alice.receive(
                "profile", push -> push.at("/user/displayName").asText().equals("Alice " + BURST));

        assertThat(last.at("/user/id").asText()).isEqualTo(alice.id());
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
        assertThat((long) alice.received("profile").size()).isLessThanOrEqualTo(1 + seconds);
    }
}
