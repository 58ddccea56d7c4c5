package im.hongyan.protocol;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

/** Normalizes names that appear within a line of other text. They must be visible and must not disturb that line. */
public final class SingleLine {
    private SingleLine() {}

    /**
     * Trims the text and converts it to NFC.
     *
     * @param what names the text in errors, such as "a display name"
     * @param max length in characters (code points)
     */
    public static String of(String what, String typed, int max) {
        if (typed.length() > 8 * max) {
            throw tooLong(what, max);
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(typed)) {
            throw Rejection.invalid("field.surrogate", what + " must not contain an unpaired surrogate");
        }
        String text = Normalizer.normalize(typed.strip(), Normalizer.Form.NFC);
        if (text.codePointCount(0, text.length()) > max) {
            throw tooLong(what, max);
        }
        if (text.codePoints().anyMatch(SingleLine::disturbs)) {
            throw Rejection.invalid(
                    "field.control",
                    what + " must not contain control characters, line breaks or changes of text direction");
        }
        if (!VisibleText.isVisible(text)) {
            throw Rejection.invalid("field.empty", what + " must contain a visible character");
        }
        return text;
    }

    private static Rejection tooLong(String what, int max) {
        return Rejection.invalid("field.too_long", what + " must have at most " + max + " characters");
    }

    private static boolean disturbs(int c) {
        int type = Character.getType(c);
        return type == Character.CONTROL
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                // Embeddings, overrides and isolates reorder the text beside them (Unicode TR 36, 2.1).
                || (c >= 0x202A && c <= 0x202E)
                || (c >= 0x2066 && c <= 0x2069);
    }
}
