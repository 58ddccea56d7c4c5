package im.hongyan.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;

/**
 * Checks for the compact constructors of request records. Each throws a {@link Rejection} that names the field and what
 * is expected of it.
 *
 * <p>Text must contain neither NUL, which PostgreSQL cannot store, nor an unpaired surrogate, which has no UTF-8 form.
 */
public final class Check {
    private static final int CLIENT_ID_CHARACTERS = 64;
    private static final long MAX_SEQ = (1L << 53) - 1;

    private Check() {}

    public static <T> T present(String field, T value) {
        if (value == null) {
            throw Rejection.field(field, "field.missing", "'" + field + "' is missing");
        }
        return value;
    }

    /** Requires text of at most {@code maxBytes} bytes in UTF-8 with at least one visible character. */
    public static String text(String field, String value, int maxBytes) {
        present(field, value);
        optionalText(field, value, maxBytes);
        if (!VisibleText.isVisible(value)) {
            throw Rejection.field(field, "field.empty", "'" + field + "' must contain a visible character");
        }
        return value;
    }

    /** As {@link #text}, but may be null or blank. */
    public static String optionalText(String field, String value, int maxBytes) {
        if (value == null) {
            return null;
        }
        // A string has at least as many UTF-8 bytes as characters: no need to encode a giant one.
        if (value.length() > maxBytes || value.getBytes(StandardCharsets.UTF_8).length > maxBytes) {
            throw Rejection.field(field, "field.too_long", "'" + field + "' exceeds " + maxBytes + " bytes");
        }
        wellFormed(field, value);
        return value;
    }

    /** Requires a client id (1 to 64 characters), which makes a request safe to repeat. */
    public static String clientId(String value) {
        present("clientId", value);
        return optionalClientId(value);
    }

    public static String optionalClientId(String value) {
        if (value == null) {
            return null;
        }
        if (value.isEmpty() || value.codePointCount(0, value.length()) > CLIENT_ID_CHARACTERS) {
            throw Rejection.field("clientId", "field.length", "'clientId' must have 1 to 64 characters");
        }
        wellFormed("clientId", value);
        return value;
    }

    public static long range(String field, Long value, long min, long max) {
        present(field, value);
        if (value < min || value > max) {
            throw Rejection.field(
                    field, "field.out_of_range", "'" + field + "' must be an integer from " + min + " to " + max);
        }
        return value;
    }

    /** Requires a sequence number of at least {@code min} that a JavaScript number can hold. */
    public static long seq(String field, Long value, long min) {
        return range(field, value, min, MAX_SEQ);
    }

    /** A page size from 1 to {@code max}; {@code fallback} if absent. */
    public static int limit(Integer value, int fallback, int max) {
        return value == null ? fallback : (int) range("limit", value.longValue(), 1, max);
    }

    /** Requires at most {@code max} elements without duplicates and nulls. An absent list becomes an empty one. */
    public static <T> List<T> distinct(String field, Collection<T> values, int max) {
        if (values == null) {
            return List.of();
        }
        if (values.size() > max) {
            throw Rejection.field(field, "field.too_many", "'" + field + "' must have at most " + max + " elements");
        }
        HashSet<T> seen = new HashSet<>();
        for (T value : values) {
            if (value == null) {
                throw Rejection.field(field, "field.type", "'" + field + "' must not contain null");
            }
            if (!seen.add(value)) {
                throw Rejection.field(field, "field.duplicate", "'" + field + "' contains " + value + " twice");
            }
        }
        return List.copyOf(values);
    }

    /** As {@link #distinct}, but requires at least one element. */
    public static <T> List<T> nonEmptyDistinct(String field, Collection<T> values, int max) {
        present(field, values);
        if (values.isEmpty()) {
            throw Rejection.field(field, "field.empty", "'" + field + "' must not be empty");
        }
        return distinct(field, values, max);
    }

    /** Rejects NUL and unpaired surrogates. */
    static void wellFormed(String field, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == 0) {
                throw Rejection.field(field, "field.nul", "'" + field + "' must not contain a NUL character");
            }
            if (Character.isHighSurrogate(c)
                    && i + 1 < value.length()
                    && Character.isLowSurrogate(value.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw Rejection.field(
                        field, "field.surrogate", "'" + field + "' must not contain an unpaired surrogate");
            }
        }
    }
}
