package im.hongyan.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.gateway.GatewayExtension.Running;
import im.hongyan.protocol.Principal;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The notification about opened connections. */
class SocketOpenedTest {
    @RegisterExtension
    static final GatewayExtension gateways = new GatewayExtension();

    @Test
    void onOpened_frameSentThere_followsWelcome() throws Exception {
        Running running = gateways.start();
        running.sockets.onOpened(principal -> running.delivery.toConnection(
                running.delivery.ownNode(), principal, running.push("hello " + principal.connection())));

        RawSocket first = running.connect();
        assertThat(first.upgraded("alice/1")).isTrue();
        assertThat(first.read().json().path("type").asText()).isEqualTo("welcome");
        String connection = running.onlyPrincipal().connection();
        assertThat(first.read().json().at("/data/text").asText()).isEqualTo("hello " + connection);

        RawSocket second = running.connect();
        assertThat(second.upgraded("alice/1")).isTrue();
        assertThat(second.read().json().path("type").asText()).isEqualTo("welcome");
        assertThat(second.read().json().at("/data/text").asText())
                .startsWith("hello ")
                .isNotEqualTo("hello " + connection);
        // The other socket of the session got nothing more.
        assertThat(first.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
    }

    @Test
    void onOpened_isCalledOnceAndBeforeOnClosed() throws Exception {
        Running running = gateways.start();
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        running.sockets.onOpened(principal -> events.add("opened " + principal.connection()));
        running.sockets.onOpened(principal -> {
            throw new IllegalStateException("a listener that fails");
        });
        running.sockets.onClosed(principal -> events.add("closed " + principal.connection()));
        RawSocket socket = running.open("alice/1");
        Principal principal = running.onlyPrincipal();

        socket.close();

        assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("opened " + principal.connection());
        assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("closed " + principal.connection());
        assertThat(events).isEmpty();
    }
}
