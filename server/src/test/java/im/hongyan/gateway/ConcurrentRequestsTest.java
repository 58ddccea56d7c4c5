package im.hongyan.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.gateway.GatewayExtension.Running;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The limit of concurrent requests per user, across sockets and event loops. */
class ConcurrentRequestsTest {
    private static final int CONCURRENT = 3;
    private static final int SOCKETS = 4;
    private static final int EACH = 5;

    @RegisterExtension
    static final GatewayExtension gateways = new GatewayExtension();

    @Test
    void requests_beyondLimit_waitWithoutDelayingOtherUsers() throws Exception {
        Running running = gateways.start(GatewayExtension.withRequests(CONCURRENT), 2);
        List<RawSocket> sockets = new ArrayList<>();
        for (int i = 0; i < SOCKETS; i++) {
            RawSocket socket = running.open("alice/1");
            sockets.add(socket);
            for (int j = 0; j < EACH; j++) {
                socket.request("test.hold", "h" + j, "{}");
            }
        }
        List<Promise<Object>> held = new ArrayList<>();
        for (int i = 0; i < CONCURRENT; i++) {
            held.add(running.nextHeld());
        }

        RawSocket bob = running.open("bob/1");
        assertThat(bob.ask("test.echo", "1", "{\"text\":\"here\"}").path("type").asText())
                .isEqualTo("ok");
        assertThat(running.handled("alice")).isEqualTo(CONCURRENT);
        // A ping does not wait; otherwise the client would take its socket for dead.
        assertThat(sockets.get(0).ask("ping", "p", "{}").path("id").asText()).isEqualTo("p");

        for (int left = SOCKETS * EACH; left > 0; left--) {
            held.remove(0).complete(List.of());
            if (left > CONCURRENT) {
                held.add(running.nextHeld());
                assertThat(running.handled("alice")).isEqualTo(SOCKETS * EACH - left + 1 + CONCURRENT);
            }
        }
        for (RawSocket socket : sockets) {
            for (int j = 0; j < EACH; j++) {
                // Requests of one socket run in the order in which they were sent.
                assertThat(socket.read().json().path("id").asText()).isEqualTo("h" + j);
            }
        }
    }

    @Test
    void request_waitingTooLong_isRefusedAndCounted() throws Exception {
        Running running = gateways.start(GatewayExtension.withRequests(1), 1);
        running.open("alice/1").request("test.hold", "h", "{}");
        Promise<Object> held = running.nextHeld();

        JsonNode refused = running.open("alice/2").ask("test.echo", "e", "{\"text\":\"late\"}");

        assertThat(refused.at("/error/reason").asText()).as(refused.toString()).isEqualTo("requests.waiting");
        assertThat(running.handled("alice")).isEqualTo(1);
        assertThat(running.metrics
                        .get("hongyan.requests")
                        .tags("type", "test.echo", "outcome", "unavailable")
                        .timer()
                        .count())
                .isEqualTo(1);
        held.complete(List.of());
    }
}
