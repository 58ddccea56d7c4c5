package im.hongyan.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import io.jsonwebtoken.JwtBuilder;
import io.jsonwebtoken.Jwts;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.crypto.spec.SecretKeySpec;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AccessTokensTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration LIFETIME = Duration.ofMinutes(15);
    private static final TokenKey OLD = key("2025", 1);
    private static final TokenKey NEW = key("2026", 2);
    private static final UserId USER = new UserId(Id.next());
    private static final SessionId SESSION = new SessionId(Id.next());

    private Instant now = NOW;
    private final AccessTokens tokens = tokens(NEW, OLD);

    private static TokenKey key(String kid, int fill) {
        byte[] secret = new byte[48];
        java.util.Arrays.fill(secret, (byte) fill);
        return new TokenKey(kid, secret);
    }

    private AccessTokens tokens(TokenKey... ring) {
        return new AccessTokens(List.of(ring), "issuer", "audience", LIFETIME, () -> now);
    }

    @Test
    void verify_issuedToken_returnsUserAndSession() {
        String token = tokens.issue(USER, SESSION, NOW);

        assertThat(tokens.verify(token)).isEqualTo(new AccessTokens.Bearer(USER, SESSION));
        assertThat(token).isEqualTo(tokens.issue(USER, SESSION, NOW)).hasSizeLessThan(400);
    }

    @Test
    void verify_afterKeyRotation_acceptsOldKey() {
        String old = tokens(OLD).issue(USER, SESSION, NOW);

        assertThat(tokens.verify(old).session()).isEqualTo(SESSION);
    }

    @Test
    void issue_severalKeys_signsWithFirst() {
        String token = tokens.issue(USER, SESSION, NOW);

        assertThat(tokens(NEW).verify(token).user()).isEqualTo(USER);
        assertRefused(tokens(OLD), token, "token.invalid");
    }

    @Test
    void verify_afterLifetime_fails() {
        String token = tokens.issue(USER, SESSION, NOW);
        now = NOW.plus(LIFETIME);
        assertThat(tokens.verify(token).user()).isEqualTo(USER);

        now = NOW.plus(LIFETIME).plusSeconds(6);
        assertRefused(tokens, token, "token.expired");
    }

    @Test
    void verify_expiredAndForged_reportsInvalid() {
        String forged = tokens(key("2026", 9)).issue(USER, SESSION, NOW.minus(LIFETIME.multipliedBy(2)));

        assertRefused(tokens, forged, "token.invalid");
    }

    private static JwtBuilder sound() {
        return Jwts.builder()
                .header()
                .keyId("2026")
                .and()
                .issuer("issuer")
                .audience()
                .add("audience")
                .and()
                .subject(USER.text())
                .claim("sid", SESSION.text())
                .expiration(Date.from(NOW.plus(LIFETIME)));
    }

    private static String signed(UnaryOperator<JwtBuilder> change) {
        return change.apply(sound()).signWith(NEW.key(), Jwts.SIG.HS256).compact();
    }

    private static String withHeader(String header) {
        String[] parts = signed(UnaryOperator.identity()).split("\\.", -1);
        return base64(header) + "." + parts[1] + "." + parts[2];
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    static Stream<Arguments> unsound() {
        KeyPair rsa = Jwts.SIG.RS256.keyPair().build();
        String[] parts = signed(UnaryOperator.identity()).split("\\.", -1);
        return Stream.of(
                Arguments.of("alg none", sound().compact()),
                Arguments.of("alg none with our signature", withHeader("{\"alg\":\"none\",\"kid\":\"2026\"}")),
                Arguments.of("alg None", withHeader("{\"alg\":\"None\",\"kid\":\"2026\"}")),
                Arguments.of("no alg", withHeader("{\"kid\":\"2026\"}")),
                Arguments.of(
                        "HS384 with our key",
                        sound().signWith(new SecretKeySpec(NEW.secret(), "HmacSHA384"), Jwts.SIG.HS384)
                                .compact()),
                Arguments.of("RS256", sound().signWith(rsa.getPrivate()).compact()),
                Arguments.of("another key of the same name", tokenOf(key("2026", 3))),
                Arguments.of("an unknown kid", tokenOf(key("2024", 2))),
                Arguments.of("no kid", withHeader("{\"alg\":\"HS256\"}")),
                Arguments.of("a numeric kid", withHeader("{\"alg\":\"HS256\",\"kid\":7}")),
                Arguments.of("another issuer", signed(jwt -> jwt.issuer("other"))),
                Arguments.of("no issuer", signed(jwt -> jwt.issuer(null))),
                Arguments.of(
                        "another audience",
                        signed(jwt -> jwt.audience().clear().add("others").and())),
                Arguments.of("no audience", signed(jwt -> jwt.audience().clear().and())),
                Arguments.of("no expiry", signed(jwt -> jwt.expiration(null))),
                Arguments.of("no user", signed(jwt -> jwt.subject(null))),
                Arguments.of("a user that is no id", signed(jwt -> jwt.subject("bob"))),
                Arguments.of("no session", signed(jwt -> jwt.claim("sid", null))),
                Arguments.of("a session that is no text", signed(jwt -> jwt.claim("sid", 7))),
                Arguments.of("not valid yet", signed(jwt -> jwt.notBefore(Date.from(NOW.plusSeconds(60))))),
                Arguments.of("compressed", signed(jwt -> jwt.compressWith(Jwts.ZIP.DEF))),
                Arguments.of("claims changed", parts[0] + "." + base64("{\"sub\":\"x\"}") + "." + parts[2]),
                Arguments.of("signature cut", parts[0] + "." + parts[1] + "."),
                Arguments.of("signature gone", parts[0] + "." + parts[1]),
                Arguments.of("empty", ""),
                Arguments.of("blank", " "),
                Arguments.of("dots", ".."),
                Arguments.of("garbage", "not.a.token"),
                Arguments.of("five parts", "a.b.c.d.e"),
                Arguments.of("too long", "e".repeat(100_000)));
    }

    private static String tokenOf(TokenKey key) {
        return new AccessTokens(List.of(key), "issuer", "audience", LIFETIME, () -> NOW).issue(USER, SESSION, NOW);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unsound")
    void verify_foreignToken_fails(String what, String token) {
        assertRefused(tokens, token, "token.invalid");
    }

    @Test
    void verify_controlToken_succeeds() {
        assertThat(tokens.verify(signed(UnaryOperator.identity())).session()).isEqualTo(SESSION);
    }

    @Property
    void verify_anyText_fails(@ForAll String text) {
        assertRefused(tokens, text, "token.invalid");
    }

    @Test
    void toString_key_hidesSecret() {
        assertThat(NEW).hasToString("TokenKey[2026]");
    }

    private static void assertRefused(AccessTokens tokens, String token, String reason) {
        assertThatThrownBy(() -> tokens.verify(token)).isInstanceOfSatisfying(Rejection.class, e -> {
            assertThat(e.kind()).isEqualTo(ErrorKind.UNAUTHENTICATED);
            assertThat(e.reason()).isEqualTo(reason);
        });
    }
}
