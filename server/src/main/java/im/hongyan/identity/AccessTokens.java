package im.hongyan.identity;

import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import io.jsonwebtoken.Claims;
import io.jsonwebtoken.ExpiredJwtException;
import io.jsonwebtoken.JwtException;
import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.Locator;
import io.jsonwebtoken.UnsupportedJwtException;
import java.security.Key;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.SecretKey;

/**
 * Signs and verifies access tokens, which are JWTs with HS256. The first key signs, all keys verify; a token names its
 * key by {@code kid}. Thread-safe.
 */
final class AccessTokens {
    /** Tokens of this server have some 300 characters; longer ones are not parsed. */
    private static final int MAX_CHARACTERS = 2048;
    /** How far the clocks of two nodes may differ. */
    private static final Duration SKEW = Duration.ofSeconds(5);

    /** The bearer of a valid token, whose session may have been revoked. */
    record Bearer(UserId user, SessionId session) {}

    private final Map<String, SecretKey> keys = new LinkedHashMap<>();
    private final TokenKey signer;
    private final String issuer;
    private final String audience;
    private final Duration lifetime;
    private final InstantSource clock;
    private final JwtParser parser;

    AccessTokens(List<TokenKey> ring, String issuer, String audience, Duration lifetime, InstantSource clock) {
        ring.forEach(key -> keys.put(key.kid(), key.key()));
        this.signer = ring.get(0);
        this.issuer = issuer;
        this.audience = audience;
        this.lifetime = lifetime;
        this.clock = clock;
        this.parser = parser();
    }

    private JwtParser parser() {
        Locator<Key> byKid = header -> {
            SecretKey key = header.get("kid") instanceof String kid ? keys.get(kid) : null;
            if (key == null) {
                throw new UnsupportedJwtException("unknown key");
            }
            return key;
        };
        return Jwts.parser()
                .sig()
                .clear()
                .add(Jwts.SIG.HS256)
                .and()
                // Compressed tokens would be inflated before they are verified.
                .zip()
                .clear()
                .and()
                .keyLocator(byKid)
                .requireIssuer(issuer)
                .requireAudience(audience)
                .clock(() -> Date.from(clock.instant()))
                .clockSkewSeconds(SKEW.toSeconds())
                .build();
    }

    Duration lifetime() {
        return lifetime;
    }

    /** Deterministic: the same arguments and keys give the same token. */
    String issue(UserId user, SessionId session, Instant at) {
        return Jwts.builder()
                .header()
                .keyId(signer.kid())
                .and()
                .issuer(issuer)
                .audience()
                .add(audience)
                .and()
                .subject(user.text())
                .claim("sid", session.text())
                .issuedAt(Date.from(at))
                .expiration(Date.from(at.plus(lifetime)))
                .signWith(keys.get(signer.kid()), Jwts.SIG.HS256)
                .compact();
    }

    /** @throws Rejection of kind {@code unauthenticated}; for an expired token the reason is {@code token.expired} */
    Bearer verify(String token) {
        if (token.length() > MAX_CHARACTERS) {
            throw invalid();
        }
        try {
            Claims claims = parser.parseSignedClaims(token).getPayload();
            String session = claims.get("sid", String.class);
            if (claims.getExpiration() == null || claims.getSubject() == null || session == null) {
                throw invalid();
            }
            return new Bearer(UserId.of(claims.getSubject()), SessionId.of(session));
        } catch (ExpiredJwtException e) {
            throw Rejection.unauthenticated("token.expired", "the access token has expired; refresh it");
        } catch (JwtException | IllegalArgumentException | Rejection e) {
            throw invalid();
        }
    }

    private static Rejection invalid() {
        return Rejection.unauthenticated("token.invalid", "invalid access token");
    }
}
