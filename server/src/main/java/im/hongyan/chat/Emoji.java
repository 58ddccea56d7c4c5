package im.hongyan.chat;

import java.util.BitSet;
import java.util.regex.Pattern;

/**
 * A reaction: exactly one emoji, whatever its number of code points.
 *
 * <p>"One" means one grapheme cluster of Unicode (UAX 29). Java 17 knows which characters are emoji but has no method
 * that says so. Rule GB11 of the grapheme clusters reveals it: two pictographs are two clusters side by side, and one
 * cluster with a joiner between them.
 */
final class Emoji {
    private static final Pattern CLUSTER = Pattern.compile("\\X");
    private static final Pattern KEYCAP = Pattern.compile("[0-9#*]\\x{FE0F}?\\x{20E3}");
    private static final int KEYCAP_MARK = 0x20E3;

    /** Emoji_Presentation of Unicode's emoji-data.txt below U+1F000, where most pictographs are text by default. */
    private static final BitSet EMOJI_BY_DEFAULT = ranges(
            0x231A, 0x231B, 0x23E9, 0x23EC, 0x23F0, 0x23F0, 0x23F3, 0x23F3, 0x25FD, 0x25FE, 0x2614, 0x2615, 0x2648,
            0x2653, 0x267F, 0x267F, 0x2693, 0x2693, 0x26A1, 0x26A1, 0x26AA, 0x26AB, 0x26BD, 0x26BE, 0x26C4, 0x26C5,
            0x26CE, 0x26CE, 0x26D4, 0x26D4, 0x26EA, 0x26EA, 0x26F2, 0x26F3, 0x26F5, 0x26F5, 0x26FA, 0x26FA, 0x26FD,
            0x26FD, 0x2705, 0x2705, 0x270A, 0x270B, 0x2728, 0x2728, 0x274C, 0x274C, 0x274E, 0x274E, 0x2753, 0x2755,
            0x2757, 0x2757, 0x2795, 0x2797, 0x27B0, 0x27B0, 0x27BF, 0x27BF, 0x2B1B, 0x2B1C, 0x2B50, 0x2B50, 0x2B55,
            0x2B55);

    /** From U+1F000 on, where most are emoji by default, those that are not. */
    private static final BitSet TEXT_BY_DEFAULT = ranges(
            0x1F170, 0x1F171, 0x1F17E, 0x1F17F, 0x1F202, 0x1F202, 0x1F237, 0x1F237, 0x1F321, 0x1F321, 0x1F324, 0x1F32C,
            0x1F336, 0x1F336, 0x1F37D, 0x1F37D, 0x1F396, 0x1F397, 0x1F399, 0x1F39B, 0x1F39E, 0x1F39F, 0x1F3CB, 0x1F3CE,
            0x1F3D4, 0x1F3DF, 0x1F3F3, 0x1F3F3, 0x1F3F5, 0x1F3F5, 0x1F3F7, 0x1F3F7, 0x1F43F, 0x1F43F, 0x1F441, 0x1F441,
            0x1F4FD, 0x1F4FD, 0x1F549, 0x1F54A, 0x1F56F, 0x1F570, 0x1F573, 0x1F579, 0x1F587, 0x1F587, 0x1F58A, 0x1F58D,
            0x1F590, 0x1F590, 0x1F5A5, 0x1F5A5, 0x1F5A8, 0x1F5A8, 0x1F5B1, 0x1F5B2, 0x1F5BC, 0x1F5BC, 0x1F5C2, 0x1F5C4,
            0x1F5D1, 0x1F5D3, 0x1F5DC, 0x1F5DE, 0x1F5E1, 0x1F5E1, 0x1F5E3, 0x1F5E3, 0x1F5E8, 0x1F5E8, 0x1F5EF, 0x1F5EF,
            0x1F5F3, 0x1F5F3, 0x1F5FA, 0x1F5FA, 0x1F6CB, 0x1F6CB, 0x1F6CD, 0x1F6CF, 0x1F6E0, 0x1F6E5, 0x1F6E9, 0x1F6E9,
            0x1F6F0, 0x1F6F0, 0x1F6F3, 0x1F6F3);

    private static final int JOINER = 0x200D;
    private static final int AS_EMOJI = 0xFE0F;

    private Emoji() {}

    static boolean isOne(String text) {
        if (text.isEmpty() || !CLUSTER.matcher(text).matches()) {
            return false;
        }
        if (KEYCAP.matcher(text).matches()) {
            return true;
        }
        int first = text.codePointAt(0);
        if (isRegional(first)) {
            return text.codePointCount(0, text.length()) == 2 && isRegional(text.codePointBefore(text.length()));
        }
        return isPictograph(first)
                && text.codePoints().allMatch(Emoji::belongs)
                && text.codePointBefore(text.length()) != JOINER;
    }

    /**
     * The canonical form in which a reaction is stored and counted: U+FE0F follows each character that is text by
     * default (and the digit of a keycap), unless a skin tone follows, and stands nowhere else.
     *
     * @param emoji for which {@link #isOne} is true
     */
    static String normalized(String emoji) {
        StringBuilder normalized = new StringBuilder(emoji.length() + 2);
        int[] characters = emoji.codePoints().filter(c -> c != AS_EMOJI).toArray();
        for (int i = 0; i < characters.length; i++) {
            int c = characters[i];
            normalized.appendCodePoint(c);
            boolean toned = i + 1 < characters.length && isSkinTone(characters[i + 1]);
            if (isTextByDefault(c) && !toned) {
                normalized.appendCodePoint(AS_EMOJI);
            }
        }
        return normalized.toString();
    }

    /** Of the characters of an emoji: those that are shown as text unless U+FE0F follows. */
    private static boolean isTextByDefault(int c) {
        if (c == JOINER || c == KEYCAP_MARK || isRegional(c) || isSkinTone(c) || isTag(c)) {
            return false;
        }
        return c < 0x1F000 ? !EMOJI_BY_DEFAULT.get(c) : TEXT_BY_DEFAULT.get(c);
    }

    /** A set of characters, given as pairs of the first and the last of a range. */
    private static BitSet ranges(int... bounds) {
        BitSet set = new BitSet();
        for (int i = 0; i < bounds.length; i += 2) {
            set.set(bounds[i], bounds[i + 1] + 1);
        }
        return set;
    }

    private static boolean belongs(int c) {
        return c == JOINER || c == AS_EMOJI || isSkinTone(c) || isTag(c) || isPictograph(c);
    }

    private static boolean isPictograph(int c) {
        String one = Character.toString(c);
        return CLUSTER.matcher(one + Character.toString(JOINER) + one).matches()
                && !CLUSTER.matcher(one + one).matches();
    }

    /** Two of them are a flag. */
    private static boolean isRegional(int c) {
        return c >= 0x1F1E6 && c <= 0x1F1FF;
    }

    private static boolean isSkinTone(int c) {
        return c >= 0x1F3FB && c <= 0x1F3FF;
    }

    /** They spell the flags of parts of countries. */
    private static boolean isTag(int c) {
        return c >= 0xE0020 && c <= 0xE007F;
    }
}
