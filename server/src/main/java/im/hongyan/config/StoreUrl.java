package im.hongyan.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The URL of a PostgreSQL or Redis server: {@code scheme://user:password@host:port/name?parameter=value}; for Redis
 * also with several servers, {@code host:port,host:port}. Special characters are percent-encoded. {@link #toString}
 * redacts the password.
 *
 * @param hosts at least one
 * @param name the database: a name for PostgreSQL, a number for Redis, "" if absent
 */
public record StoreUrl(
        String scheme,
        Optional<String> user,
        Optional<Secret> password,
        List<Host> hosts,
        String name,
        Map<String, String> parameters) {
    private static final String HOSTS = "needs host:port, separated by commas";

    private static final Pattern AUTHORITY =
            Pattern.compile("(?<before>[a-z]+://(?:[^/?#]*@)?)(?<hosts>[^/?#@]*)(?<after>.*)");

    private static final Set<String> SSL_MODES =
            Set.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

    /** One server; an IPv6 address has no brackets here. */
    public record Host(String name, int port) {
        @Override
        public String toString() {
            return (name.contains(":") ? "[" + name + "]" : name) + ":" + port;
        }
    }

    public StoreUrl {
        hosts = List.copyOf(hosts);
        parameters = Map.copyOf(parameters);
    }

    /** The host of the first server. */
    public String host() {
        return hosts.get(0).name;
    }

    /** The port of the first server. */
    public int port() {
        return hosts.get(0).port;
    }

    static StoreUrl postgres(String text) {
        StoreUrl url = parse(text, Set.of("postgresql", "postgres"), 5432, Set.of("sslmode", "sslrootcert"));
        if (url.hosts.size() > 1) {
            throw new IllegalArgumentException("must name exactly one server");
        }
        if (url.name.isEmpty() || url.name.contains("/")) {
            throw new IllegalArgumentException("needs a database name after the host: postgresql://…/hongyan");
        }
        if (url.user.isEmpty()) {
            throw new IllegalArgumentException("needs a user: postgresql://user:password@host/database");
        }
        String mode = url.parameters.getOrDefault("sslmode", "prefer");
        if (!SSL_MODES.contains(mode)) {
            throw new IllegalArgumentException(
                    "sslmode must be one of disable, allow, prefer, require, verify-ca, verify-full");
        }
        return url;
    }

    static StoreUrl redis(String text) {
        StoreUrl url = parse(text, Set.of("redis", "rediss"), 6379, Set.of("cafile"));
        if (!url.name.matches("\\d{0,5}")) {
            throw new IllegalArgumentException("needs a database number after the host: redis://host/0");
        }
        return url;
    }

    private static StoreUrl parse(String text, Set<String> schemes, int defaultPort, Set<String> knownParameters) {
        String[] texts = single(text);
        URI uri = uri(texts[0]);
        if (uri.getScheme() == null || !schemes.contains(uri.getScheme())) {
            throw new IllegalArgumentException("must start with "
                    + String.join(":// or ", schemes.stream().sorted().toList()) + "://");
        }
        if (uri.getHost() == null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("needs a host; percent-encode special characters");
        }
        List<Host> hosts = Arrays.stream(texts)
                .map(StoreUrl::uri)
                .map(each -> host(each, defaultPort))
                .toList();
        String[] credentials = uri.getRawUserInfo() == null
                ? new String[0]
                : uri.getRawUserInfo().split(":", 2);
        return new StoreUrl(
                uri.getScheme(),
                Optional.of(credentials.length > 0 ? decode(credentials[0]) : "")
                        .filter(user -> !user.isEmpty()),
                credentials.length > 1 ? Optional.of(Secret.of(decode(credentials[1]))) : Optional.empty(),
                hosts,
                uri.getRawPath() == null ? "" : decode(uri.getRawPath().replaceFirst("^/", "")),
                parameters(uri.getRawQuery(), knownParameters));
    }

    /** Splits a URL with several hosts into one URL per host, because Java's URLs have one host. */
    private static String[] single(String text) {
        Matcher parts = AUTHORITY.matcher(text);
        if (!parts.matches() || !parts.group("hosts").contains(",")) {
            return new String[] {text};
        }
        String[] hosts = parts.group("hosts").split(",", -1);
        if (Arrays.stream(hosts).anyMatch(String::isBlank)) {
            throw new IllegalArgumentException(HOSTS);
        }
        return Arrays.stream(hosts)
                .map(host -> parts.group("before") + host.strip() + parts.group("after"))
                .toArray(String[]::new);
    }

    private static Host host(URI uri, int defaultPort) {
        if (uri.getHost() == null) {
            throw new IllegalArgumentException(HOSTS);
        }
        return new Host(uri.getHost().replaceAll("^\\[|]$", ""), uri.getPort() < 0 ? defaultPort : uri.getPort());
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            // Without the cause, whose message repeats the text and thus perhaps a password.
            throw new IllegalArgumentException("is not a URL; percent-encode special characters");
        }
    }

    private static Map<String, String> parameters(String query, Set<String> known) {
        Map<String, String> parameters = new TreeMap<>();
        for (String pair : query == null ? new String[0] : query.split("&")) {
            String[] parts = pair.split("=", 2);
            if (parts.length < 2 || !known.contains(parts[0])) {
                throw new IllegalArgumentException("has an unknown parameter '" + decode(parts[0]) + "'; known are "
                        + String.join(", ", known.stream().sorted().toList()));
            }
            parameters.put(parts[0], decode(parts[1]));
        }
        return parameters;
    }

    private static String decode(String text) {
        // URLDecoder decodes forms, in which a plus is a space.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        String credentials = user.orElse("") + (password.isPresent() ? ":[redacted]" : "");
        return scheme + "://" + credentials + (credentials.isEmpty() ? "" : "@")
                + hosts.stream().map(Host::toString).collect(Collectors.joining(","))
                + (name.isEmpty() ? "" : "/" + name)
                + parameters.entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(parameter -> parameter.getKey() + "=" + parameter.getValue())
                        .reduce((a, b) -> a + "&" + b)
                        .map(query -> "?" + query)
                        .orElse("");
    }
}
