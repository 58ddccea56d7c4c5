package im.hongyan.gateway;

import static im.hongyan.gateway.RawSocket.FIN;
import static im.hongyan.gateway.RawSocket.PING;
import static im.hongyan.gateway.RawSocket.PONG;
import static im.hongyan.gateway.RawSocket.frame;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.delivery.ConnectionUnreachable;
import im.hongyan.gateway.GatewayExtension.Running;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients that read slowly or not at all. */
class SlowPeerTest {
    private static final int SMALL_WINDOW = 4 << 10;
    private static final int PUSH_BYTES = 16 << 10;
    /** Several times what both kernels and the server's own queue can hold. */
    private static final int MAX_PUSHES = (64 << 20) / PUSH_BYTES;

    @RegisterExtension
    static final GatewayExtension gateways = new GatewayExtension();

    @Test
    void slowReader_losesPushesAndSyncsOnce_othersContinue() throws Exception {
        Running running = gateways.start();
        RawSocket slow = running.connect(SMALL_WINDOW).opened("slow/1");
        RawSocket quick = running.open("quick/1");
        int pushed = pushUntilOneIsLost(running, quick);

        // The slow client starts to read: first what was written, then one sync.required, then new pushes.
        double sentToSlow = running.count("hongyan.frames.sent") - 2 - pushed;
        int expected = 0;
        int syncs = 0;
        while (syncs == 0) {
            JsonNode frame = slow.read().json();
            if (frame.get("type").asText().equals("sync.required")) {
                syncs++;
            } else {
                assertThat(number(frame)).isEqualTo(expected++);
            }
        }
        assertThat((double) expected).isEqualTo(sentToSlow);
        assertThat(expected).isLessThan(pushed);
        push(running, "after");
        assertThat(slow.read().json().at("/data/text").asText()).startsWith("after");
        assertThat(slow.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
    }

    /** A frame for one connection is never dropped, so its client must reconnect. */
    @Test
    void toConnection_slowReader_failsAndCloses() throws Exception {
        Running running = gateways.start();
        RawSocket slow = running.connect(SMALL_WINDOW).opened("slow/1");
        Principal principal = running.onlyPrincipal();
        Frame frame = running.push("x".repeat(PUSH_BYTES));
        int queued = 0;
        Future<Void> result = Future.succeededFuture();
        while (queued < MAX_PUSHES && result.succeeded()) {
            result = running.delivery.toConnection(running.delivery.ownNode(), principal, frame);
            CompletableFuture<Void> done = result.toCompletionStage().toCompletableFuture();
            done.handle((ok, failure) -> true).get(10, TimeUnit.SECONDS);
            queued += result.succeeded() ? 1 : 0;
        }

        assertThat(result.cause()).isInstanceOf(ConnectionUnreachable.class);
        assertThat(running.sockets.count()).isZero();
        // What was queued before arrives, and the close code tells the client to reconnect.
        for (int i = 0; i < queued; i++) {
            assertThat(slow.read().json().path("type").asText()).isEqualTo("test");
        }
        assertThat(slow.readClose().closeCode()).isEqualTo(CloseCode.TRY_AGAIN);
    }

    @Test
    void stoppedReader_isClosed_othersContinue() throws Exception {
        Heartbeat strict = new Heartbeat(
                Duration.ofMillis(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofMillis(200),
                Duration.ofMillis(200));
        Running running = gateways.start(GatewayExtension.with(strict), 2);
        RawSocket slow = running.connect(SMALL_WINDOW).opened("slow/1");
        RawSocket quick = running.open("quick/1");
        pushUntilOneIsLost(running, quick);

        GatewayExtension.eventually("the slow one is forgotten", () -> running.sockets.count() == 1);

        push(running, "after");
        assertThat(quick.read().json().at("/data/text").asText()).startsWith("after");
        // The server does not wait until the client reads the close frame: it closes the connection.
        awaitEndWithoutReading(slow);
    }

    @Test
    void sender_notReadingAnswers_isNotReadFromAndLosesNothing() throws Exception {
        Running running = gateways.start();
        RawSocket socket = running.connect(SMALL_WINDOW).opened("alice/1");
        RawSocket other = running.open("bob/1");
        int requests = 6_000;
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
            try {
                for (int i = 0; i < requests; i++) {
                    socket.request("test.sized", "r" + i, "{\"bytes\":8192}");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        // Without back-pressure, the answers would fill 48 MB of memory, or the socket would be closed.
        awaitStandstill(running, "alice");
        assertThat(running.handled("alice")).isLessThan(requests);
        assertThat(other.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");

        for (int i = 0; i < requests; i++) {
            JsonNode answer = socket.read().json();
            assertThat(answer.path("type").asText()).isEqualTo("ok");
            assertThat(answer.path("id").asText()).isEqualTo("r" + i);
        }
        writing.get(10, TimeUnit.SECONDS);
        assertThat(running.handled("alice")).isEqualTo(requests);
    }

    @Test
    void requestsInFlight_areBounded() throws Exception {
        Running running = gateways.start();
        RawSocket socket = running.open("alice/1");
        int inFlight = GatewayExtension.options().limits().concurrentRequestsPerSocket();
        for (int i = 0; i < inFlight + 10; i++) {
            socket.request("test.hold", "h" + i, "{}");
        }
        Set<Promise<Object>> held = new HashSet<>();
        for (int i = 0; i < inFlight; i++) {
            held.add(running.nextHeld());
        }
        RawSocket other = running.open("alice/1");
        other.ask("ping", "1", "{}");
        assertThat(running.handled("alice")).isEqualTo(inFlight);

        held.iterator().next().complete(List.of());

        running.nextHeld();
        assertThat(socket.read().json().path("type").asText()).isEqualTo("ok");
        assertThat(running.handled("alice")).isEqualTo(inFlight + 1);
    }

    /** Many large answers at once: some must be requested again, and the socket stays open. */
    @Test
    void largeAnswers_beyondQueue_areLimited() throws Exception {
        Running running = gateways.start();
        RawSocket socket = running.connect(SMALL_WINDOW).opened("alice/1");
        int requests = GatewayExtension.options().limits().concurrentRequestsPerSocket();
        for (int i = 0; i < requests; i++) {
            socket.request("test.hold", "h" + i, "{}");
        }
        // Sends all requests first: once answers are queued, the socket is not read.
        Set<Promise<Object>> held = new HashSet<>();
        for (int i = 0; i < requests; i++) {
            held.add(running.nextHeld());
        }
        String large = "x".repeat(250 << 10);
        held.forEach(promise -> promise.complete(new GatewayExtension.Blank(large)));

        int whole = 0;
        Set<String> answered = new HashSet<>();
        for (int i = 0; i < requests; i++) {
            JsonNode answer = socket.read().json();
            answered.add(answer.path("id").asText());
            if (answer.path("type").asText().equals("ok")) {
                whole++;
            } else {
                assertThat(answer.at("/error/reason").asText()).isEqualTo("answers.queued");
                assertThat(answer.at("/error/retryAfterMs").asLong()).isPositive();
            }
        }
        assertThat(answered).hasSize(requests);
        assertThat(whole).isBetween(3, requests - 1);
        assertThat(socket.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
    }

    @Test
    void pings_ofClientThatDoesNotRead_areDropped() throws Exception {
        Running running = gateways.start();
        RawSocket socket = running.connect(SMALL_WINDOW).opened("alice/1");
        byte[] payload = new byte[125];
        ByteArrayOutputStream thousand = new ByteArrayOutputStream();
        for (int i = 0; i < 1_000; i++) {
            thousand.writeBytes(frame(FIN | PING, payload));
        }
        // The server reads all pings; keeping the pongs would need 40 MB.
        for (int i = 0; i < 300; i++) {
            socket.write(thousand.toByteArray());
        }
        socket.write(frame(FIN | RawSocket.TEXT, "{\"type\":\"ping\",\"id\":\"last\"}".getBytes(UTF_8)));

        int pongs = 0;
        RawSocket.Frame next = socket.read();
        while (next.opcode() == PONG) {
            pongs++;
            next = socket.read();
        }
        assertThat(next.json().path("id").asText()).isEqualTo("last");
        assertThat(pongs).isBetween(1, 150_000);
    }

    @Test
    void sharedFrame_isSentWholeToManySockets() throws Exception {
        Running running = gateways.start();
        List<RawSocket> sockets = new ArrayList<>();
        Set<UserId> users = new HashSet<>();
        for (int i = 0; i < 9; i++) {
            String name = "user" + i % 3;
            sockets.add(running.open(name + "/" + i));
            users.add(Running.user(name));
        }
        // Ten frames fit into the queue, so none is dropped while the clients do not read.
        Frame large = running.push("0 " + "鸿".repeat(27_000));
        for (int round = 0; round < 5; round++) {
            running.sockets.send(users, large);
            running.sockets.send(Running.user("user1"), large);
        }

        for (int i = 0; i < sockets.size(); i++) {
            for (int round = 0; round < (i % 3 == 1 ? 10 : 5); round++) {
                assertThat(sockets.get(i).read().payload()).isEqualTo(large.bytes());
            }
            assertThat(sockets.get(i).ask("ping", "1", "{}").path("type").asText())
                    .isEqualTo("ok");
        }
    }

    /** @return the number of pushes sent to each of the two clients; {@code quick} has read all of them */
    private static int pushUntilOneIsLost(Running running, RawSocket quick) throws Exception {
        int pushed = 0;
        while (running.count("hongyan.frames.dropped") == 0) {
            assertThat(pushed).isLessThan(MAX_PUSHES);
            push(running, Integer.toString(pushed));
            assertThat(number(quick.read().json())).isEqualTo(pushed);
            pushed++;
        }
        return pushed;
    }

    private static void push(Running running, String what) throws InterruptedException {
        running.sockets.send(
                List.of(Running.user("slow"), Running.user("quick")),
                running.push(what + " " + "x".repeat(PUSH_BYTES)));
        CountDownLatch handled = new CountDownLatch(running.sockets.count());
        running.sockets.forEach(connection -> connection.context().runOnContext(none -> handled.countDown()));
        assertThat(handled.await(60, TimeUnit.SECONDS)).isTrue();
    }

    private static int number(JsonNode push) {
        String text = push.at("/data/text").asText();
        return Integer.parseInt(text.substring(0, text.indexOf(' ')));
    }

    /** Waits until the server accepts no more requests. Too short a wait could only hide a failure, not cause one. */
    private static void awaitStandstill(Running running, String user) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        int before = -1;
        while (running.handled(user) != before || before == 0) {
            assertThat(System.nanoTime()).as("still accepting requests").isLessThan(end);
            before = running.handled(user);
            // Back-pressure has no event: only a pause shows that no more requests come.
            TimeUnit.MILLISECONDS.sleep(200);
        }
    }

    private static void awaitEndWithoutReading(RawSocket socket) throws InterruptedException {
        GatewayExtension.eventually("the connection ends", () -> {
            try {
                socket.write(frame(FIN | PONG, new byte[0]));
                return false;
            } catch (IOException reset) {
                return true;
            }
        });
    }
}
