package im.hongyan.identity;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key for access tokens.
 *
 * @param kid its id in the header of a token
 * @param secret at least 32 bytes, as HS256 requires
 */
public record TokenKey(String kid, byte[] secret) {
    public TokenKey {
        if (kid.isEmpty() || secret.length < 32) {
            throw new IllegalArgumentException("key '" + kid + "' must have an id and at least 32 bytes");
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
