package im.hongyan.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.gateway.GatewayExtension.Running;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who asks for much at once, on however many sockets and event loops, waits for himself. */
class ConcurrentRequestsTest {
    private static final int AT_ONCE = 3;
    private static final int SOCKETS = 4;
    private static final int EACH = 5;

    @RegisterExtension
    static final GatewayExtension gateways = new GatewayExtension();

    @Test
    void requestsOfOnePerson_areWorkedOnAFewAtATime_andThoseOfOthersAtOnce() throws Exception {
        Running running = gateways.start(GatewayExtension.withRequests(AT_ONCE), 2);
        List<RawSocket> sockets = new ArrayList<>();
        for (int i = 0; i < SOCKETS; i++) {
            RawSocket socket = running.open("alice/1");
            sockets.add(socket);
            for (int j = 0; j < EACH; j++) {
                socket.request("test.hold", "h" + j, "{}");
            }
        }
        List<Promise<Object>> held = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            held.add(running.nextHeld());
        }

        RawSocket bob = running.open("bob/1");
        assertThat(bob.ask("test.echo", "1", "{\"text\":\"here\"}").path("type").asText())
                .isEqualTo("ok");
        assertThat(running.handled("alice")).isEqualTo(AT_ONCE);
        // Or she would take her socket for dead.
        assertThat(sockets.get(0).ask("ping", "p", "{}").path("id").asText()).isEqualTo("p");

        for (int left = SOCKETS * EACH; left > 0; left--) {
            held.remove(0).complete(List.of());
            if (left > AT_ONCE) {
                held.add(running.nextHeld());
                assertThat(running.handled("alice")).isEqualTo(SOCKETS * EACH - left + 1 + AT_ONCE);
            }
        }
        for (RawSocket socket : sockets) {
            for (int j = 0; j < EACH; j++) {
                // In the order of asking, as they are begun in it.
                assertThat(socket.read().json().path("id").asText()).isEqualTo("h" + j);
            }
        }
    }

    @Test
    void requestThatWaitsTooLong_isRefusedAndCounted() throws Exception {
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
