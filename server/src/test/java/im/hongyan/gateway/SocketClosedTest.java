package im.hongyan.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.gateway.GatewayExtension.Running;
import im.hongyan.protocol.Principal;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The notification about closed connections, whichever side closes them. */
class SocketClosedTest {
    @RegisterExtension
    static final GatewayExtension gateways = new GatewayExtension();

    private final BlockingQueue<Principal> closed = new LinkedBlockingQueue<>();

    @Test
    void onClosed_clientDisconnects_isCalledOnceWithItsConnection() throws Exception {
        Running running = gateways.start();
        running.sockets.onClosed(closed::add);
        RawSocket first = running.open("alice/1");
        Principal firstPrincipal = running.onlyPrincipal();
        RawSocket second = running.open("alice/1");

        first.close();
        assertThat(closed.poll(10, TimeUnit.SECONDS)).isEqualTo(firstPrincipal);

        second.close();
        Principal last = closed.poll(10, TimeUnit.SECONDS);
        assertThat(last.session()).isEqualTo(firstPrincipal.session());
        assertThat(last.connection()).isNotEqualTo(firstPrincipal.connection());
        assertThat(running.sockets.has(last.user())).isFalse();
        assertThat(closed).isEmpty();
    }

    /** The client does not answer the close frame, so the server also has to close the TCP connection. */
    @Test
    void onClosed_serverCloses_isCalledOnce() throws Exception {
        Running running = gateways.start();
        running.sockets.onClosed(closed::add);
        RawSocket socket = running.open("alice/1");
        Principal principal = running.onlyPrincipal();

        running.sockets.close(Set.of(principal.session()), CloseCode.SIGNED_OUT, "signed out");

        assertThat(closed.poll(10, TimeUnit.SECONDS)).isEqualTo(principal);
        assertThat(socket.readClose().closeCode()).isEqualTo(CloseCode.SIGNED_OUT);
        socket.readEnd();
        assertThat(closed).isEmpty();
    }
}
