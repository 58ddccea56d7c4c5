package im.hongyan.protocol;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs short-lived tokens of a feature with HMAC-SHA256. The keys are derived from the keys of access tokens. All
 * nodes of a cluster have the same keys; the first one signs, all verify. Thread-safe.
 */
public final class TokenMac {
    private static final String ALGORITHM = "HmacSHA256";

    /** Derives the keys of a feature. */
    @FunctionalInterface
    public interface Factory {
        /** @param purpose distinguishes the tokens of one kind from all others */
        TokenMac derive(String purpose);
    }

    private final List<SecretKeySpec> keys;

    private TokenMac(List<SecretKeySpec> keys) {
        this.keys = keys;
    }

    /** @param secrets the keys of access tokens; the first one signs */
    public static Factory factory(List<byte[]> secrets) {
        return purpose -> new TokenMac(secrets.stream()
                .map(secret -> key(hmac(key(secret), purpose.getBytes(StandardCharsets.UTF_8))))
                .toList());
    }

    public byte[] sign(byte[] message) {
        return hmac(keys.get(0), message);
    }

    public boolean verify(byte[] message, byte[] signature) {
        // Tries all keys, so that the time does not reveal which one matched.
        boolean valid = false;
        for (SecretKeySpec key : keys) {
            valid |= MessageDigest.isEqual(hmac(key, message), signature);
        }
        return valid;
    }

    private static SecretKeySpec key(byte[] secret) {
        return new SecretKeySpec(secret, ALGORITHM);
    }

    private static byte[] hmac(SecretKeySpec key, byte[] message) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(message);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HMAC-SHA256", e);
        }
    }
}
