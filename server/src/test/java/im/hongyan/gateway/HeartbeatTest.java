package im.hongyan.gateway;

import static im.hongyan.gateway.RawSocket.CLOSE;
import static im.hongyan.gateway.RawSocket.FIN;
import static im.hongyan.gateway.RawSocket.PING;
import static im.hongyan.gateway.RawSocket.PONG;
import static im.hongyan.gateway.RawSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.gateway.GatewayExtension.Running;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients that fall silent, with short heartbeats. */
class HeartbeatTest {
    private static final Heartbeat QUICK = new Heartbeat(
            Duration.ofMillis(10),
            Duration.ofMillis(100),
            Duration.ofMillis(400),
            Duration.ofMillis(400),
            Duration.ofSeconds(30),
            Duration.ofMillis(100));

    @RegisterExtension
    static final GatewayExtension gateways = new GatewayExtension();

    @Test
    void silentClient_isPingedThenClosed() throws Exception {
        Running running = gateways.start(GatewayExtension.with(QUICK), 1);
        RawSocket socket = running.open("alice/1");

        assertThat(socket.read().opcode()).isEqualTo(PING);
        RawSocket.Frame end = socket.read();

        assertThat(end.opcode()).isEqualTo(CLOSE);
        assertThat(end.closeCode()).isEqualTo(CloseCode.GOING_AWAY);
        GatewayExtension.eventually("the socket is removed", () -> running.sockets.count() == 0);
        // The client does not answer the close frame either, like one that has lost its network.
        socket.readEnd();
    }

    @Test
    void client_answeringPings_isKept() throws Exception {
        Running running = gateways.start(GatewayExtension.with(QUICK), 1);
        RawSocket socket = running.open("alice/1");

        for (int i = 0; i < 8; i++) {
            RawSocket.Frame ping = socket.read();
            assertThat(ping.opcode()).isEqualTo(PING);
            socket.write(frame(FIN | PONG, ping.payload()));
        }

        assertThat(socket.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
    }

    /** Browsers send ping frames of the protocol, other clients may send WebSocket pings. */
    @Test
    void client_sendingFrames_isNotPinged() throws Exception {
        Running running = gateways.start(
                GatewayExtension.with(new Heartbeat(
                        Duration.ofMillis(5),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(40),
                        Duration.ofSeconds(40),
                        Duration.ofSeconds(30),
                        Duration.ofMillis(100))),
                1);
        RawSocket socket = running.open("alice/1");
        for (int i = 0; i < 5; i++) {
            socket.request("ping", "1", "{}");
            assertThat(socket.read().json().path("id").asText()).isEqualTo("1");
            socket.write(frame(FIN | PING, new byte[0]));
            assertThat(socket.read().opcode()).isEqualTo(PONG);
        }
    }

    /** An incomplete frame does not count as a sign of life. */
    @Test
    void incompleteFrame_doesNotKeepClient() throws Exception {
        Running running = gateways.start(GatewayExtension.with(QUICK), 1);
        RawSocket socket = running.open("alice/1");
        socket.write(new byte[] {(byte) (FIN | RawSocket.TEXT), (byte) 0x85, 1, 2, 3, 4, 'x'});

        assertThat(socket.readClose().closeCode()).isEqualTo(CloseCode.GOING_AWAY);
        socket.readEnd();
    }

    /** While the server does not read from a client, the client cannot be silent. */
    @Test
    void client_notReadFrom_isNotSilent() throws Exception {
        Running running = gateways.start(GatewayExtension.with(QUICK), 1);
        RawSocket socket = running.open("alice/1");
        for (int i = 0; i < GatewayExtension.options().limits().concurrentRequestsPerSocket(); i++) {
            socket.request("test.hold", "h" + i, "{}");
        }
        for (int i = 0; i < GatewayExtension.options().limits().concurrentRequestsPerSocket(); i++) {
            running.nextHeld();
        }
        socket.write(frame(FIN | PONG, new byte[0]));
        assertThat(socket.read().opcode()).isEqualTo(PING);
    }

    @Test
    void httpConnection_withoutRequest_isClosed() throws Exception {
        Running running = gateways.start(GatewayExtension.with(QUICK), 1);
        running.connect().readEnd();
    }

    /** Single bytes do not keep a connection open, neither in a request's head nor in its body. */
    @Test
    void httpConnection_sendingSingleBytes_isClosed() throws Exception {
        Running running = gateways.start(GatewayExtension.with(QUICK), 1);
        for (String begun : new String[] {"", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n"}) {
            RawSocket socket = running.connect();
            socket.write(begun);
            GatewayExtension.eventually("the connection ends", () -> {
                try {
                    socket.write("G");
                    return false;
                } catch (IOException ended) {
                    return true;
                }
            });
        }
    }

    /** A transfer has an idle timeout of its own. When it has ended, the connection's timeout applies again. */
    @Test
    void connectionWithTransfer_isKeptUntilItEnds() throws Exception {
        Running running = gateways.start(GatewayExtension.with(QUICK), 1);
        RawSocket socket = running.connect();
        socket.write("POST /transfer HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n");
        for (int i = 0; i < 10; i++) {
            // Paces the body, so that it takes twice as long as an idle connection is kept.
            TimeUnit.MILLISECONDS.sleep(QUICK.closeAfter().toMillis() / 5);
            socket.write("x");
        }
        assertThat(socket.reply().status()).isEqualTo(204);
        socket.readEnd();
    }

    @Test
    void httpConnection_sendingRequests_isKept() throws Exception {
        Running running = gateways.start(GatewayExtension.with(QUICK), 1);
        RawSocket socket = running.connect();
        long began = System.nanoTime();
        while (System.nanoTime() - began < 2 * QUICK.closeAfter().toNanos()) {
            socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(socket.reply().status()).isEqualTo(404);
        }
        assertThat(socket.upgrade("alice/1").status()).isEqualTo(101);
        assertThat(socket.read().json().path("type").asText()).isEqualTo("welcome");
        // From here on the WebSocket heartbeat applies.
        assertThat(socket.read().opcode()).isEqualTo(PING);
        assertThat(socket.readClose().closeCode()).isEqualTo(CloseCode.GOING_AWAY);
    }
}
