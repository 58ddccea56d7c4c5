package im.hongyan.gateway;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.gateway.GatewayExtension.Running;
import im.hongyan.scenario.Logged;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Handshakes that succeed or are refused before the upgrade. */
class HandshakeTest {
    private static final String GOOD = RawSocket.handshake("alice/1");

    @RegisterExtension
    static final GatewayExtension gateways = new GatewayExtension();

    static Stream<Arguments> refusals() {
        return Stream.of(
                arguments("no token", RawSocket.handshake(null), 401, "token.missing"),
                arguments("a bad token", RawSocket.handshake("nonsense"), 401, "token.invalid"),
                arguments("an empty token", RawSocket.handshake(""), 401, "token.missing"),
                arguments("another scheme", GOOD.replace("Bearer", "Basic"), 401, "token.missing"),
                arguments(
                        "a bad token as a subprotocol",
                        RawSocket.handshake(null, "Sec-WebSocket-Protocol: hongyan.v1, bearer.nonsense"),
                        401,
                        "token.invalid"),
                arguments(
                        "only a token for a subprotocol",
                        RawSocket.handshake(null, "Sec-WebSocket-Protocol: bearer.alice/1"),
                        400,
                        "subprotocol.missing"),
                arguments("another subprotocol", GOOD.replace("hongyan.v1", "hongyan.v2"), 400, "subprotocol.missing"),
                arguments("subprotocols are told apart by case", GOOD.replace("hongyan.v1", "Hongyan.v1"), 400, null),
                arguments("no subprotocol", GOOD.replace("-Protocol", "-Nothing"), 400, "subprotocol.missing"),
                arguments("no upgrade", GOOD.replace("Upgrade: websocket\r\n", ""), 400, "upgrade.missing"),
                arguments("another upgrade", GOOD.replace("websocket", "h2c"), 400, "upgrade.missing"),
                arguments("a POST", GOOD.replace("GET", "POST"), 405, "upgrade.method"),
                arguments("no Connection: Upgrade", GOOD.replace(": Upgrade", ": close"), 400, null),
                arguments("no key", GOOD.replace("-Key", "-Lock"), 400, null),
                arguments("another version", GOOD.replace("Version: 13", "Version: 7"), 426, "upgrade.version"),
                arguments("no Host", GOOD.replace("Host:", "Guest:"), 400, "host.missing"),
                arguments("two Hosts", GOOD.replace("Host:", "Host: evil.example\r\nHost:"), 400, "host.missing"),
                arguments("no version", GOOD.replace("Version: 13", "Vision: 13"), 426, "upgrade.version"),
                arguments("a body", GOOD.replace("Host", "Content-Length: 2\r\nHost") + "{}", 400, "upgrade.body"),
                arguments(
                        "a body in chunks",
                        GOOD.replace("Host", "Transfer-Encoding: chunked\r\nHost") + "0\r\n\r\n",
                        400,
                        "upgrade.body"),
                arguments("another origin", origin("https://evil.example"), 403, "origin"),
                arguments(
                        "an origin with our host as a prefix", origin("http://127.0.0.1.evil.example"), 403, "origin"),
                arguments(
                        "an origin with an allowed one as a prefix",
                        origin("https://chat.example.org.evil"),
                        403,
                        "origin"),
                arguments("an allowed host on another port", origin("https://chat.example.org:444"), 403, "origin"),
                arguments(
                        "our host on another port",
                        origin("https://chat.example").replace("Host: 127.0.0.1", "Host: chat.example:8443"),
                        403,
                        "origin"),
                arguments(
                        "a host that a client claims to be forwarded",
                        RawSocket.handshake(
                                "alice/1", "Origin: https://evil.example", "X-Forwarded-Host: evil.example"),
                        403,
                        "origin"),
                arguments(
                        "a POST by a foreign page",
                        origin("https://evil.example").replace("GET", "POST"),
                        403,
                        "origin"),
                arguments("an opaque origin", origin("null"), 403, "origin"),
                arguments("an empty origin", origin(""), 403, "origin"),
                arguments("an origin that is not a URI", origin("http://[oh"), 403, "origin"),
                arguments(
                        "a foreign origin with a bad token",
                        origin("https://evil.example").replace("alice/1", "x"),
                        403,
                        "origin"));
    }

