package im.hongyan.protocol;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What users see of a text: whether it shows anything, and where it may be cut. */
public final class VisibleText {
    private static final Pattern CLUSTER = Pattern.compile("\\X");

    private VisibleText() {}

    /** Whether the text contains a character that a reader can see. */
    public static boolean isVisible(String text) {
        return text.codePoints().anyMatch(VisibleText::isVisible);
    }

    /**
     * Shortens a text to at most {@code max} characters (code points). Cuts between grapheme clusters (UAX 29), so that
     * no emoji and no accented letter is split; only a cluster that is longer than {@code max} itself is.
     */
    public static String cut(String text, int max) {
        if (text.length() <= max || text.codePointCount(0, text.length()) <= max) {
            return text;
        }
        int limit = text.offsetByCodePoints(0, max);
        // A cluster that begins before the limit may end far behind it; how far does not matter.
        Matcher clusters = CLUSTER.matcher(text).region(0, Math.min(text.length(), limit + max));
        int end = 0;
        while (clusters.find() && clusters.end() <= limit) {
            end = clusters.end();
        }
        return text.substring(0, end == 0 ? limit : end);
    }

    private static boolean isVisible(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE -> false;
            // A mark without a letter is drawn on a blank or on a dotted circle.
            case Character.NON_SPACING_MARK -> !isIgnorableMark(c);
            // Emoji and ideographs that are newer than the JVM's tables are unassigned for it.
            case Character.UNASSIGNED -> !isIgnorable(c);
            // The Hangul fillers and the empty Braille cell are letters and symbols by category, but blank.
            default -> c != 0x115F && c != 0x1160 && c != 0x3164 && c != 0xFFA0 && c != 0x2800 && c != 0x1D159;
        };
    }

    /** Marks without a glyph: variation selectors, the grapheme joiner and two vowels of Khmer. */
    private static boolean isIgnorableMark(int c) {
        return c == 0x034F
                || c == 0x17B4
                || c == 0x17B5
                || (c >= 0x180B && c <= 0x180F)
                || (c >= 0xFE00 && c <= 0xFE0F)
                || (c >= 0xE0100 && c <= 0xE01EF);
    }

    /** Unassigned characters that have no glyph: noncharacters, and those that are reserved as invisible. */
    private static boolean isIgnorable(int c) {
        return c == 0x2065
                || (c >= 0xFFF0 && c <= 0xFFF8)
                || (c >= 0xE0000 && c <= 0xE0FFF)
                || (c >= 0xFDD0 && c <= 0xFDEF)
                || (c & 0xFFFE) == 0xFFFE;
    }
}
