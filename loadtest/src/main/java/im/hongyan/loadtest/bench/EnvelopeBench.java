package im.hongyan.loadtest.bench;

import im.hongyan.loadtest.bench.EnvelopeCrowd.Wish;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.Credentials;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Measures the opening of red envelopes: winners and losers per second, through a whole server and by the opening code
 * alone. Alternates with pgbench and redis-benchmark, which do the same work on the same PostgreSQL and Redis. {@code
 * scripts/bench-envelope} starts everything.
 */
public final class EnvelopeBench {
    private static final int EVENT_LOOPS = 2;
    private static final Duration WARM_UP = Duration.ofSeconds(2);
    private static final Duration FIRST_WARM_UP = Duration.ofSeconds(5);
    /**
     * Envelopes per group. Each loser of a closed envelope needs an envelope that the node does not know to be closed.
     */
    private static final int MAX_ENVELOPES = 400;

    private static final double MIN_SECONDS = 1;

    /** Like a node: two lanes with a batch in flight each. */
    private static final Pgbench.Shape BATCHES = new Pgbench.Shape(2, 256);

    private static final Pgbench.Shape SINGLE = new Pgbench.Shape(40, 1);

    /** One user per call: as many calls in flight as on the server, on as many connections. */
    private static final RedisBenchmark.Shape ONE = new RedisBenchmark.Shape(4, 250, 1);

    /** Many users per call, as a node coalesces the requests of a crowd. */
    private static final RedisBenchmark.Shape TOGETHER = new RedisBenchmark.Shape(4, 5, 50);

