package im.hongyan.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.gateway.GatewayExtension.Running;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that send too much. */
class RateLimitTest {
    @RegisterExtension
    static final GatewayExtension gateways = new GatewayExtension();

    @Test
    void beyondTheBurst_framesAreLimited_andLaterTakenAgain() throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(5, 10), 1);
        RawSocket socket = running.open("alice/1");
        for (int i = 0; i < 10; i++) {
            assertThat(socket.ask("test.echo", "e" + i, "{\"text\":\"a\"}")
                            .path("type")
                            .asText())
                    .isEqualTo("ok");
        }

        JsonNode refused = socket.ask("test.echo", "over", "{\"text\":\"a\"}");

        assertThat(refused.path("type").asText()).isEqualTo("error");
        assertThat(refused.at("/error/kind").asText()).isEqualTo("limited");
        assertThat(refused.at("/error/reason").asText()).isEqualTo("frames.rate");
        long retryAfterMs = refused.at("/error/retryAfterMs").asLong();
        assertThat(retryAfterMs).isBetween(1L, 200L);
        assertThat(running.handled("alice")).isEqualTo(10);
        // What the answer promises is true: this is the time that it names, not one for luck.
        TimeUnit.MILLISECONDS.sleep(retryAfterMs + 5);
        assertThat(socket.ask("test.echo", "again", "{\"text\":\"a\"}")
                        .path("type")
                        .asText())
                .isEqualTo("ok");
    }

    @Test
    void oneSocketsRate_isNotAnothers() throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(1, 1), 1);
        RawSocket socket = running.open("alice/1");
        RawSocket other = running.open("alice/1");
        socket.ask("ping", "1", "{}");
        assertThat(socket.ask("ping", "2", "{}").path("type").asText()).isEqualTo("error");
        assertThat(other.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
    }

    /** Each frame gets its answer; after a hundred refusals the flood is not read for a second. */
    @Test
    void flood_isAnsweredWhole_withPauses() throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(1, 10), 1);
        RawSocket socket = running.open("alice/1");
        RawSocket other = running.open("bob/1");
        long began = System.nanoTime();
        for (int i = 0; i < 250; i++) {
            socket.request("test.echo", "e" + i, "{\"text\":\"a\"}");
        }

        Set<String> answered = new HashSet<>();
        int refused = 0;
        for (int i = 0; i < 250; i++) {
            if (i == 111) {
                assertThat(other.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
            }
            JsonNode answer = socket.read().json();
            answered.add(answer.path("id").asText());
            refused += answer.at("/error/reason").asText().equals("frames.rate") ? 1 : 0;
        }

        assertThat(answered).hasSize(250);
        assertThat(refused).isEqualTo(250 - running.handled("alice"));
        assertThat(running.handled("alice")).isBetween(10, 20);
        assertThat(System.nanoTime() - began).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(1_900));
    }

    @Test
    void malformedFramesInARow_endTheConnection() throws Exception {
        Running running = gateways.start();
        RawSocket socket = running.open("alice/1");
        for (int i = 0; i < 30; i++) {
            socket.text("{\"no\":\"frame\"}");
        }

        for (int i = 0; i < 20; i++) {
            JsonNode error = socket.read().json();
            assertThat(error.at("/error/kind").asText()).isEqualTo("invalid");
            assertThat(error.has("id")).isFalse();
        }
        RawSocket.Frame close = socket.read();
        assertThat(close.opcode()).isEqualTo(RawSocket.CLOSE);
        assertThat(close.closeCode()).isEqualTo(CloseCode.PROTOCOL_ERROR);
    }

    @Test
    void malformedFramesNowAndThen_areForgiven() throws Exception {
        Running running = gateways.start();
        RawSocket socket = running.open("alice/1");
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 20; i++) {
                socket.text("[]");
                assertThat(socket.read().json().at("/error/reason").asText()).isEqualTo("frame.malformed");
            }
            assertThat(socket.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {RawSocket.PING, RawSocket.PONG})
    void controlFrames_countForTheRate(int opcode) throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(1, 10), 1);
        RawSocket socket = running.open("alice/1");
        for (int i = 0; i < 10; i++) {
            socket.write(RawSocket.frame(RawSocket.FIN | opcode, new byte[] {1}));
        }
        assertThat(socket.ask("ping", "1", "{}").at("/error/reason").asText()).isEqualTo("frames.rate");
    }

    @Test
    void fragments_countForTheRate() throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(1, 10), 1);
        RawSocket socket = running.open("alice/1");
        socket.write(RawSocket.frame(RawSocket.TEXT, "{\"type\":\"ping\",".getBytes(StandardCharsets.UTF_8)));
        for (int i = 0; i < 9; i++) {
            socket.write(RawSocket.frame(0, " ".getBytes(StandardCharsets.UTF_8)));
        }
        socket.write(RawSocket.frame(RawSocket.FIN, "\"id\":\"1\"}".getBytes(StandardCharsets.UTF_8)));
        assertThat(socket.answer("1").at("/error/reason").asText()).isEqualTo("frames.rate");
    }

    @Test
    void pingsBeyondTheRate_areNotAnswered() throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(1, 10), 1);
        RawSocket socket = running.open("alice/1");
        for (int i = 0; i < 60; i++) {
            socket.write(RawSocket.frame(RawSocket.FIN | RawSocket.PING, new byte[0]));
        }
        socket.request("ping", "last", "{}");

        int pongs = 0;
        RawSocket.Frame frame = socket.read();
        for (; frame.opcode() == RawSocket.PONG; frame = socket.read()) {
            pongs++;
        }
        assertThat(pongs).isBetween(10, 15);
        assertThat(frame.json().at("/error/reason").asText()).isEqualTo("frames.rate");
    }

    @Test
    void floodOfFragments_isReadWithPauses() throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(10, 10), 1);
        RawSocket socket = running.open("alice/1");
        long began = System.nanoTime();
        socket.write(RawSocket.frame(RawSocket.TEXT, "{\"type\":\"ping\",".getBytes(StandardCharsets.UTF_8)));
        for (int i = 0; i < 40; i++) {
            socket.write(RawSocket.frame(0, " ".getBytes(StandardCharsets.UTF_8)));
        }
        socket.write(RawSocket.frame(RawSocket.FIN, "\"id\":\"1\"}".getBytes(StandardCharsets.UTF_8)));
        socket.answer("1");
        assertThat(System.nanoTime() - began).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(1_900));
    }

    /** Otherwise one good frame in twenty would buy nineteen more. */
    @Test
    void malformedFrames_countForTheRate() throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(1, 5), 1);
        RawSocket socket = running.open("alice/1");
        for (int i = 0; i < 5; i++) {
            socket.text("[]");
            assertThat(socket.read().json().at("/error/kind").asText()).isEqualTo("invalid");
        }
        assertThat(socket.ask("ping", "1", "{}").at("/error/reason").asText()).isEqualTo("frames.rate");
    }
}
