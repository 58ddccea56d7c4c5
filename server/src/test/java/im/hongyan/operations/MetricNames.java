package im.hongyan.operations;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of metrics in a PromQL expression. */
public final class MetricNames {
    /** The parts of an expression that contain no metric: labels, durations and strings. */
    private static final Pattern NO_METRICS = Pattern.compile(
            "\"[^\"]*\"|\\{[^}]*}|\\[[^]]*]|\\b(by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)"
                    + "|\\boffset\\s+\\w+|\\b[0-9][0-9a-zA-Z.]*");

    private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*\\b(?!\\s*\\()");

    private static final Set<String> KEYWORDS = Set.of("and", "or", "unless", "bool", "by", "without", "inf", "nan");

    private MetricNames() {}

    public static Set<String> in(String expression) {
        // Strings first, because they may contain braces and brackets.
        String bare =
                NO_METRICS.matcher(expression.replaceAll("\"[^\"]*\"", "")).replaceAll(" ");
        Set<String> names = new TreeSet<>();
        for (Matcher name = NAME.matcher(bare); name.find(); ) {
            if (!KEYWORDS.contains(name.group())) {
                names.add(name.group());
            }
        }
        return names;
    }
}
