package im.hongyan.loadtest.bench;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The command line. It is validated completely before anything starts. */
final class BenchOptions {
    static final String USAGE =
            """
            usage: bench --url http://127.0.0.1:8080 --users FILE [option]...
              --url URL,URL      the server to measure; with several nodes, connections use them in turn
              --users FILE       one {"user","username","accessToken","refreshToken"} per line; - is standard input
              --register N       register N users over HTTP instead, at most 500
              --server-pid PID   the server's process, for CPU and memory; PID,PID for several nodes
              --postgres-pid PID PostgreSQL's main process
              --redis-pid PID    the Redis process
              --data FOLDER      the data folder of an embedded PostgreSQL and Redis, instead of the two pids above
              --only LIST        any of direct,paced,group,idle,signin (default: all)
              --rounds N         rounds of each load; the medians are printed (default 3)
              --seconds N        measured seconds per load (default 10)
              --warmup N         seconds of warm-up (default 5)
              --max-warmup N     continue to warm up for up to N seconds in total while the JIT compilers are busy
                                 (default: as --warmup)
              --crowd N          users in pairs and in the group (default 200)
              --rate N           messages per second of the paced load (default 1000)
              --senders N        members of the group that write (default 8)
              --idle N           idle connections (default 10000)
              --signins N        users to register and sign in (default 20)
              --addresses N      connect from 127.0.0.1 to 127.0.0.N, if ports would run out (default 1)
              --xmpp URL         also measure this ejabberd, alternately: ws://127.0.0.1:5280/ws. This requires
              --xmpp-domain NAME   --xmpp-pid PID, --xmpp-postgres-pid PID, --xmpp-users N (named u0, u1, …),
              --xmpp-password P    their password, and
              --xmpp-count CMD     a command that prints the archived rows as "<one-to-one> <room>"
            """;

    private static final Set<String> LOADS = Set.of("direct", "paced", "group", "idle", "signin");
    private static final Set<String> KNOWN = Set.of(
            "url",
            "users",
            "register",
            "server-pid",
            "postgres-pid",
            "redis-pid",
            "data",
            "only",
            "rounds",
            "seconds",
            "warmup",
            "max-warmup",
            "crowd",
            "rate",
            "senders",
            "idle",
            "signins",
            "addresses",
            "xmpp",
            "xmpp-domain",
            "xmpp-pid",
            "xmpp-postgres-pid",
            "xmpp-users",
            "xmpp-password",
            "xmpp-count");

    private final Arguments given;

    /** @throws IllegalArgumentException with a message for the user */
    BenchOptions(String[] args) {
        given = new Arguments(args, KNOWN);
        check();
    }

    private void check() {
        if (!given.has("url") && !given.has("xmpp")) {
            throw new IllegalArgumentException("--url or --xmpp is required");
        }
        if (given.has("url") && given.has("users") == given.has("register")) {
            throw new IllegalArgumentException("either --users or --register is required");
        }
        if (crowd() % 2 != 0) {
            throw new IllegalArgumentException("--crowd must be an even number");
        }
        rounds();
        seconds();
        warmup();
        rate();
        senders();
        idle();
        signIns();
        addresses();
        register();
        only();
    }

    boolean has(String name) {
        return given.has(name);
    }

    String text(String name) {
        return given.text(name);
    }

    /** One per node. */
    List<URI> urls() {
        return Arrays.stream(text("url").split(",", -1)).map(URI::create).toList();
    }

    /** One per node. */
    List<Long> serverPids() {
        try {
            return Arrays.stream(text("server-pid").split(",", -1))
                    .map(Long::valueOf)
                    .toList();
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--server-pid must be process ids separated by commas");
        }
    }

    Path data() {
        return Path.of(text("data"));
    }

    boolean runs(String load) {
        return only().contains(load);
    }

    private Set<String> only() {
        Set<String> loads = given.has("only")
                ? new LinkedHashSet<>(Arrays.asList(given.text("only").split(",", -1)))
                : LOADS;
        if (!LOADS.containsAll(loads)) {
            throw new IllegalArgumentException("--only must be a list of direct,paced,group,idle,signin, not " + loads);
        }
        return loads;
    }

    int rounds() {
        return number("rounds", 3, 1, 20);
    }

    Duration seconds() {
        return Duration.ofSeconds(number("seconds", 10, 1, 600));
    }

    WarmUp warmup() {
        int min = number("warmup", 5, 0, 600);
        return new WarmUp(Duration.ofSeconds(min), Duration.ofSeconds(number("max-warmup", min, min, 600)));
    }

    int crowd() {
        return number("crowd", 200, 2, 500);
    }

    int rate() {
        return number("rate", 1_000, 1, 100_000);
    }

    int senders() {
        return number("senders", 8, 1, 200);
    }

    int idle() {
        return number("idle", 10_000, 1, 100_000);
    }

    int signIns() {
        return number("signins", 20, 1, 200);
    }

    int register() {
        return number("register", 0, 0, 500);
    }

    List<String> addresses() {
        int count = number("addresses", 1, 1, 200);
        return java.util.stream.IntStream.rangeClosed(1, count)
                .mapToObj(i -> "127.0.0." + i)
                .toList();
    }

    /** A required process id. */
    long pid(String name) {
        text(name);
        return number(name, 0, 1, Integer.MAX_VALUE);
    }

    int number(String name, int absent, int min, int max) {
        return given.number(name, absent, min, max);
    }
}
