package im.hongyan.config;

import java.util.Base64;

/**
 * A key that signs access tokens.
 *
 * @param kid the name of the key in a token's header: 1 to 32 of {@code A-Z a-z 0-9 . _ -}
 * @param secret at least 32 bytes, the size of the hash that HS256 uses
 */
public record SigningKey(String kid, Secret secret) {
    public static final int MIN_BYTES = 32;

    public SigningKey {
        if (!kid.matches("[A-Za-z0-9._-]{1,32}")) {
            throw new IllegalArgumentException("a key's name is 1 to 32 of A-Z a-z 0-9 . _ -");
        }
        if (secret.length() < MIN_BYTES) {
            throw new IllegalArgumentException("the secret of key '%s' has %d bytes; it needs at least %d"
                    .formatted(kid, secret.length(), MIN_BYTES));
        }
    }

    /** Parses {@code kid:base64}; accepts both alphabets of Base64, with or without padding. */
    static SigningKey parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            // The message does not repeat the text, which may be the bare secret.
            throw new IllegalArgumentException("each key is written as name:base64");
        }
        String kid = text.substring(0, colon);
        String encoded =
                text.substring(colon + 1).replace('-', '+').replace('_', '/').replaceAll("=+$", "");
        try {
            return new SigningKey(kid, Secret.of(Base64.getDecoder().decode(encoded)));
        } catch (IllegalArgumentException e) {
            throw encoded.matches("[A-Za-z0-9+/]+")
                    ? e
                    : new IllegalArgumentException("the secret of key '%s' is not Base64".formatted(kid), e);
        }
    }

    /** The key in the format of the setting, including the secret. */
    public String encoded() {
        return kid + ":" + Base64.getEncoder().encodeToString(secret.bytes());
    }
}
