package im.hongyan.loadtest.bench;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;

/** The command line of {@link EnvelopeBench}, all of it checked before anything starts. */
final class EnvelopeOptions {
    static final String USAGE =
            """
            usage: bench-envelope [option]...
              --only LIST        of winners,losers (default: both)
              --rounds N         the medians are printed (default 3)
              --seconds N        measured for each figure (default 5, at most 8)
            and, which scripts/bench-envelope gives:
              --url URL          the server to measure
              --metrics URL      its metrics
              --users FILE       as for scripts/bench: 1,000 at least
              --server-pid PID   its process
              --data FOLDER      its data folder, with the built-in PostgreSQL and Redis in it
              --lua FOLDER       the scripts of the gate
              --grab CLASSPATH   of the grab alone
            """;

    private static final Set<String> PARTS = Set.of("winners", "losers");

    private final Arguments given;

    /** @throws IllegalArgumentException in words for the user */
    EnvelopeOptions(String[] args) {
        given = new Arguments(
                args,
                Set.of("url", "metrics", "users", "server-pid", "data", "lua", "grab", "only", "rounds", "seconds"));
        for (String needed : Set.of("url", "metrics", "users", "server-pid", "data", "lua", "grab")) {
            given.text(needed);
        }
        rounds();
        seconds();
        serverPid();
        if (!PARTS.containsAll(Arrays.asList(only()))) {
            throw new IllegalArgumentException("--only is a list of winners,losers, not " + given.text("only"));
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

    String grab() {
        return given.text("grab");
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
