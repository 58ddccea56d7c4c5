package im.hongyan.identity;

import com.fasterxml.jackson.annotation.JsonCreator;
import im.hongyan.protocol.Rejection;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A password as somebody typed it, in NFKC so that each keyboard writes the same bytes (NIST SP 800-63B, 5.1.1.2). Never
 * printed: {@link #toString} redacts.
 */
final class Password {
    private static final int MIN = 8;
    private static final int MAX = 256;
    private static final Set<String> COMMON = common();

    private final String text;

    private Password(String text) {
        this.text = text;
    }

    /** Any password that may be tried; whether it may be chosen is asked with {@link #choose}. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Password of(String typed) {
        // Bounded before and after: one character of NFKC may stand for eighteen.
        return bounded(Normalizer.normalize(bounded(typed).text, Normalizer.Form.NFKC));
    }

    private static Password bounded(String text) {
        if (text.isEmpty() || text.length() > 2 * MAX || text.codePointCount(0, text.length()) > MAX) {
            throw Rejection.invalid("password.length", "a password has " + MIN + " to " + MAX + " characters");
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw Rejection.invalid("field.surrogate", "the password holds half of a surrogate pair");
        }
        return new Password(text);
    }

    /**
     * This password, if somebody may choose it.
     *
     * @throws Rejection if it is too short or among the first that anybody would try
     */
    Password choose(String field, String username) {
        if (text.codePointCount(0, text.length()) < MIN) {
            throw Rejection.field(field, "password.length", "a password has " + MIN + " to " + MAX + " characters");
        }
        String folded = text.toLowerCase(Locale.ROOT);
        if (COMMON.contains(folded) || folded.equals(username)) {
            throw Rejection.field(field, "password.common", "this password is among the first that anybody would try");
        }
        return this;
    }

    byte[] utf8() {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "[redacted]";
    }

    private static Set<String> common() {
        try (InputStream list = Password.class.getResourceAsStream("common-passwords.txt")) {
            return new String(Objects.requireNonNull(list).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
