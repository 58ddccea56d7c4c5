package im.hongyan.call;

import im.hongyan.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Time-limited credentials for a TURN server that shares a secret with this server (coturn's {@code use-auth-secret}).
 * The username contains their expiry, and the password is an HMAC of the username.
 *
 * @param username {@code <seconds since 1970>:<name>}. The name does not identify the user, because it crosses the
 *     network in the clear
 */
record TurnCredentials(String username, String password, Instant expiresAt) {
    private static final int OPAQUE_BYTES = 12;

    /**
     * Credentials with a name that stays the same for a day. TURN servers count relays by this name: with a new one for
     * each request, an owner could take all relays.
     *
     * @param owner who uses them, such as the id of a user
     */
    static TurnCredentials issue(Secret secret, Instant expiresAt, String owner) {
        long day = expiresAt.atOffset(ZoneOffset.UTC).toLocalDate().toEpochDay();
        byte[] opaque = Arrays.copyOf(hmac("HmacSHA256", secret, "name of " + owner + " " + day), OPAQUE_BYTES);
        return of(secret, expiresAt, Base64.getUrlEncoder().withoutPadding().encodeToString(opaque));
    }

    static TurnCredentials of(Secret secret, Instant expiresAt, String opaque) {
        String username = expiresAt.getEpochSecond() + ":" + opaque;
        return new TurnCredentials(
                username,
                Base64.getEncoder().encodeToString(hmac("HmacSHA1", secret, username)),
                Instant.ofEpochSecond(expiresAt.getEpochSecond()));
    }

    private static byte[] hmac(String algorithm, Secret secret, String text) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(secret.bytes(), algorithm));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Without the password, so that no log contains it. */
    @Override
    public String toString() {
        return "TurnCredentials[" + username + "]";
    }
}
