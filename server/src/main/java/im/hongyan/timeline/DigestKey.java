package im.hongyan.timeline;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key for the digests of deleted content. Each entry has a digest of the request that stored it, which
 * distinguishes a retry from another request with the same client id. A short text could be guessed from its digest, so
 * when the content is deleted, a MAC replaces the digest. An attacker who has only the database cannot compute it.
 */
public final class DigestKey {
    private static final String HMAC = "HmacSHA256";
    private static final String PURPOSE = "hongyan digests of deleted content";

    private final SecretKeySpec key;

    /**
     * @param secret a secret outside the database, the same on all nodes. If it changes, a retry of a request is a
     *     conflict if its content was deleted before the change
     */
    public DigestKey(byte[] secret) {
        key = new SecretKeySpec(mac(new SecretKeySpec(secret, HMAC), PURPOSE.getBytes(US_ASCII)), HMAC);
    }

    /** The digest to store once the content is deleted, as long as the given one. */
    byte[] afterDeletion(byte[] digest) {
        return Arrays.copyOf(mac(key, digest), digest.length);
    }

    private static byte[] mac(SecretKeySpec key, byte[] message) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key);
            return mac.doFinal(message);
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java has HMAC with SHA-256", e);
        }
    }
}
