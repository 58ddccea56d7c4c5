package im.hongyan.identity;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * One key of the ring that signs access tokens.
 *
 * @param kid names it in a token's header
 * @param secret at least 32 bytes, as HS256 wants
 */
public record TokenKey(String kid, byte[] secret) {
    public TokenKey {
        if (kid.isEmpty() || secret.length < 32) {
            throw new IllegalArgumentException("key '" + kid + "' needs a name and at least 32 bytes");
        }
        secret = secret.clone();
    }

    @Override
    public byte[] secret() {
        return secret.clone();
    }

    SecretKey key() {
        return new SecretKeySpec(secret, "HmacSHA256");
    }

    @Override
    public String toString() {
        return "TokenKey[" + kid + "]";
    }
}
