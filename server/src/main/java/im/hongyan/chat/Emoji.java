package im.hongyan.chat;

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
