package im.hongyan.protocol;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

/** Text that others see in one line among their own: it must be visible and must not disturb its surroundings. */
public final class SingleLine {
    private SingleLine() {}

    /**
     * Trimmed and in NFC.
     *
     * @param what names the text in errors, as "a display name"
     * @param most length in characters (code points)
     */
    public static String of(String what, String typed, int most) {
        if (typed.length() > 8 * most) {
            throw tooLong(what, most);
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(typed)) {
            throw Rejection.invalid("field.surrogate", what + " holds half of a surrogate pair");
        }
        String text = Normalizer.normalize(typed.strip(), Normalizer.Form.NFC);
        if (text.codePointCount(0, text.length()) > most) {
            throw tooLong(what, most);
        }
        if (text.codePoints().anyMatch(SingleLine::disturbs)) {
            throw Rejection.invalid(
                    "field.control", what + " holds a control character, a line break or a change of direction");
        }
        if (text.codePoints().noneMatch(SingleLine::shows)) {
            throw Rejection.invalid("field.empty", what + " needs something that can be seen");
        }
        return text;
    }

    private static Rejection tooLong(String what, int most) {
        return Rejection.invalid("field.too_long", what + " has at most " + most + " characters");
    }

    private static boolean disturbs(int c) {
        int type = Character.getType(c);
        return type == Character.CONTROL
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                // Embeddings, overrides and isolates turn round what stands beside them (Unicode TR 36, 2.1).
                || (c >= 0x202A && c <= 0x202E)
                || (c >= 0x2066 && c <= 0x2069);
    }

    private static boolean shows(int c) {
        return switch (Character.getType(c)) {
            case Character.FORMAT,
                    Character.SPACE_SEPARATOR,
                    Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE -> false;
            // Letters and symbols by category, yet blank: the Hangul fillers and the empty Braille cell.
            default -> c != 0x115F && c != 0x1160 && c != 0x3164 && c != 0xFFA0 && c != 0x2800;
        };
    }
}
