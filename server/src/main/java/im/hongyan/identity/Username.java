package im.hongyan.identity;

import com.fasterxml.jackson.annotation.JsonCreator;
import im.hongyan.protocol.Rejection;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The name that a person signs in with and is found by: 3 to 32 of {@code a-z 0-9 _ . -}, a letter or a digit at both
 * ends, compared without regard to case.
 *
 * @param typed as it was written, with capitals
 */
record Username(String typed) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{1,30}[A-Za-z0-9]");

    /** Names that would lend their bearer somebody else's authority. */
    private static final Set<String> RESERVED = Set.of(
            "admin",
            "administrator",
            "deleted",
            "help",
            "hongyan",
            "moderator",
            "official",
            "operator",
            "postmaster",
            "root",
            "security",
            "support",
            "system",
            "webmaster");

    Username {
        // The form is checked before the case is folded: the Kelvin sign, for one, folds to a plain k.
        if (!FORM.matcher(typed).matches()) {
            throw Rejection.invalid(
                    "username.form",
                    "a username is 3 to 32 of a-z, 0-9, '_', '.' and '-', with a letter or a digit at both ends");
        }
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Username of(String typed) {
        return new Username(typed);
    }

    /** As it is stored and shown: in lower case. */
    String text() {
        return typed.toLowerCase(Locale.ROOT);
    }

    boolean reserved() {
        return RESERVED.contains(text());
    }

    @Override
    public String toString() {
        return text();
    }
}
