package im.hongyan.loadtest.bench;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.Credentials;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Measures what an update of a live location costs, as a ratio to a plain SET of Redis in the same run. All members of
 * a group share, and each sends its next position when it may. Alternates with redis-benchmark, which sets values of
 * the same size on the same Redis. {@code scripts/bench-location} starts everything.
 */
public final class LocationBench {
    static final String USAGE =
            """
            usage: bench-location [option]...
              --rounds N         rounds; the medians are printed (default 3)
              --seconds N        measured seconds per round (default 10)
            Options that scripts/bench-location sets:
              --url URL          the server to measure, whose location.min-update-ms is 100
              --users FILE       as for scripts/bench, at least 200
              --server-pid PID   its process
              --data FOLDER      its data folder, with the embedded PostgreSQL and Redis
            """;

    private static final int SHARERS = 200;
    private static final int AT_ONCE = 20;
    /** A little more than the least time between two positions of a share. */
    private static final long PERIOD_MS = 110;

    private static final int SETS = 200_000;
    /** As long as a share in Redis. */
    private static final String VALUE = "x".repeat(130);

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration WARM_UP = Duration.ofSeconds(10);

    /** Execution time within Redis, without parsing and sockets. */
    private static final String COMMAND = "cmdstat_%s:calls=(\\d+),usec=(\\d+)";

    /** The options of the command line, checked before anything starts. */
    private record Options(URI url, Path users, long serverPid, Path data, int rounds, Duration seconds) {
        static Options of(String[] args) {
            Arguments given = new Arguments(args, Set.of("url", "users", "server-pid", "data", "rounds", "seconds"));
            return new Options(
                    URI.create(given.text("url")),
                    Path.of(given.text("users")),
                    given.number("server-pid", 0, 1, Integer.MAX_VALUE),
                    Path.of(given.text("data")),
                    given.number("rounds", 3, 1, 10),
                    Duration.ofSeconds(given.number("seconds", 10, 1, 60)));
        }
    }

    /** Calls of a command so far, and their execution time in microseconds. */
    private record Calls(long calls, long micros) {
        double microsPerCallSince(Calls before) {
            return (micros - before.micros) / (double) Math.max(1, calls - before.calls);
        }
    }

    private record Sharer(ChatConnection socket, String share, AtomicLong n) {}

    private final Options options;
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    private final Stores stores;
    private final Processes processes;
    private final Report report = new Report();
    private final LongAdder taken = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final List<Sharer> sharers;

    private LocationBench(Options options) throws IOException {
        this.options = options;
        stores = new Stores(options.data);
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("server", options.serverPid);
        parts.put("postgres", Processes.pidIn(options.data, "postmaster.pid"));
        parts.put("redis", Processes.pidIn(options.data, "redis.pid"));
        processes = new Processes(parts);
        sharers = share(users());
    }

    /** Exits with 0 if everything was measured, 1 if a figure would be meaningless, and 2 for invalid options. */
    public static void main(String[] args) {
        if (Arrays.asList(args).contains("--help")) {
            System.out.print(USAGE);
            System.exit(0);
        }
        try {
            LocationBench benchmark = new LocationBench(Options.of(args));
            benchmark.rounds();
            benchmark.report.print(System.out);
            System.exit(0);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.print(USAGE);
            System.exit(2);
        } catch (BenchFailure | IOException e) {
            System.err.println("bench-location: " + e.getMessage());
            System.exit(1);
        }
    }

    private List<Credentials> users() throws IOException {
        try (Stream<String> lines = Files.lines(options.users)) {
            List<Credentials> users = lines.filter(line -> line.startsWith("{"))
                    .map(Credentials::ofLine)
                    .limit(SHARERS)
                    .toList();
            if (users.size() < SHARERS) {
                throw new BenchFailure(SHARERS + " users are required, not " + users.size());
            }
            return users;
        }
    }

