package im.hongyan.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** Bytes that must not be printed: {@link #toString} redacts them, so that logs and failing tests cannot leak them. */
public final class Secret {
    private final byte[] bytes;

    private Secret(byte[] bytes) {
        this.bytes = bytes;
    }

    public static Secret of(byte[] bytes) {
        return new Secret(bytes.clone());
    }

    public static Secret of(String text) {
        return new Secret(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A copy, which the caller may wipe. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The secret as UTF-8 text. */
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    public int length() {
        return bytes.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && MessageDigest.isEqual(bytes, secret.bytes);
    }

    @Override
    public int hashCode() {
        return bytes.length;
    }

    @Override
    public String toString() {
        return "[redacted]";
    }
}
