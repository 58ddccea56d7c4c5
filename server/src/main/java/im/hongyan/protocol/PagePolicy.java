package im.hongyan.protocol;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the pages that the server serves may load and use: the Content-Security-Policy and the Permissions-Policy. A
 * policy can only be extended. For example, a feature that shows videos and takes pictures contributes:
 *
 * <pre>{@code PagePolicy.NONE.allow("media-src", "blob:").permit("camera", "self")}</pre>
 *
 * @param content sources by directive of the Content-Security-Policy
 * @param permissions origins by directive of the Permissions-Policy
 */
public record PagePolicy(Map<String, Set<String>> content, Map<String, Set<String>> permissions) {
    public static final PagePolicy NONE = new PagePolicy(Map.of(), Map.of());

    private static final Pattern NAME = Pattern.compile("[a-z-]+");
    private static final Pattern SOURCE = Pattern.compile("[^\\s;,]+");
    /** Sources that allow everything: any site, any script. {@code 'wasm-unsafe-eval'} allows WebAssembly only. */
    private static final Pattern UNSAFE = Pattern.compile(
            "'unsafe-.*|(https?|wss?|ftp|file|filesystem):|([a-z+.-]+://)?\\*(\\.[a-z]+)?(:[\\d*]+)?(/.*)?");
    /** Sources that let a page generate scripts. */
    private static final Pattern UNSAFE_SCRIPT = Pattern.compile("(data|blob):");

    private static final Pattern SCRIPT = Pattern.compile("default-src|script-src.*|object-src|base-uri");
    private static final String SELF = "'self'";
    private static final String NOTHING = "'none'";

    /** @throws IllegalArgumentException if a name or source is malformed or would make the policy void */
    public PagePolicy {
        content = copy(content);
        permissions = copy(permissions);
    }

    /** Adds sources to a directive of the Content-Security-Policy. */
    public PagePolicy allow(String directive, String... sources) {
        return plus(new PagePolicy(Map.of(directive, Set.of(sources)), Map.of()));
    }

    /** Adds origins, or {@code self}, to a directive of the Permissions-Policy. Without origins it permits nothing. */
    public PagePolicy permit(String directive, String... origins) {
        return plus(new PagePolicy(Map.of(), Map.of(directive, Set.of(origins))));
    }

    /** The policy that allows what one of the two allows. */
    public PagePolicy plus(PagePolicy other) {
        return new PagePolicy(union(content, other.content), union(permissions, other.permissions));
    }

    /**
     * The value of the {@code Content-Security-Policy} header. A directive for what a page loads includes {@code
     * 'self'}, unless it is {@code 'none'}.
     */
    public String contentSecurityPolicy() {
        return content.entrySet().stream()
                .map(entry -> (entry.getKey() + " " + String.join(" ", sources(entry.getKey(), entry.getValue()))))
                .collect(Collectors.joining("; "));
    }

    /** The value of the {@code Permissions-Policy} header. */
    public String permissionsPolicy() {
        return permissions.entrySet().stream()
                .map(entry -> entry.getKey() + "=("
                        + entry.getValue().stream().map(PagePolicy::origin).collect(Collectors.joining(" ")) + ")")
                .collect(Collectors.joining(", "));
    }

    private static List<String> sources(String directive, Set<String> sources) {
        if (sources.equals(Set.of(NOTHING))) {
            return List.of(NOTHING);
        }
        // A directive replaces default-src, which is 'self'.
        Stream<String> own = directive.endsWith("-src") ? Stream.of(SELF) : Stream.empty();
        return Stream.concat(own, sources.stream().filter(source -> !source.equals(NOTHING)))
                .distinct()
                .toList();
    }

    private static String origin(String origin) {
        return origin.equals("self") ? origin : '"' + origin + '"';
    }

    private static Map<String, Set<String>> union(Map<String, Set<String>> one, Map<String, Set<String>> other) {
        Map<String, Set<String>> union = new TreeMap<>(one);
        other.forEach((directive, sources) -> union.merge(directive, sources, (left, right) -> {
            Set<String> both = new TreeSet<>(left);
            both.addAll(right);
            return both;
        }));
        return union;
    }

    private static Map<String, Set<String>> copy(Map<String, Set<String>> directives) {
        Map<String, Set<String>> copy = new TreeMap<>();
        directives.forEach((directive, sources) -> copy.put(directive, checked(directive, sources)));
        return Collections.unmodifiableMap(copy);
    }

    /** Browsers compare schemes and keywords regardless of case. */
    private static boolean isUnsafe(String directive, String source) {
        String lower = source.toLowerCase(Locale.ROOT);
        return UNSAFE.matcher(lower).matches()
                || (SCRIPT.matcher(directive).matches()
                        && UNSAFE_SCRIPT.matcher(lower).matches());
    }

    private static Set<String> checked(String directive, Set<String> sources) {
        boolean wellFormed = NAME.matcher(directive).matches()
                && sources.stream().allMatch(source -> SOURCE.matcher(source).matches());
        if (!wellFormed || sources.stream().anyMatch(source -> isUnsafe(directive, source))) {
            throw new IllegalArgumentException("a page policy cannot contain " + directive + " " + sources);
        }
        return Collections.unmodifiableSet(new TreeSet<>(sources));
    }
}