    @ParameterizedTest(name = "{0}: {2} {3}")
    @MethodSource("refusals")
    void handshake_invalid_isRefusedBeforeUpgrade(String what, String handshake, int status, String reason)
            throws Exception {
        Running running = gateways.start(GatewayExtension.withSockets(1, 10), 1);
        RawSocket socket = running.connect();
        socket.write(handshake);

        RawSocket.Reply reply = socket.reply();

        assertThat(reply.status()).isEqualTo(status);
        if (reason != null) {
            assertThat(reply.json().path("reason").asText()).isEqualTo(reason);
            assertThat(reply.header("Content-Type")).contains("application/problem+json");
        }
        if (status == 401) {
            assertThat(reply.header("WWW-Authenticate")).contains("Bearer");
        }
        // A refused handshake does not count towards the sockets of its address.
        running.open("alice/1").close();
    }

    @ParameterizedTest
    @MethodSource
    void handshake_valid_isUpgraded(String handshake) throws Exception {
        Running running = gateways.start();
        RawSocket socket = running.connect();
        socket.write(handshake);

        RawSocket.Reply reply = socket.reply();

        assertThat(reply.status()).isEqualTo(101);
        assertThat(reply.header("Sec-WebSocket-Protocol")).contains("hongyan.v1");
        assertThat(reply.header("Sec-WebSocket-Accept")).contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assertThat(reply.header("Sec-WebSocket-Extensions")).isEmpty();
        assertThat(reply.head()).doesNotContain("alice");
        assertThat(socket.read().json().path("type").asText()).isEqualTo("welcome");
        assertThat(socket.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
    }

    static List<String> handshake_valid_isUpgraded() {
        return List.of(
                GOOD,
                GOOD.replace("Bearer", "bearer"),
                GOOD.replace("websocket", "WebSocket"),
                GOOD.replace(": Upgrade", ": keep-alive, Upgrade"),
                RawSocket.handshake(null, "Sec-WebSocket-Protocol: hongyan.v1, bearer.alice/1"),
                RawSocket.handshake(null, "Sec-WebSocket-Protocol: bearer.alice/1,hongyan.v1"),
                RawSocket.handshake(
                        null, "Sec-WebSocket-Protocol: bearer.alice/1", "Sec-WebSocket-Protocol: hongyan.v1"),
                origin("https://chat.example.org"),
                origin("HTTPS://Chat.Example.org"),
                origin("http://127.0.0.1"),
                origin("http://127.0.0.1:80"),
                origin("https://chat.example").replace("Host: 127.0.0.1", "Host: chat.example:443"),
                origin("https://chat.example:443").replace("Host: 127.0.0.1", "Host: chat.example"),
                origin("http://Chat.Example").replace("Host: 127.0.0.1", "Host: chat.example:80"),
                origin("https://chat.example:8443").replace("Host: 127.0.0.1", "Host: chat.example:8443"),
                origin("http://[::1]").replace("Host: 127.0.0.1", "Host: [::1]:80"),
                RawSocket.handshake("alice/1", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"),
                RawSocket.handshake("alice/1", "Sec-WebSocket-Extensions: deflate-frame, x-webkit-deflate-frame"));
    }

    @Test
    void welcome_listsRequestTypes() throws Exception {
        Running running = gateways.start();
        RawSocket socket = running.connect();
        assertThat(socket.upgrade("alice/1").status()).isEqualTo(101);

        JsonNode welcome = socket.read().json().get("data");

        assertThat(welcome.get("user").asText()).isEqualTo(Running.user("alice").text());
        assertThat(welcome.get("node").asText()).isEqualTo("node");
        assertThat(welcome.get("epoch").asText()).isEqualTo("epoch");
        assertThat(welcome.get("heartbeatSeconds").asInt()).isEqualTo(30);
        assertThat(welcome.get("features")).extracting(JsonNode::asText).contains("ping", "test.echo");
    }

    @Test
    void sixthSocketOfSession_closesOldest() throws Exception {
        Running running = gateways.start();
        List<RawSocket> sockets = new ArrayList<>();
        RawSocket otherDevice = running.open("alice/2");
        for (int i = 0; i < 6; i++) {
            sockets.add(running.open("alice/1"));
        }

        RawSocket.Frame close = sockets.get(0).readClose();

        assertThat(close.closeCode()).isEqualTo(CloseCode.REPLACED);
        for (RawSocket socket : sockets.subList(1, 6)) {
            assertThat(socket.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
        }
        assertThat(otherDevice.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
        GatewayExtension.eventually("six are left", () -> running.sockets.count() == 6);
    }

    @Test
    void manySocketsOfSession_openedTogether_leaveFive() throws Exception {
        Running running = gateways.start();
        List<RawSocket> sockets = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            sockets.add(running.connect());
        }
        for (RawSocket socket : sockets) {
            socket.write(RawSocket.handshake("alice/1"));
        }
        GatewayExtension.eventually("all were opened", () -> running.count("hongyan.frames.sent") >= 12);
        GatewayExtension.eventually("five are left", () -> running.sockets.count() == 5);
    }

    @Test
    void socketsPerAddress_areCountedAndReleased() throws Exception {
        Running running = gateways.start(GatewayExtension.withSockets(2, 10), 2);
        RawSocket first = running.open("alice/1");
        RawSocket second = running.open("bob/1");
        RawSocket third = running.connect();
        RawSocket.Reply refused = third.upgrade("carol/1");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.json().path("reason").asText()).isEqualTo("sockets.per_address");
        assertThat(refused.header("Retry-After")).contains("2");
        assertThat(second.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");

        first.write(RawSocket.closeFrame(1000, ""));
        first.readEnd();
        // The client sees the end of its connection before the server has counted it.
        GatewayExtension.eventually("there is room again", () -> third.upgraded("carol/1"));
    }

    /** An IPv6 network has many addresses but a single customer. */
    @Test
    void socketsOfIpv6Network_areCountedTogether() throws Exception {
        Running running = gateways.start(GatewayExtension.behind("127.0.0.1"::equals, 2), 1);
        running.connectVia("2001:db8:1:2::1", 101);
        running.connectVia("2001:db8:1:2::2", 101);
        running.connectVia("2001:db8:1:2:ffff::3", 429);
        for (int i = 0; i < 9; i++) {
            running.connectVia("2001:db8:1:1%d::1".formatted(i), 101);
            running.connectVia("2001:db8:1:1%d::2".formatted(i), 101);
        }
        running.connectVia("2001:db8:1:ff::1", 429);
        running.connectVia("2001:db8:2:1::1", 101);
    }

    /** Most clients do this in a storm of reconnects: they must not leak counts or flood the log. */
    @Test
    void clients_disconnectingDuringHandshake_leaveNothing() throws Exception {
        int clients = 30;
        Promise<Void> admission = Promise.promise();
        try (Logged logged = new Logged("im.hongyan.gateway");
                Logged vertx = new Logged("io.vertx.core.impl")) {
            Running running = gateways.start(GatewayExtension.withSockets(clients, 100), 1);
            running.admission = admission.future();
            for (int i = 0; i < clients; i++) {
                try (RawSocket impatient = running.connect()) {
                    impatient.write(RawSocket.handshake("alice/1"));
                }
            }
            running.admission = Future.succeededFuture();
            running.vertx.runOnContext(go -> admission.complete());

            for (int i = 0; i < clients; i++) {
                RawSocket next = running.connect();
                String token = "bob/" + i;
                GatewayExtension.eventually("all places are free again", () -> next.upgraded(token));
            }
            assertThat(vertx.size()).isZero();
            assertThat(logged.size()).isLessThan(2);
        }
    }

    @Test
    void socketsPerNode_areBounded() throws Exception {
        Running running = gateways.start(GatewayExtension.withSockets(10, 1), 1);
        RawSocket first = running.open("alice/1");
        RawSocket second = running.connect();
        RawSocket.Reply refused = second.upgrade("bob/1");

        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.json().path("kind").asText()).isEqualTo("unavailable");
        assertThat(refused.json().path("reason").asText()).isEqualTo("node.full");
        assertThat(refused.json().path("retryAfterMs").asLong()).isPositive();
        assertThat(first.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
    }

    @Test
    void forwardedAddress_isUsedOnlyFromTrustedProxy() throws Exception {
        Running trusting = gateways.start(GatewayExtension.behind("127.0.0.1"::equals, 1), 1);
        trusting.connectVia("203.0.113.1", 101);
        trusting.connectVia("203.0.113.2", 101);
        // A client can forge everything before the last address.
        trusting.connectVia("198.51.100.7, 203.0.113.1", 429);
        // This address is exempt from the limit.
        trusting.connectVia("203.0.113.99", 101);
        trusting.connectVia("203.0.113.99", 101);
        GatewayExtension.eventually("all are counted", () -> trusting.sockets.count() == 4);

        Running wary = gateways.start(GatewayExtension.behind(address -> false, 1), 1);
        wary.connectVia("203.0.113.1", 101);
        wary.connectVia("203.0.113.2", 429);
        GatewayExtension.eventually("one is counted", () -> wary.sockets.count() == 1);
    }

    /** A proxy that replaces the Host header forwards the original one. */
    @Test
    void origin_behindProxyThatReplacesHost_isAccepted() throws Exception {
        Running running = gateways.start(GatewayExtension.behind("127.0.0.1"::equals, 10), 1);
        RawSocket socket = running.connect();
        socket.write(RawSocket.handshake("alice/1", "Origin: https://chat.example", "X-Forwarded-Host: chat.example"));
        assertThat(socket.reply().status()).isEqualTo(101);

        RawSocket other = running.connect();
        other.write(RawSocket.handshake("alice/1", "Origin: https://evil.example", "X-Forwarded-Host: chat.example"));
        RawSocket.Reply refused = other.reply();
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.json().path("message").asText())
                .contains("https://evil.example", "chat.example", "HONGYAN_HTTP_ORIGINS", "Host");
    }

    @Test
    void drain_closesAllSocketsAndAcceptsNoOthers() throws Exception {
        Running running = gateways.start();
        List<RawSocket> sockets = new ArrayList<>();
        RawSocket late = running.connect();
        for (int i = 0; i < 20; i++) {
            sockets.add(running.open("user" + i + "/1"));
        }
        running.sockets.send(List.of(Running.user("user3")), running.push("before the end"));

        Future<Void> drained = running.gateway.drain();

        List<String> reasons = new ArrayList<>();
        assertThat(sockets.get(3).read().text()).contains("before the end");
        for (RawSocket socket : sockets) {
            RawSocket.Frame close = socket.readClose();
            assertThat(close.closeCode()).isEqualTo(CloseCode.RESTART);
            reasons.add(close.closeReason());
            socket.write(RawSocket.closeFrame(1012, ""));
            socket.readEnd();
        }
        assertThat(reasons).allMatch(reason -> reason.matches("retry=\\d{3,4}"));
        assertThat(reasons.stream().distinct().count()).isGreaterThan(5);
        late.readEnd();
        assertThatThrownBy(() -> running.open("late/1")).isInstanceOf(IOException.class);
        await(drained);
    }

    @Test
    void drain_pendingRequest_isAnsweredFirst() throws Exception {
        Running running = gateways.start();
        RawSocket socket = running.open("alice/1");
        socket.request("test.hold", "held", "{}");
        Promise<Object> held = running.nextHeld();

        Future<Void> drained = running.gateway.drain();
        held.complete(new GatewayExtension.Blank("done"));

        assertThat(socket.read().json().path("id").asText()).isEqualTo("held");
        assertThat(socket.readClose().closeCode()).isEqualTo(CloseCode.RESTART);
        socket.write(RawSocket.closeFrame(1012, ""));
        await(drained);
    }

    @Test
    void refusedOrigin_isLoggedOnceWithSettingToChange() throws Exception {
        try (Logged logged = new Logged(Handshake.class.getName())) {
            Running running = gateways.start();
            for (int i = 0; i < 5; i++) {
                try (RawSocket socket = running.connect()) {
                    socket.write(origin("https://app.example.org"));
                    assertThat(socket.reply().status()).isEqualTo(403);
                }
            }
            assertThat(logged.next()).contains("https://app.example.org").contains("HONGYAN_HTTP_ORIGINS");
            assertThat(logged.size()).isLessThan(4);
        }
    }

    private static String origin(String origin) {
        return RawSocket.handshake("alice/1", "Origin: " + origin);
    }
}
