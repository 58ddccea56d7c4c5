package im.hongyan.http.description;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The reasons of errors in the sources, with their kinds: the arguments of the factory methods of Rejection.
 *
 * @param literal reasons that are string literals
 * @param endings of reasons that are concatenated, such as {@code name + ".limited"}
 */
record ReasonsInCode(Map<String, Set<String>> literal, Map<String, Set<String>> endings) {
    private static final Pattern REJECTION = Pattern.compile("\\bRejection\\s*\\.\\s*"
            + "(of|invalid|field|forbidden|notFound|conflict|unauthenticated|limited|unavailable)\\s*\\(");
    /** Methods that pass a reason on, with their kind. */
    private static final Map<String, String> FORWARDING = Map.of("refused", "unauthenticated");

    private static final Pattern FORWARDED =
            Pattern.compile("(?<![\\w.])(" + String.join("|", FORWARDING.keySet()) + ")\\s*\\(");
    /** The reason of a frame limit. */
    private static final Pattern OWN_LIMIT = Pattern.compile("\\.withReason\\s*\\(");

    private static final Pattern LITERAL = Pattern.compile("\"([a-z_.]+)\"");
    private static final Pattern ENDING = Pattern.compile(".+\\+\\s*\"([a-z_.]+)\"");

    static ReasonsInCode read(Path sources) throws IOException {
        ReasonsInCode reasons = new ReasonsInCode(new TreeMap<>(), new TreeMap<>());
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java"))
                    .filter(path -> !path.endsWith("Rejection.java"))
                    .toList()) {
                reasons.read(file, Files.readString(file));
            }
        }
        return reasons;
    }

    Set<String> kindsOf(String reason) {
        Set<String> kinds = new TreeSet<>(literal.getOrDefault(reason, Set.of()));
        endings.forEach((ending, of) -> {
            if (reason.endsWith(ending)) {
                kinds.addAll(of);
            }
        });
        return kinds;
    }

    private void read(Path file, String source) {
        Matcher refusal = REJECTION.matcher(source);
        while (refusal.find()) {
            String method = refusal.group(1);
            List<String> arguments = arguments(source, refusal.end());
            int place = Set.of("of", "field").contains(method) ? 1 : 0;
            String kind =
                    switch (method) {
                        case "of" -> arguments.get(0).replace("ErrorKind.", "").toLowerCase(Locale.ROOT);
                        case "field" -> "invalid";
                        case "notFound" -> "not_found";
                        default -> method;
                    };
            add(file, kind, arguments.get(place));
        }
        Matcher handing = FORWARDED.matcher(source);
        while (handing.find()) {
            String first = arguments(source, handing.end()).get(0);
            if (first.startsWith("\"")) {
                add(file, FORWARDING.get(handing.group(1)), first);
            }
        }
        Matcher limit = OWN_LIMIT.matcher(source);
        while (limit.find()) {
            add(file, "limited", arguments(source, limit.end()).get(0));
        }
    }

    private void add(Path file, String kind, String reason) {
        Matcher whole = LITERAL.matcher(reason);
        Matcher end = ENDING.matcher(reason);
        if (whole.matches()) {
            literal.computeIfAbsent(whole.group(1), key -> new TreeSet<>()).add(kind);
        } else if (end.matches()) {
            endings.computeIfAbsent(end.group(1), key -> new TreeSet<>()).add(kind);
        } else if (!reason.equals("reason")) {
            throw new AssertionError(file + ": the reason '" + reason + "' cannot be read off the source");
        }
    }

    /** The arguments of a method call whose opening parenthesis ends at {@code from}. */
    private static List<String> arguments(String source, int from) {
        List<String> arguments = new ArrayList<>();
        StringBuilder argument = new StringBuilder();
        int depth = 0;
        boolean quoted = false;
        for (int i = from; ; i++) {
            char c = source.charAt(i);
            if (c == '"' && source.charAt(i - 1) != '\\') {
                quoted = !quoted;
            }
            boolean end = !quoted && depth == 0 && c == ')';
            if (end || (!quoted && depth == 0 && c == ',')) {
                arguments.add(argument.toString().strip());
                argument.setLength(0);
                if (end) {
                    return arguments;
                }
                continue;
            }
            depth += quoted ? 0 : "([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0;
            argument.append(c);
        }
    }
}
