package im.hongyan.gateway;

import static im.hongyan.gateway.RawSocket.CONTINUATION;
import static im.hongyan.gateway.RawSocket.FIN;
import static im.hongyan.gateway.RawSocket.PING;
import static im.hongyan.gateway.RawSocket.TEXT;
import static im.hongyan.gateway.RawSocket.frame;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import im.hongyan.gateway.GatewayExtension.Running;
import im.hongyan.protocol.UserId;
import io.vertx.core.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A flood on one socket must not starve another one on the same event loop. The test counts instead of using the clock:
 * it blocks the loop until both clients have filled their buffers, then releases it. Between two frames of the slower
 * client, there are never more frames of the flooding client than one turn reads from a socket.
 */
class FairnessTest {
    private static final int MODEST = 640;
    /** The maximum number of bytes read from a socket before another one is served. */
    private static final int TURN = 64 << 10;

    @RegisterExtension
    static final GatewayExtension gateways = new GatewayExtension();

    static Stream<Arguments> floods() {
        byte[] small = text("{\"type\":\"test.echo\",\"id\":\"f\"}");
        byte[] big = text("{\"type\":\"test.echo\",\"id\":\"f\",\"data\":{\"text\":\"" + "x".repeat(100_000) + "\"}}");
        byte[] fragments = fragmented();
        return Stream.of(
                arguments("small frames", small, TURN / small.length),
                arguments("frames of 100 KB", big, TURN / big.length),
                arguments("fragments", fragments, TURN / fragments.length));
    }

    @ParameterizedTest(name = "{0}: at most {2} in a turn")
    @MethodSource("floods")
    void flood_ofFrames_doesNotStarveOtherSockets(String what, byte[] unit, int turn) throws Exception {
        Running running = gateways.start(o -> o, 1);
        RawSocket flooding = running.open("flood/1");
        RawSocket modest = running.open("modest/1");
        Turns turns = new Turns();
        running.onHandled = turns::handled;
        CountDownLatch go = new CountDownLatch(1);
        loop(running).runOnContext(none -> hold(go));
        CompletableFuture<Void> flood = flood(flooding, unit);
        for (int i = 0; i < MODEST; i++) {
            modest.request("test.echo", "m" + i, "{\"text\":\"a\"}");
        }
        assertThat(running.handled("flood") + running.handled("modest")).isZero();

        go.countDown();

        for (int i = 0; i < MODEST; i++) {
            assertThat(modest.answer("m" + i).path("type").asText()).isEqualTo("ok");
        }
        // A turn may follow the rest of the previous one.
        assertThat(turns.maxWait).isLessThanOrEqualTo(2 * turn + 64);
        assertThat(flood).isNotDone();
        flooding.close();
        assertThat(flood).failsWithin(10, TimeUnit.SECONDS);
    }

    /** The maximum number of flood frames between two frames of the other client. Belongs to one event loop. */
    private static final class Turns {
        private int served;
        private int wait;
        private volatile int maxWait;

        void handled(UserId user) {
            if (served == MODEST) {
                return;
            }
            if (user.equals(Running.user("modest"))) {
                served++;
                wait = 0;
            } else {
                wait++;
                maxWait = Math.max(maxWait, wait);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("controlFloods")
    void flood_ofControlFrames_doesNotStarveOtherSockets(String what, byte[] unit) throws Exception {
        Running running = gateways.start(o -> o, 1);
        RawSocket flooding = running.open("flood/1");
        RawSocket modest = running.open("modest/1");
        CompletableFuture<Void> flood = flood(flooding, unit);
        for (int i = 0; i < 30; i++) {
            assertThat(modest.ask("test.echo", "m" + i, "{\"text\":\"a\"}")
                            .path("type")
                            .asText())
                    .isEqualTo("ok");
        }
        assertThat(flood).isNotDone();
        flooding.close();
        assertThat(flood).failsWithin(10, TimeUnit.SECONDS);
    }

    static Stream<Arguments> controlFloods() {
        return Stream.of(
                arguments("pings", frame(FIN | PING, new byte[0])),
                arguments("pings of 125 bytes", frame(FIN | PING, new byte[125])),
                arguments("unsolicited pongs", frame(FIN | RawSocket.PONG, new byte[0])));
    }

    /** Writes until the socket is closed, and reads only what has arrived. */
    private static CompletableFuture<Void> flood(RawSocket socket, byte[] unit) {
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        while (many.size() < 64 << 10) {
            many.writeBytes(unit);
        }
        byte[] bytes = many.toByteArray();
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
            while (true) {
                write(socket, bytes);
            }
        });
        CompletableFuture.runAsync(() -> {
                    while (!writing.isDone()) {
                        read(socket);
                    }
                })
                .exceptionally(closed -> null);
        return writing;
    }

    private static void write(RawSocket socket, byte[] bytes) {
        try {
            socket.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void read(RawSocket socket) {
        try {
            socket.read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Context loop(Running running) throws InterruptedException {
        GatewayExtension.eventually("both are there", () -> running.sockets.count() == 2);
        AtomicReference<Context> loop = new AtomicReference<>();
        running.sockets.forEach(connection -> loop.set(connection.context()));
        return loop.get();
    }

    private static void hold(CountDownLatch go) {
        try {
            if (!go.await(60, TimeUnit.SECONDS)) {
                throw new AssertionError("the event loop was never released");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static byte[] text(String text) {
        return frame(FIN | TEXT, text.getBytes(UTF_8));
    }

    private static byte[] fragmented() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(frame(TEXT, "{\"type\":\"test.echo\",".getBytes(UTF_8)));
        for (int i = 0; i < 1_000; i++) {
            all.writeBytes(frame(CONTINUATION, new byte[0]));
        }
        all.writeBytes(frame(FIN | CONTINUATION, "\"id\":\"f\"}".getBytes(UTF_8)));
        return all.toByteArray();
    }
}
