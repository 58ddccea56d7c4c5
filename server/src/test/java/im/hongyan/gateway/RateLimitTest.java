package im.hongyan.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.gateway.GatewayExtension.Running;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that send too many frames. */
class RateLimitTest {
    @RegisterExtension
    static final GatewayExtension gateways = new GatewayExtension();

    @Test
    void frames_beyondBurst_areRefusedUntilRetryAfter() throws Exception {
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
        // At most 200 ms, as checked above. The answer must be exact, so there is no margin for luck.
        TimeUnit.MILLISECONDS.sleep(retryAfterMs + 5);
        assertThat(socket.ask("test.echo", "again", "{\"text\":\"a\"}")
                        .path("type")
                        .asText())
                .isEqualTo("ok");
    }

    @Test
    void rate_isPerSocket() throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(1, 1), 1);
        RawSocket socket = running.open("alice/1");
        RawSocket other = running.open("alice/1");
        socket.ask("ping", "1", "{}");
        assertThat(socket.ask("ping", "2", "{}").path("type").asText()).isEqualTo("error");
        assertThat(other.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
    }

    /** Otherwise the sockets of a user would multiply the rate. */
    @Test
    void rate_ofUser_isSharedByAllSockets() throws Exception {
        Running running = gateways.start(GatewayExtension.withUserRate(1, 20), 2);
        List<RawSocket> sockets = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            sockets.add(running.open("alice/" + i));
        }
        int allowed = 0;
        JsonNode refused = null;
        for (int i = 0; i < 40; i++) {
            JsonNode answer = sockets.get(i % 10).ask("test.echo", "e" + i, "{\"text\":\"a\"}");
            allowed += type(answer).equals("ok") ? 1 : 0;
            refused = type(answer).equals("ok") ? refused : answer;
        }

        assertThat(allowed).isBetween(20, 25);
        assertThat(refused.at("/error/kind").asText()).isEqualTo("limited");
        assertThat(refused.at("/error/reason").asText()).isEqualTo("requests.rate");
        assertThat(refused.at("/error/retryAfterMs").asLong()).isBetween(1L, 1_000L);
        assertThat(type(running.open("bob/1").ask("ping", "1", "{}"))).isEqualTo("ok");
        assertThat(running.metrics
                        .get("hongyan.frames.refused")
                        .tag("limit", "user")
                        .counter()
                        .count())
                .isEqualTo(40 - allowed);
    }

    /** A frame type with its own rate has that rate on at most as many sockets as a session may hold. */
    @Test
    void ownLimit_onManySockets_isBounded() throws Exception {
        Running running = gateways.start(GatewayExtension.withUserRate(1_000, 1_000), 2);
        int allowed = 0;
        for (int i = 0; i < 15; i++) {
            RawSocket socket = running.open("alice/" + i);
            for (int j = 0; j < GatewayExtension.SMALL_BURST.burst(); j++) {
                allowed += type(socket.ask("test.rare", "r" + j, "{}")).equals("ok") ? 1 : 0;
            }
        }

        assertThat(allowed).isBetween(15, 30);
    }

    /** A frame that is allowed now and then must not keep the flood readable. */
    @Test
    void flood_withAllowedFramesInBetween_isReadWithPauses() throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(20, 1), 1);
        RawSocket socket = running.open("alice/1");
        long began = System.nanoTime();
        for (int round = 0; round < 12; round++) {
            long retryAfterMs = 0;
            for (int i = 0; i < 20; i++) {
                JsonNode answer = socket.ask("ping", round + "-" + i, "{}");
                retryAfterMs = answer.at("/error/retryAfterMs").asLong();
            }
            TimeUnit.MILLISECONDS.sleep(retryAfterMs + 2);
        }

        assertThat(System.nanoTime() - began).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(1_900));
    }

    @Test
    void ownLimit_higherThanGeneral_replacesIt() throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(1, 5), 1);
        RawSocket socket = running.open("alice/1");
        int burst = GatewayExtension.LARGE_BURST.burst();
        for (int i = 0; i < burst; i++) {
            assertThat(type(socket.ask("test.burst", "b" + i, "{}"))).isEqualTo("ok");
        }

        assertThat(refusals(socket, "test.burst", 20)).isGreaterThanOrEqualTo(15);
        // None of them was charged to the general limit.
        for (int i = 0; i < 5; i++) {
            assertThat(type(socket.ask("ping", "p" + i, "{}"))).isEqualTo("ok");
        }
        assertThat(refusals(socket, "ping", 5)).isGreaterThanOrEqualTo(3);
    }

    @Test
    void ownLimit_lowerThanGeneral_replacesIt() throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(1_000, 1_000), 1);
        RawSocket socket = running.open("alice/1");
        int burst = GatewayExtension.SMALL_BURST.burst();
        for (int i = 0; i < burst; i++) {
            assertThat(type(socket.ask("test.rare", "r" + i, "{}"))).isEqualTo("ok");
        }

        JsonNode refused = socket.ask("test.rare", "over", "{}");

        assertThat(refused.at("/error/reason").asText()).isEqualTo("frames.rate");
        assertThat(refused.at("/error/retryAfterMs").asLong()).isBetween(1L, 1_000L);
        // Other types are not affected, and the limit is that of one socket.
        assertThat(type(socket.ask("test.burst", "b", "{}"))).isEqualTo("ok");
        assertThat(type(socket.ask("ping", "p", "{}"))).isEqualTo("ok");
        assertThat(type(running.open("alice/1").ask("test.rare", "r", "{}"))).isEqualTo("ok");
        // At most a second, as checked above. The answer must be exact, so there is no margin for luck.
        TimeUnit.MILLISECONDS.sleep(refused.at("/error/retryAfterMs").asLong() + 5);
        assertThat(type(socket.ask("test.rare", "again", "{}"))).isEqualTo("ok");
    }

    /** The allowed pings in between must not reset the count of refusals that pauses the socket. */
    @Test
    void ownLimit_flood_isBoundedAndReadWithPauses() throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(1_000, 1_000), 1);
        RawSocket socket = running.open("alice/1");
        long began = System.nanoTime();
        for (int i = 0; i < 250; i++) {
            socket.request("test.rare", "r" + i, "{}");
            socket.request("ping", "p" + i, "{}");
        }

        int refused = 0;
        for (int i = 0; i < 500; i++) {
            refused += socket.read().json().at("/error/reason").asText().equals("frames.rate") ? 1 : 0;
        }

        assertThat(refused).isEqualTo(250 - running.handled("alice"));
        assertThat(running.handled("alice")).isBetween(3, 12);
        assertThat(System.nanoTime() - began).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(1_900));
    }

    /** The limit of the user, too, must not apply to a frame with its own limit. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ownLimit_largeBurst_passesBothGeneralLimits(boolean ofUser) throws Exception {
        Running running =
                gateways.start(ofUser ? GatewayExtension.withUserRate(1, 5) : GatewayExtension.withRate(1, 5), 2);
        RawSocket socket = running.open("alice/1");
        int burst = GatewayExtension.SIGNAL_BURST.burst();
        for (int i = 0; i < burst; i++) {
            socket.request("test.signal", "s" + i, "{}");
        }
        for (int i = 0; i < burst; i++) {
            assertThat(type(socket.read().json())).isEqualTo("ok");
        }

        // None of them was charged to the general limits.
        for (int i = 0; i < 5; i++) {
            assertThat(type(socket.ask("ping", "p" + i, "{}"))).isEqualTo("ok");
        }
    }

    @Test
    void ownLimit_withReason_refusesWithIt() throws Exception {
        Running running = gateways.start();
        RawSocket socket = running.open("alice/1");
        int sent = GatewayExtension.SIGNAL_BURST.burst() + 90;
        for (int i = 0; i < sent; i++) {
            socket.request("test.signal", "s" + i, "{}");
        }
        Set<String> reasons = new HashSet<>();
        int refused = 0;
        for (int i = 0; i < sent; i++) {
            JsonNode answer = socket.read().json();
            if (type(answer).equals("error")) {
                refused++;
                reasons.add(answer.at("/error/reason").asText());
                assertThat(answer.at("/error/kind").asText()).isEqualTo("limited");
                assertThat(answer.at("/error/retryAfterMs").asLong()).isBetween(1L, 34L);
            }
        }

        assertThat(reasons).containsExactly("test.signal_rate");
        assertThat(refused).isPositive();
        assertThat(running.handled("alice")).isEqualTo(sent - refused);
    }

    private static String type(JsonNode answer) {
        return answer.path("type").asText();
    }

    private static int refusals(RawSocket socket, String type, int count) throws Exception {
        int refused = 0;
        for (int i = 0; i < count; i++) {
            refused += socket.ask(type, type + i, "{}")
                            .at("/error/reason")
                            .asText()
                            .equals("frames.rate")
                    ? 1
                    : 0;
        }
        return refused;
    }

    /** Every frame is answered; after a hundred refusals, the socket is not read for a second. */
    @Test
    void flood_isAnsweredWithPauses() throws Exception {
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
    void malformedFrames_tooManyInARow_closeSocket() throws Exception {
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
    void malformedFrames_withRequestsBetween_areTolerated() throws Exception {
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
    void controlFrames_countTowardsRate(int opcode) throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(1, 10), 1);
        RawSocket socket = running.open("alice/1");
        for (int i = 0; i < 10; i++) {
            socket.write(RawSocket.frame(RawSocket.FIN | opcode, new byte[] {1}));
        }
        assertThat(socket.ask("ping", "1", "{}").at("/error/reason").asText()).isEqualTo("frames.rate");
    }

    @Test
    void fragments_countTowardsRate() throws Exception {
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
    void pings_beyondRate_areIgnored() throws Exception {
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
    void fragments_beyondRate_areReadWithPauses() throws Exception {
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

    /** Otherwise one valid frame in twenty would allow nineteen malformed ones. */
    @Test
    void malformedFrames_countTowardsRate() throws Exception {
        Running running = gateways.start(GatewayExtension.withRate(1, 5), 1);
        RawSocket socket = running.open("alice/1");
        for (int i = 0; i < 5; i++) {
            socket.text("[]");
            assertThat(socket.read().json().at("/error/kind").asText()).isEqualTo("invalid");
        }
        assertThat(socket.ask("ping", "1", "{}").at("/error/reason").asText()).isEqualTo("frames.rate");
    }
}
