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
 * A password in NFKC, so that it has the same bytes from every keyboard (NIST SP 800-63B, 5.1.1.2). Never printed:
 * {@link #toString} redacts it.
 */
final class Password {
    private static final int MIN = 8;
    private static final int MAX = 256;
    private static final Set<String> COMMON = common();

    private final String text;

    private Password(String text) {
        this.text = text;
    }

    /** Accepts any password that can be tried. {@link #choose} decides whether it can be chosen. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Password of(String typed) {
        // Bounded before and after: NFKC can turn one character into eighteen.
        return bounded(Normalizer.normalize(bounded(typed).text, Normalizer.Form.NFKC));
    }

    private static Password bounded(String text) {
        if (text.isEmpty() || text.length() > 2 * MAX || text.codePointCount(0, text.length()) > MAX) {
            throw Rejection.invalid("password.length", "a password must have " + MIN + " to " + MAX + " characters");
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw Rejection.invalid("field.surrogate", "the password must not contain an unpaired surrogate");
        }
        return new Password(text);
    }

    /**
     * Returns this password if it can be chosen.
     *
     * @throws Rejection if it is too short or too common
     */
    Password choose(String field, String username) {
        if (text.codePointCount(0, text.length()) < MIN) {
            throw Rejection.field(
                    field, "password.length", "a password must have " + MIN + " to " + MAX + " characters");
        }
        String folded = text.toLowerCase(Locale.ROOT);
        if (COMMON.contains(folded) || folded.equals(username)) {
            throw Rejection.field(field, "password.common", "this password is too common");
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
