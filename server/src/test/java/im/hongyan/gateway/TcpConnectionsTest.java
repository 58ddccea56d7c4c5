package im.hongyan.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.gateway.GatewayExtension.Running;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients that open many connections and send nothing. */
class TcpConnectionsTest {
    @RegisterExtension
    static final GatewayExtension gateways = new GatewayExtension();

    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    private static List<RawSocket> idle(Running running, int count) throws Exception {
        List<RawSocket> idle = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            idle.add(running.connect());
        }
        return idle;
    }

    private static double open(Running running) {
        return running.metrics.get("hongyan.connections").gauge().value();
    }

    private static double refused(Running running, String limit) {
        return running.metrics
                .get("hongyan.connections.refused")
                .tag("limit", limit)
                .counter()
                .count();
    }

    /** The flood uses up all places; connections that have sent nothing are closed, and sockets are not. */
    @Test
    void nodeFull_closesIdleConnections() throws Exception {
        Running running = gateways.start(GatewayExtension.withConnections(1_000, 20), 1);
        RawSocket before = running.open("alice/1");
        RawSocket health = running.connect();
        health.write(REQUEST);
        assertThat(health.reply().status()).isEqualTo(404);
        List<RawSocket> flood = idle(running, 60);

        RawSocket after = running.open("bob/1");

        flood.get(0).readEnd();
        assertThat(open(running)).isLessThanOrEqualTo(20);
        for (RawSocket socket : List.of(before, after)) {
            assertThat(socket.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
        }
        health.write(REQUEST);
        assertThat(health.reply().status()).isEqualTo(404);
    }

    @Test
    void nodeFullOfSockets_refusesConnections() throws Exception {
        Running running = gateways.start(GatewayExtension.withConnections(1_000, 3), 1);
        List<RawSocket> sockets = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            sockets.add(running.open("alice/" + i));
        }

        running.connect().readEnd();

        assertThat(refused(running, "node")).isEqualTo(1);
        assertThat(sockets.get(0).ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
        sockets.get(1).close();
        GatewayExtension.eventually("a place is free", () -> open(running) < 3);
        running.open("bob/1");
    }

    @Test
    void connectionsOfAddress_areBoundedAndReleased() throws Exception {
        Running running = gateways.start(GatewayExtension.withConnections(5, 1_000), 1);
        List<RawSocket> idle = idle(running, 5);
        RawSocket surplus = running.connect();

        surplus.readEnd();

        assertThat(refused(running, "address")).isEqualTo(1);
        assertThatThrownBy(() -> running.open("alice/1")).isInstanceOf(IOException.class);
        for (RawSocket socket : idle) {
            socket.close();
        }
        GatewayExtension.eventually("all are released", () -> open(running) == 0);
        running.open("alice/1");
    }

    /** The deadline for the first request is much shorter than that for the next one. */
    @Test
    void connectionWithoutRequest_isClosedSoon() throws Exception {
        Running running = gateways.start(
                GatewayExtension.with(new Heartbeat(
                        Duration.ofMillis(20),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(60),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(30),
                        Duration.ofMillis(200))),
                1);
        RawSocket used = running.connect();
        used.write(REQUEST);
        assertThat(used.reply().status()).isEqualTo(404);
        RawSocket begun = running.connect();
        begun.write("GET / HTTP/1.1\r\nHost: ");

        begun.readEnd();
        running.connect().readEnd();

        used.write(REQUEST);
        assertThat(used.reply().status()).isEqualTo(404);
    }
}