    /** Connects the users, and shares the location of each with a group of all. */
    private List<Sharer> share(List<Credentials> users) {
        ChatClient client = new ChatClient(vertx, options.url, ClientOptions.defaults());
        List<ChatConnection> sockets = Await.all(
                SHARERS,
                AT_ONCE,
                PATIENCE,
                "connecting",
                i -> client.connect(users.get(i).accessToken(), (type, data) -> {}));
        List<String> others = users.stream().skip(1).map(Credentials::user).toList();
        String group = Await.get(
                sockets.get(0)
                        .request("group.create", Map.of("clientId", "bench", "title", "Bench", "members", others))
                        .map(answer -> answer.at("/conversation/id").asText()),
                PATIENCE,
                "making a group");
        return Await.all(SHARERS, AT_ONCE, PATIENCE, "starting a share", i -> sockets.get(i)
                .request(
                        "location.start",
                        Map.of("conversation", group, "clientId", "bench", "seconds", 86_400, "precision", "precise"))
                .map(started -> new Sharer(sockets.get(i), started.get("share").asText(), new AtomicLong())));
    }

    private void rounds() {
        long timer = vertx.setPeriodic(PERIOD_MS, tick -> sharers.forEach(this::send));
        Await.sleep(WARM_UP);
        vertx.cancelTimer(timer);
        for (int round = 1; round <= options.rounds; round++) {
            System.err.println("round " + round + " of " + options.rounds);
            report.add("median", round());
        }
    }

    private void send(Sharer sharer) {
        long n = sharer.n.incrementAndGet();
        sharer.socket
                .request(
                        "location.update",
                        Map.of(
                                "share",
                                sharer.share,
                                "n",
                                n,
                                "latitude",
                                45.1 + n / 1e6,
                                "longitude",
                                9.1,
                                "accuracy",
                                12,
                                "heading",
                                90,
                                "speed",
                                1.5,
                                "measuredAt",
                                Instant.now().toString()))
                .onSuccess(answer -> taken.increment())
                .onFailure(failure -> refused.increment());
    }

    private List<Figure> round() {
        Calls before = calls("evalsha");
        Map<String, Long> cpuBefore = processes.cpuMicros();
        long takenBefore = taken.sum();
        long refusedBefore = refused.sum();
        long timer = vertx.setPeriodic(PERIOD_MS, tick -> sharers.forEach(this::send));
        Await.sleep(options.seconds);
        vertx.cancelTimer(timer);
        Map<String, Long> cpu = processes.cpuMicros();
        double updates = taken.sum() - takenBefore;
        if (updates < SHARERS || refused.sum() - refusedBefore > updates / 2) {
            throw new BenchFailure("only " + (long) updates + " updates were taken");
        }
        double script = calls("evalsha").microsPerCallSince(before);
        double server = (cpu.get("server") - cpuBefore.get("server")) / updates;
        double redis = (cpu.get("redis") - cpuBefore.get("redis")) / updates;

        Calls setsBefore = calls("set");
        long redisBefore = processes.cpuMicros().get("redis");
        stores.redisBenchmark(List.of("--csv", "-c", "1", "-n", "" + SETS, "SET", "hongyan:bench:{location}", VALUE));
        double plain = (processes.cpuMicros().get("redis") - redisBefore) / (double) SETS;
        double set = calls("set").microsPerCallSince(setsBefore);
        stores.redis(null, "DEL", "hongyan:bench:{location}");

        List<Figure> figures = new ArrayList<>();
        figures.add(new Figure("updates", "/s", updates / options.seconds.toSeconds()));
        figures.add(new Figure("cpu/update server", "µs", server));
        figures.add(new Figure("cpu/update redis", "µs", redis));
        figures.add(new Figure("cpu/SET redis", "µs", plain));
        figures.add(new Figure("execution/update redis", "µs", script));
        figures.add(new Figure("execution/SET redis", "µs", set));
        figures.add(new Figure("execution: update / SET", "", script / set));
        figures.add(new Figure("cpu of redis: update / SET", "", redis / plain));
        figures.add(new Figure("cpu of server and redis: update / SET", "", (server + redis) / plain));
        return figures;
    }

    private Calls calls(String command) {
        Matcher line = Pattern.compile(COMMAND.formatted(command)).matcher(stores.redis(null, "INFO", "commandstats"));
        return line.find() ? new Calls(Long.parseLong(line.group(1)), Long.parseLong(line.group(2))) : new Calls(0, 0);
    }
}
