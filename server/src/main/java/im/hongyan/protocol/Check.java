package im.hongyan.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;

/**
 * The checks that frames make in their compact constructors. Each names the field and says what would be right.
 *
 * <p>Text never holds NUL (PostgreSQL cannot store it) nor a lone surrogate (it has no UTF-8 form).
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

    /** Text of at most {@code maxBytes} bytes of UTF-8 that is not only white space. */
    public static String text(String field, String value, int maxBytes) {
        present(field, value);
        if (value.isBlank()) {
            throw Rejection.field(field, "field.empty", "'" + field + "' is empty");
        }
        return optionalText(field, value, maxBytes);
    }

    public static String optionalText(String field, String value, int maxBytes) {
        if (value == null) {
            return null;
        }
        // The length in characters is a lower bound: it spares the counting of a giant value.
        if (value.length() > maxBytes || value.getBytes(StandardCharsets.UTF_8).length > maxBytes) {
            throw Rejection.field(field, "field.too_long", "'" + field + "' is longer than " + maxBytes + " bytes");
        }
        clean(field, value);
        return value;
    }

    /** What makes a request safe to repeat: 1 to 64 characters. */
    public static String clientId(String value) {
        present("clientId", value);
        return optionalClientId(value);
    }

    public static String optionalClientId(String value) {
        if (value == null) {
            return null;
        }
        if (value.isEmpty() || value.codePointCount(0, value.length()) > CLIENT_ID_CHARACTERS) {
            throw Rejection.field("clientId", "field.length", "'clientId' has 1 to 64 characters");
        }
        clean("clientId", value);
        return value;
    }

    public static long range(String field, Long value, long least, long most) {
        present(field, value);
        if (value < least || value > most) {
            throw Rejection.field(
                    field, "field.out_of_range", "'" + field + "' is a whole number from " + least + " to " + most);
        }
        return value;
    }

    /** The place of an entry, not beyond what a number of JavaScript can hold. */
    public static long seq(String field, Long value, long least) {
        return range(field, value, least, MAX_SEQ);
    }

    /** A page size: {@code fallback} if absent. */
    public static int limit(Integer value, int fallback, int most) {
        return value == null ? fallback : (int) range("limit", value.longValue(), 1, most);
    }

    /** A list without repetition and without nulls; an absent one is empty. */
    public static <T> List<T> distinct(String field, Collection<T> values, int most) {
        if (values == null) {
            return List.of();
        }
        if (values.size() > most) {
            throw Rejection.field(field, "field.too_many", "'" + field + "' has at most " + most + " elements");
        }
        HashSet<T> seen = new HashSet<>();
        for (T value : values) {
            if (value == null) {
                throw Rejection.field(field, "field.type", "'" + field + "' holds a null");
            }
            if (!seen.add(value)) {
                throw Rejection.field(field, "field.duplicate", "'" + field + "' holds " + value + " twice");
            }
        }
        return List.copyOf(values);
    }

    public static <T> List<T> someDistinct(String field, Collection<T> values, int most) {
        present(field, values);
        if (values.isEmpty()) {
            throw Rejection.field(field, "field.empty", "'" + field + "' is empty");
        }
        return distinct(field, values, most);
    }

    /** Neither NUL nor half of a surrogate pair. */
    static void clean(String field, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == 0) {
                throw Rejection.field(field, "field.nul", "'" + field + "' holds a NUL character");
            }
            if (Character.isHighSurrogate(c)
                    && i + 1 < value.length()
                    && Character.isLowSurrogate(value.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw Rejection.field(field, "field.surrogate", "'" + field + "' holds half of a surrogate pair");
            }
        }
    }
}