    private final EnvelopeOptions options;
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(EVENT_LOOPS));
    private final HttpClient http = HttpClient.newHttpClient();
    private final Report report = new Report();
    /** The rate of each measurement, so that the next one prepares enough envelopes. The first values are guesses. */
    private final Map<String, Double> rates = new LinkedHashMap<>();

    private final Stores stores;
    private final Processes processes;
    private final EnvelopeCrowd crowd;
    private final Pgbench pgbench;
    private final RedisBenchmark redisBenchmark;
    private final OpeningProcess opening;
    private boolean counts;
    /** The figures of the current round. */
    private final List<Figure> figures = new ArrayList<>();

    private EnvelopeBench(EnvelopeOptions options, Path folder) throws IOException {
        this.options = options;
        stores = new Stores(options.data());
        processes = processes();
        List<Credentials> users = users();
        crowd = EnvelopeCrowd.gather(new ChatClient(vertx, options.url(), ClientOptions.defaults()), users);
        pgbench = new Pgbench(stores, folder);
        redisBenchmark = new RedisBenchmark(stores, options.lua());
        opening = new OpeningProcess(options.openingClassPath(), options.data(), pgbench.currency(), folder);
    }

    /**
     * Exits with 0 if everything was measured, 1 if a figure would be meaningless, and 2 for an invalid command line.
     */
    public static void main(String[] args) {
        if (Arrays.asList(args).contains("--help")) {
            System.out.print(EnvelopeOptions.USAGE);
            System.exit(0);
        }
        EnvelopeOptions options;
        try {
            options = new EnvelopeOptions(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.print(EnvelopeOptions.USAGE);
            System.exit(2);
            return;
        }
        try {
            measure(options);
            System.exit(0);
        } catch (BenchFailure | IOException e) {
            System.err.println("bench-envelope: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void measure(EnvelopeOptions options) throws IOException {
        Path folder = Files.createTempDirectory("hongyan-bench-envelope");
        EnvelopeBench bench = new EnvelopeBench(options, folder);
        try {
            bench.rounds();
        } finally {
            // A failure does not discard what was measured before it.
            bench.report.print(System.out);
            bench.opening.close();
            try (Stream<Path> files = Files.list(folder)) {
                files.forEach(file -> file.toFile().delete());
            }
            Files.delete(folder);
        }
    }

    private void rounds() throws IOException {
        round(0, FIRST_WARM_UP);
        for (int round = 1; round <= options.rounds(); round++) {
            System.err.println("round " + round + " of " + options.rounds());
            round(round, WARM_UP);
            report.add("median", figures);
        }
    }

    /** Alternates between Hongyan and the peers. Round 0 is the warm-up and is not reported. */
    private void round(int round, Duration warmUp) throws IOException {
        counts = round > 0;
        figures.clear();
        if (options.runs("winners")) {
            winners(round, warmUp);
        }
        if (options.runs("losers")) {
            losers(round, warmUp);
        }
    }

    private void winners(int round, Duration warmUp) throws IOException {
        double server = serverWinners("server " + round, warmUp);
        double batches = pgbenchClaims("pgbench", "pgbench " + round, BATCHES);
        double alone = openWinners("open " + round, warmUp);
        double single = pgbenchClaims("pgbench single", "pgbench single " + round, SINGLE);
        ratio("winners: server / pgbench batches", server, batches);
        ratio("winners: opening code / pgbench batches", alone, batches);
        ratio("winners: server / pgbench single", server, single);
        ratio("winners: opening code / pgbench single", alone, single);
    }

    private double serverWinners(String greeting, Duration warmUp) throws IOException {
        List<List<String>> envelopes = crowd.send(greeting, waves("winners: server", warmUp), EnvelopeCrowd.SIZE);
        double batches = metric("hongyan_envelope_claim_batch_size_count");
        double claims = metric("hongyan_envelope_claim_batch_size_sum");
        OpeningResults opened = new OpeningLoad(processes, crowd.wishes(envelopes, 0, EnvelopeCrowd.SIZE), false)
                .run(warmUp, options.seconds())
                .requireWinners();
        requireClaims(greeting, opened.opened());
        rate("winners: server", opened);
        double batch = (metric("hongyan_envelope_claim_batch_size_sum") - claims)
                / (metric("hongyan_envelope_claim_batch_size_count") - batches);
        figures.add(new Figure("winners: server batch", "", batch));
        return opened.rate();
    }

    private double openWinners(String greeting, Duration warmUp) {
        List<List<String>> envelopes = crowd.send(greeting, waves("winners: opening code", warmUp), EnvelopeCrowd.SIZE);
        OpeningResults opened = opening.open(
                        crowd.wishes(envelopes, 0, EnvelopeCrowd.SIZE), false, warmUp, options.seconds())
                .requireWinners();
        requireClaims(greeting, opened.opened());
        rate("winners: opening code", opened);
        return opened.rate();
    }

    private double pgbenchClaims(String name, String greeting, Pgbench.Shape shape) {
        int statements = shape.statements(guess(name) * options.seconds().toSeconds());
        crowd.send(greeting, shape.envelopes(statements), EnvelopeCrowd.SIZE);
        double rate = pgbench.run(greeting, shape, statements);
        rates.put(name, rate);
        figures.add(new Figure("winners: " + (shape.batch() == 1 ? "pgbench single" : "pgbench batches"), "/s", rate));
        return rate;
    }

    private void losers(int round, Duration warmUp) throws IOException {
        double server = serverLosers("late " + round, warmUp);
        double one = redisCalls("losers: redis, one per call", ONE);
        double alone = openLosers("late open " + round, warmUp);
        double together = redisCalls("losers: redis, 50 per call", TOGETHER);
        double serverOver = serverLosersOver("over " + round, warmUp);
        double aloneOver = openLosersFromMemory("over open " + round, warmUp);
        ratio("losers at the allocator: server / redis, one", server, one);
        ratio("losers at the allocator: opening code / redis, one", alone, one);
        ratio("losers at the allocator: server / redis, 50", server, together);
        ratio("losers at the allocator: opening code / redis, 50", alone, together);
        ratio("losers from memory: server / redis, one", serverOver, one);
        ratio("losers from memory: opening code / redis, one", aloneOver, one);
    }

    /**
     * Prepares envelopes with one share each, which the first user of each group takes.
     *
     * @param by takes the shares: this process then knows that the envelopes are closed, and other processes do not
     */
    private List<List<String>> over(String greeting, int perGroup, Function<List<Wish>, OpeningResults> by) {
        List<List<String>> envelopes = crowd.send(greeting, perGroup, 1);
        long taken = by.apply(crowd.wishes(envelopes, 0, 1)).requireWinners().opened();
        if (taken != (long) perGroup * EnvelopeCrowd.GROUPS) {
            throw new BenchFailure(taken + " envelopes are closed, not all");
        }
        return envelopes;
    }

    private OpeningResults byServer(List<Wish> wishes) {
        return new OpeningLoad(processes, wishes, false).runToTheEnd();
    }

    /** Everyone but the users who took the shares. */
    private List<Wish> late(List<List<String>> envelopes) {
        return crowd.wishes(envelopes, 1, EnvelopeCrowd.SIZE);
    }

    private double serverLosers(String greeting, Duration warmUp) {
        List<List<String>> envelopes =
                over(greeting, loserWaves("losers at the allocator: server", warmUp), opening::openAll);
        long calls = redisBenchmark.calls();
        OpeningResults opened = new OpeningLoad(processes, late(envelopes), false)
                .run(warmUp, options.seconds())
                .requireLosers();
        long asked = redisBenchmark.calls() - calls;
        rate("losers at the allocator: server", opened);
        figures.add(new Figure(
                "losers at the allocator: server, per allocator call",
                "",
                opened.empty() / (double) Math.max(1, asked)));
        if (asked * EnvelopeCrowd.SIZE < opened.empty()) {
            throw new BenchFailure("the allocator was not called for each envelope");
        }
        return opened.rate();
    }

    private double serverLosersOver(String greeting, Duration warmUp) {
        OpeningResults opened = new OpeningLoad(processes, late(over(greeting, 1, this::byServer)), true)
                .run(warmUp, options.seconds())
                .requireLosers();
        rate("losers from memory: server", opened);
        return opened.rate();
    }

    private double openLosers(String greeting, Duration warmUp) {
        List<List<String>> envelopes =
                over(greeting, loserWaves("losers at the allocator: opening code", warmUp), this::byServer);
        long calls = redisBenchmark.calls();
        // Short, because it is fast and the number of envelopes is limited.
        OpeningResults opened = opening.open(late(envelopes), false, Duration.ofMillis(500), options.seconds())
                .requireLosers();
        learn("losers at the allocator: opening code", opened);
        figures.add(new Figure("losers at the allocator: opening code", "/s", opened.rate()));
        figures.add(new Figure(
                "losers at the allocator: opening code, per allocator call",
                "",
                opened.empty() / (double) Math.max(1, redisBenchmark.calls() - calls)));
        return opened.rate();
    }

    private double openLosersFromMemory(String greeting, Duration warmUp) {
        OpeningResults opened = opening.open(late(over(greeting, 1, opening::openAll)), true, warmUp, options.seconds())
                .requireLosers();
        figures.add(new Figure("losers from memory: opening code", "/s", opened.rate()));
        return opened.rate();
    }

    private int loserWaves(String name, Duration warmUp) {
        return Math.min(MAX_ENVELOPES, waves(name, warmUp));
    }

    private double redisCalls(String name, RedisBenchmark.Shape shape) {
        double rate = redisBenchmark.run(
                shape, (int) Math.round(guess(name) * options.seconds().toSeconds()));
        rates.put(name, rate);
        figures.add(new Figure(name, "/s", rate));
        return rate;
    }

    /** How many envelopes per group all members can open in this time. */
    private int waves(String name, Duration warmUp) {
        double seconds = warmUp.plus(options.seconds()).toSeconds();
        return 2 + (int) (guess(name) * 1.3 * seconds / (EnvelopeCrowd.GROUPS * EnvelopeCrowd.SIZE));
    }

    private double guess(String name) {
        return rates.getOrDefault(name, name.startsWith("losers") ? 20_000.0 : 4_000.0);
    }

    /**
     * Remembers the rate for the next preparation. A measurement that used up its envelopes at once is not a figure.
     */
    private void learn(String name, OpeningResults opened) {
        boolean brief = opened.seconds() < MIN_SECONDS;
        if (brief && counts) {
            throw new BenchFailure(name + ": the envelopes were used up within " + opened.seconds() + " s");
        }
        rates.put(name, brief ? 2 * guess(name) : opened.rate());
    }

    private void rate(String name, OpeningResults opened) {
        learn(name, opened);
        figures.add(new Figure(name, "/s", opened.rate()));
        opened.details().forEach(one -> figures.add(new Figure(name + " " + one.name(), one.unit(), one.value())));
    }

    private void ratio(String name, double ours, double theirs) {
        figures.add(new Figure(name, "", ours / theirs));
    }

    private void requireClaims(String greeting, long opened) {
        long claims = pgbench.claims(greeting);
        if (claims != opened) {
            throw new BenchFailure(opened + " users got a share, but " + claims + " shares are claimed");
        }
    }

    private double metric(String name) throws IOException {
        URI uri = options.metrics();
        try {
            String all = http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body();
            Matcher line =
                    Pattern.compile("(?m)^" + name + "(?:\\{[^}]*})? (\\S+)$").matcher(all);
            // The metric is absent before its first value.
            return line.find() ? Double.parseDouble(line.group(1)) : 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchFailure("interrupted", e);
        }
    }

    private Processes processes() throws IOException {
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("server", options.serverPid());
        parts.put("postgres", Processes.pidIn(options.data(), "postmaster.pid"));
        parts.put("redis", Processes.pidIn(options.data(), "redis.pid"));
        return new Processes(parts);
    }

    private List<Credentials> users() throws IOException {
        try (Stream<String> lines = Files.lines(options.users())) {
            List<Credentials> users = lines.filter(line -> line.startsWith("{"))
                    .map(Credentials::ofLine)
                    .toList();
            int needed = EnvelopeCrowd.GROUPS * EnvelopeCrowd.SIZE;
            if (users.size() < needed) {
                throw new BenchFailure(needed + " users are required, not " + users.size());
            }
            return users;
        }
    }
}
