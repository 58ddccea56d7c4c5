package im.hongyan.loadtest.bench;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;

/** The command line of {@link EnvelopeBench}. It is validated completely before anything starts. */
final class EnvelopeOptions {
    static final String USAGE =
            """
            usage: bench-envelope [option]...
              --only LIST        winners or losers (default: both)
              --rounds N         rounds; the medians are printed (default 3)
              --seconds N        measured seconds per figure (default 5, at most 8)
            Options that scripts/bench-envelope sets:
              --url URL          the server to measure
              --metrics URL      its metrics
              --users FILE       as for scripts/bench, at least 1,000
              --server-pid PID   its process
              --data FOLDER      its data folder, with the embedded PostgreSQL and Redis
              --lua FOLDER       the folder with the share allocator's scripts
              --opening-classpath CLASSPATH   the class path of the opening code alone
            """;

    private static final Set<String> PARTS = Set.of("winners", "losers");

    private final Arguments given;

    /** @throws IllegalArgumentException with a message for the user */
    EnvelopeOptions(String[] args) {
        given = new Arguments(
                args,
                Set.of(
                        "url",
                        "metrics",
                        "users",
                        "server-pid",
                        "data",
                        "lua",
                        "opening-classpath",
                        "only",
                        "rounds",
                        "seconds"));
        for (String needed : Set.of("url", "metrics", "users", "server-pid", "data", "lua", "opening-classpath")) {
            given.text(needed);
        }
        rounds();
        seconds();
        serverPid();
        if (!PARTS.containsAll(Arrays.asList(only()))) {
            throw new IllegalArgumentException("--only must be a list of winners,losers, not " + given.text("only"));
        }
    }

    URI url() {
        return URI.create(given.text("url"));
    }

    URI metrics() {
        return URI.create(given.text("metrics"));
    }

    Path users() {
        return Path.of(given.text("users"));
    }

    long serverPid() {
        return given.number("server-pid", 0, 1, Integer.MAX_VALUE);
    }

    Path data() {
        return Path.of(given.text("data"));
    }

    Path lua() {
        return Path.of(given.text("lua"));
    }

    String openingClassPath() {
        return given.text("opening-classpath");
    }

    int rounds() {
        return given.number("rounds", 3, 1, 10);
    }

    Duration seconds() {
        return Duration.ofSeconds(given.number("seconds", 5, 1, 8));
    }

    boolean runs(String part) {
        return Arrays.asList(only()).contains(part);
    }

    private String[] only() {
        return given.has("only") ? given.text("only").split(",", -1) : new String[] {"winners", "losers"};
    }
}
