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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Peers that fall silent, with heartbeats that are quick. */
class HeartbeatTest {
    private static final Heartbeat QUICK = new Heartbeat(
            Duration.ofMillis(10),
            Duration.ofMillis(100),
            Duration.ofMillis(400),
            Duration.ofSeconds(30),
            Duration.ofMillis(100));

    @RegisterExtension
    static final GatewayExtension gateways = new GatewayExtension();

    @Test
    void silentPeer_isPinged_andThenClosed() throws Exception {
        Running running = gateways.start(GatewayExtension.with(QUICK), 1);
        RawSocket socket = running.open("alice/1");

        assertThat(socket.read().opcode()).isEqualTo(PING);
        RawSocket.Frame end = socket.read();

        assertThat(end.opcode()).isEqualTo(CLOSE);
        assertThat(end.closeCode()).isEqualTo(CloseCode.GOING_AWAY);
        GatewayExtension.eventually("nobody is there", () -> running.sockets.count() == 0);
        // Its peer does not answer the close frame either, as one whose network is gone.
        socket.readEnd();
    }

    @Test
    void peerThatAnswers_isKept() throws Exception {
        Running running = gateways.start(GatewayExtension.with(QUICK), 1);
        RawSocket socket = running.open("alice/1");

        for (int i = 0; i < 8; i++) {
            RawSocket.Frame ping = socket.read();
            assertThat(ping.opcode()).isEqualTo(PING);
            socket.write(frame(FIN | PONG, ping.payload()));
        }

        assertThat(socket.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
    }

    /** As a browser does, which cannot send pings; and a client may well send them instead. */
    @Test
    void peerThatSpeaks_isNotPinged() throws Exception {
        Running running = gateways.start(
                GatewayExtension.with(new Heartbeat(
                        Duration.ofMillis(5),
                        Duration.ofSeconds(20),
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

    /** Half a frame is no sign of life: it could be the last thing that ever comes. */
    @Test
    void halfAFrame_doesNotKeepAPeer() throws Exception {
        Running running = gateways.start(GatewayExtension.with(QUICK), 1);
        RawSocket socket = running.open("alice/1");
        socket.write(new byte[] {(byte) (FIN | RawSocket.TEXT), (byte) 0x85, 1, 2, 3, 4, 'x'});

        assertThat(socket.readClose().closeCode()).isEqualTo(CloseCode.GOING_AWAY);
        socket.readEnd();
    }

    /** A request that is being answered slowly is no silence of the client's. */
    @Test
    void peerThatIsNotReadFrom_isNotSilent() throws Exception {
        Running running = gateways.start(GatewayExtension.with(QUICK), 1);
        RawSocket socket = running.open("alice/1");
        for (int i = 0; i < GatewayExtension.options().concurrentRequestsPerSocket(); i++) {
            socket.request("test.hold", "h" + i, "{}");
        }
        for (int i = 0; i < GatewayExtension.options().concurrentRequestsPerSocket(); i++) {
            running.nextHeld();
        }
        socket.write(frame(FIN | PONG, new byte[0]));
        assertThat(socket.read().opcode()).isEqualTo(PING);
    }

    @Test
    void connectionThatSaysNothing_isEnded() throws Exception {
        Running running = gateways.start(GatewayExtension.with(QUICK), 1);
        running.connect().readEnd();
    }

    /** A byte now and then keeps nobody here: neither in the head of a request, nor in its body. */
    @Test
    void connectionThatTrickles_isEnded() throws Exception {
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
            Thread.sleep(QUICK.silence().toMillis() / 5);
            socket.write("x");
        }
        assertThat(socket.reply().status()).isEqualTo(204);
        socket.readEnd();
    }

    @Test
    void connectionThatIsUsed_isKept() throws Exception {
        Running running = gateways.start(GatewayExtension.with(QUICK), 1);
        RawSocket socket = running.connect();
        long began = System.nanoTime();
        while (System.nanoTime() - began < 2 * QUICK.silence().toNanos()) {
            socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(socket.reply().status()).isEqualTo(404);
        }
        assertThat(socket.upgrade("alice/1").status()).isEqualTo(101);
        assertThat(socket.read().json().path("type").asText()).isEqualTo("welcome");
        // From now on the heartbeat decides.
        assertThat(socket.read().opcode()).isEqualTo(PING);
        assertThat(socket.readClose().closeCode()).isEqualTo(CloseCode.GOING_AWAY);
    }
}
