package im.hongyan.identity;

import com.fasterxml.jackson.annotation.JsonCreator;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;

/**
 * The token by which a device stays signed in: {@code hyr_} (so that scanners for leaked secrets find it), then in
 * URL-safe Base64 the session (16 bytes), generation (4), secret (32) and tag (16).
 *
 * <p>The database holds only the hash of the current token. The tag, a MAC with a key of the session, proves that the
 * server issued a token, so that an invented one cannot revoke a session. The successor is derived from the token and a
 * nonce in the database: presenting the predecessor again gives the same successor, while neither the database nor an
 * older token alone leads to it.
 */
final class RefreshToken {
    private static final String PREFIX = "hyr_";
    private static final int SIGNED = 16 + 4 + 32;
    private static final int TAG = 16;

    private final byte[] bytes;

    private RefreshToken(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The first token of a session. */
    static RefreshToken first(SessionId session, byte[] tagKey) {
        return signed(session, 0, Digests.random(32), tagKey);
    }

    RefreshToken successor(byte[] nonce, byte[] tagKey) {
        return signed(session(), generation() + 1, Digests.hmac(nonce, bytes), tagKey);
    }

    private static RefreshToken signed(SessionId session, int generation, byte[] secret, byte[] tagKey) {
        byte[] signed = ByteBuffer.allocate(SIGNED)
                .putLong(session.value().getMostSignificantBits())
                .putLong(session.value().getLeastSignificantBits())
                .putInt(generation)
                .put(secret)
                .array();
        return new RefreshToken(ByteBuffer.allocate(SIGNED + TAG)
                .put(signed)
                .put(Digests.hmac(tagKey, signed), 0, TAG)
                .array());
    }

    /** Checks the form only. Rejects a malformed token like a revoked one. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static RefreshToken parse(String text) {
        try {
            byte[] bytes = text.startsWith(PREFIX) && text.length() <= 128
                    ? Base64.getUrlDecoder().decode(text.substring(PREFIX.length()))
                    : new byte[0];
            RefreshToken token = new RefreshToken(bytes);
            if (bytes.length == SIGNED + TAG && token.text().equals(text)) {
                return token;
            }
        } catch (IllegalArgumentException e) {
            // Not Base64, so no token.
        }
        throw Rejection.unauthenticated("refresh.invalid", "invalid refresh token; sign in again");
    }

    SessionId session() {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new SessionId(new UUID(buffer.getLong(), buffer.getLong()));
    }

    int generation() {
        return ByteBuffer.wrap(bytes).getInt(16);
    }

    byte[] hash() {
        return Digests.sha256(bytes);
    }

    boolean hasHash(byte[] hash) {
        return MessageDigest.isEqual(hash(), hash);
    }

    /** Whether this server issued the token, at any time. */
    boolean genuine(byte[] tagKey) {
        byte[] tag = Arrays.copyOf(Digests.hmac(tagKey, Arrays.copyOf(bytes, SIGNED)), TAG);
        return MessageDigest.isEqual(tag, Arrays.copyOfRange(bytes, SIGNED, SIGNED + TAG));
    }

    /** The token as the client gets it. Not for logs. */
    String text() {
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Override
    public String toString() {
        return "[redacted]";
    }
}
