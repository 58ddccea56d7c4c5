package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.gateway.CloseCode;
import im.hongyan.gateway.RawSocket;
import io.jsonwebtoken.JwtBuilder;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Keys;
import io.vertx.core.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.crypto.SecretKey;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which tokens sockets and HTTP accept, and how long a socket stays open. */
class TokensTest {
    @RegisterExtension
    static final NodeExtension node = new NodeExtension();

    /** The key from {@link NodeExtension#settings}. */
    private static final SecretKey KEY = Keys.hmacShaKeyFor(new byte[32]);

    private static TestUser alice;
    private static String session;

    @BeforeAll
    static void alice() throws Exception {
        alice = node.user();
        session = alice.connection().welcome().get("session").asText();
    }

    static Stream<Arguments> badTokens() {
        byte[] otherKey = new byte[32];
        otherKey[0] = 1;
        return Stream.of(
                bad("of another key", token -> token.signWith(Keys.hmacShaKeyFor(otherKey), Jwts.SIG.HS256)),
                bad("of a longer algorithm", token -> token.signWith(Keys.hmacShaKeyFor(new byte[64]), Jwts.SIG.HS512)),
                bad(
                        "of an unknown key",
                        token -> token.header().keyId("other").and().signWith(KEY, Jwts.SIG.HS256)),
                bad("of no key", token -> token.header().keyId(null).and().signWith(KEY, Jwts.SIG.HS256)),
                bad(
                        "for another audience",
                        token ->
                                signed(token.audience().clear().add("elsewhere").and())),
                bad("without audience", token -> signed(token.audience().clear().and())),
                bad("of another issuer", token -> signed(token.issuer("other"))),
                bad("without expiry", token -> signed(token.expiration(null))),
                bad("without session", token -> signed(token.claim("sid", null))),
                bad("with a malformed session", token -> signed(token.claim("sid", "x"))),
                bad("without subject", token -> signed(token.subject(null))),
                bad("of a user that is no id", token -> signed(token.subject("x"))),
                Arguments.of(
                        "that has expired",
                        signed(token().expiration(seconds(-60))).compact(),
                        "token.expired"),
                Arguments.of("without signature", unsigned("none"), "token.invalid"),
                Arguments.of("without signature, in capitals", unsigned("NONE"), "token.invalid"),
                Arguments.of("with an empty signature", unsigned("HS256"), "token.invalid"),
                Arguments.of("cut short", cutShort(), "token.invalid"),
                Arguments.of("of two parts", "a.b", "token.invalid"),
                Arguments.of("of dots", "..", "token.invalid"));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("badTokens")
    void invalidToken_failsForSocketAndHttp(String what, String token, String reason) throws Exception {
        try (RawSocket socket = RawSocket.connect(node.app().port());
                RawSocket browser = RawSocket.connect(node.app().port());
                RawSocket http = RawSocket.connect(node.app().port())) {
            browser.write(RawSocket.handshake(null, "Sec-WebSocket-Protocol: hongyan.v1, bearer." + token));
            http.write("GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n\r\n");
            for (RawSocket.Reply reply : List.of(socket.upgrade(token), browser.reply(), http.reply())) {
                assertThat(reply.status()).isEqualTo(401);
                assertThat(reply.json().path("reason").asText()).isEqualTo(reason);
                assertThat(reply.header("WWW-Authenticate")).contains("Bearer");
                assertThat(reply.toString()).doesNotContain(token.length() > 5 ? token : "no such text");
            }
        }
    }

    /** A control for the table above. */
    @Test
    void validToken_isAccepted() throws Exception {
        try (RawSocket socket = open(signed(token()).compact())) {
            assertThat(socket.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
        }
    }

    @Test
    void socket_afterTokenExpiry_staysOpen() throws Exception {
        // Clocks may differ by five seconds: this token is valid for one more.
        String dying = signed(token().expiration(seconds(-4))).compact();
        try (RawSocket socket = open(dying)) {
            RawSocket.Reply reply;
            do {
                TimeUnit.MILLISECONDS.sleep(50);
                try (RawSocket late = RawSocket.connect(node.app().port())) {
                    reply = late.upgrade(dying);
                }
            } while (reply.status() == 101);
            assertThat(reply.json().path("reason").asText()).isEqualTo("token.expired");
            assertThat(socket.ask("ping", "1", "{}").path("type").asText()).isEqualTo("ok");
        }
    }

    @Test
    void signOut_closesOnlySocketsOfSession() throws Exception {
        String name = "tokens-" + TestUser.newClientId().substring(0, 8);
        var phone = await(node.client().register(name, "correct horse battery"));
        var laptop = await(node.client().signIn(name, "correct horse battery"));
        try (RawSocket phoneSocket = open(phone.accessToken());
                RawSocket secondSocket = open(phone.accessToken());
                RawSocket laptopSocket = open(laptop.accessToken())) {
            await(node.client().signOut(phone.accessToken()));

            for (RawSocket socket : List.of(phoneSocket, secondSocket)) {
                assertThat(socket.readClose().closeCode()).isEqualTo(CloseCode.SIGNED_OUT);
            }
            assertThat(laptopSocket.ask("ping", "1", "{}").path("type").asText())
                    .isEqualTo("ok");
            assertRefused(phone.accessToken(), "session.revoked");
        }
    }

    @Test
    void changePassword_closesOtherSessions() throws Exception {
        String name = "tokens-" + TestUser.newClientId().substring(0, 8);
        var phone = await(node.client().register(name, "correct horse battery"));
        var laptop = await(node.client().signIn(name, "correct horse battery"));
        try (RawSocket phoneSocket = open(phone.accessToken());
                RawSocket laptopSocket = open(laptop.accessToken())) {
            Map<String, String> change =
                    Map.of("oldPassword", "correct horse battery", "newPassword", "correct horse staple");
            await(node.client().call(HttpMethod.POST, "/api/v1/me/password", laptop.accessToken(), change));

            assertThat(phoneSocket.readClose().closeCode()).isEqualTo(CloseCode.SIGNED_OUT);
            assertThat(laptopSocket.ask("ping", "1", "{}").path("type").asText())
                    .isEqualTo("ok");
            assertRefused(phone.accessToken(), "session.revoked");
        }
    }

    private static void assertRefused(String token, String reason) throws Exception {
        try (RawSocket socket = RawSocket.connect(node.app().port())) {
            RawSocket.Reply reply = socket.upgrade(token);
            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.json().path("reason").asText()).isEqualTo(reason);
        }
    }

    private static RawSocket open(String token) throws Exception {
        RawSocket socket = RawSocket.open(node.app().port(), token);
        JsonNode pong = socket.ask("ping", "0", "{}");
        assertThat(pong.path("type").asText()).isEqualTo("ok");
        return socket;
    }

    /** A token as the node issues it, before signing. */
    private static JwtBuilder token() {
        return Jwts.builder()
                .header()
                .keyId("test")
                .and()
                .issuer("hongyan")
                .audience()
                .add("hongyan")
                .and()
                .subject(alice.id())
                .claim("sid", session)
                .issuedAt(seconds(0))
                .expiration(seconds(600));
    }

    private static JwtBuilder signed(JwtBuilder token) {
        return token.signWith(KEY, Jwts.SIG.HS256);
    }

    private static Arguments bad(String what, UnaryOperator<JwtBuilder> change) {
        return Arguments.of(what, change.apply(token()).compact(), "token.invalid");
    }

    private static String unsigned(String algorithm) {
        String good = signed(token()).compact();
        String header = "{\"alg\":\"" + algorithm + "\",\"kid\":\"test\"}";
        return Base64.getUrlEncoder().withoutPadding().encodeToString(header.getBytes(StandardCharsets.UTF_8))
                + good.substring(good.indexOf('.'), good.lastIndexOf('.') + 1);
    }

    private static String cutShort() {
        String good = signed(token()).compact();
        return good.substring(0, good.length() - 4);
    }

    private static Date seconds(long fromNow) {
        return Date.from(Instant.now().plusSeconds(fromNow));
    }
}
