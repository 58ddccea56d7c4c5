package im.hongyan.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.security.SecureRandom;
import java.util.UUID;

/**
 * A 128-bit identifier. In JSON it is 26 lower-case characters of Crockford's base 32, most significant first, so that
 * texts sort as the numbers do. In PostgreSQL it is a {@code uuid}.
 *
 * <p>A feature defines its own ids as records that implement this interface, with a {@code JsonCreator} that takes the
 * text, and lists them under {@code types} in its {@code protocol.yaml}.
 */
public interface Id {
    UUID value();

    @JsonValue
    default String text() {
        return Text.encode(value());
    }

    /** Generates a time-ordered id (RFC 9562, version 7): 48 bits of Unix milliseconds, then 74 random bits. */
    static UUID next() {
        SecureRandom random = Text.RANDOM;
        long high = (System.currentTimeMillis() << 16) | 0x7000 | (random.nextInt() & 0xfff);
        long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    /** Converts ids to text and back. */
    final class Text {
        private static final SecureRandom RANDOM = new SecureRandom();
        private static final String DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
        private static final int LENGTH = 26;
        private static final byte[] VALUES = new byte[128];

        static {
            java.util.Arrays.fill(VALUES, (byte) -1);
            for (int i = 0; i < DIGITS.length(); i++) {
                VALUES[DIGITS.charAt(i)] = (byte) i;
            }
        }

        private Text() {}

        public static String encode(UUID id) {
            char[] text = new char[LENGTH];
            long high = id.getMostSignificantBits();
            long low = id.getLeastSignificantBits();
            for (int i = LENGTH - 1; i >= 0; i--) {
                text[i] = DIGITS.charAt((int) low & 31);
                low = (low >>> 5) | (high << 59);
                high >>>= 5;
            }
            return new String(text);
        }

        /** Accepts exactly what {@link #encode} writes, so that each id has one spelling. */
        public static UUID decode(String text) {
            if (text.length() != LENGTH || text.charAt(0) > '7') {
                throw malformed();
            }
            long high = 0;
            long low = 0;
            for (int i = 0; i < LENGTH; i++) {
                char c = text.charAt(i);
                int value = c < 128 ? VALUES[c] : -1;
                if (value < 0) {
                    throw malformed();
                }
                high = (high << 5) | (low >>> 59);
                low = (low << 5) | value;
            }
            return new UUID(high, low);
        }

        private static Rejection malformed() {
            return Rejection.invalid("id.malformed", "an id has 26 characters of 0-9 and a-z without i, l, o and u");
        }
    }
}
