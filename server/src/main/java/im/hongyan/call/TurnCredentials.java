package im.hongyan.call;

import im.hongyan.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Time-limited credentials for a TURN server that shares a secret with this server (coturn's {@code use-auth-secret}).
 * The username contains their expiry, and the password is an HMAC of the username.
 *
 * @param username {@code <seconds since 1970>:<random>}. It does not identify the user, because it crosses the network
 *     in the clear
 */
record TurnCredentials(String username, String password, Instant expiresAt) {
    private static final int OPAQUE_BYTES = 12;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Fresh credentials, which the TURN server treats as a separate user. */
    static TurnCredentials issue(Secret secret, Instant expiresAt) {
        byte[] opaque = new byte[OPAQUE_BYTES];
        RANDOM.nextBytes(opaque);
        return of(secret, expiresAt, Base64.getUrlEncoder().withoutPadding().encodeToString(opaque));
    }

    static TurnCredentials of(Secret secret, Instant expiresAt, String opaque) {
        String username = expiresAt.getEpochSecond() + ":" + opaque;
        return new TurnCredentials(username, mac(secret, username), Instant.ofEpochSecond(expiresAt.getEpochSecond()));
    }

    private static String mac(Secret secret, String username) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(secret.bytes(), "HmacSHA1"));
            return Base64.getEncoder().encodeToString(mac.doFinal(username.getBytes(StandardCharsets.UTF_8)));
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
