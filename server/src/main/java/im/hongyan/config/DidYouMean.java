package im.hongyan.config;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Suggests a known word for a misspelled one. */
final class DidYouMean {
    private DidYouMean() {}

    /** {@code "; did you mean 'x'?"}, or "" if no known word is similar. */
    static String suggestion(String word, List<String> known) {
        return known.stream()
                .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
                .filter(candidate -> distance(word, candidate) <= Math.max(2, word.length() / 4))
                .map(candidate -> "; did you mean '" + candidate + "'?")
                .orElse("");
    }

    /** The Levenshtein distance, ignoring case and separators. */
    private static int distance(String left, String right) {
        String a = plain(left);
        String b = plain(right);
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }

    private static String plain(String word) {
        return word.toLowerCase(Locale.ROOT).replaceAll("[-_.]", "");
    }
}
