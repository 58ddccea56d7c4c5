package im.hongyan.identity;

import com.fasterxml.jackson.annotation.JsonCreator;
import im.hongyan.protocol.Rejection;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The unique name for signing in and finding a user: 3 to 32 characters of {@code a-z 0-9 _ . -} with a letter or digit
 * at both ends, case-insensitive.
 *
 * @param typed as the user wrote it, with capitals
 */
record Username(String typed) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{1,30}[A-Za-z0-9]");

    /** Names that suggest authority over other users. */
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
        // Checked before case folding: the Kelvin sign, for example, folds to a plain k.
        if (!FORM.matcher(typed).matches()) {
            throw Rejection.invalid(
                    "username.form",
                    "a username must have 3 to 32 of a-z, 0-9, '_', '.' and '-', with a letter or digit at both ends");
        }
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Username of(String typed) {
        return new Username(typed);
    }

    /** As stored and shown: in lower case. */
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
