package im.hongyan.loadtest.bench;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.xmpp.XmppClient;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures one or two running servers alternately, round by round, and prints the medians. {@code scripts/bench}
 * starts a server for it.
 */
public final class Bench {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Two, so that the benchmark leaves CPU for the server on a small machine. */
    private static final int EVENT_LOOPS = 2;

    private static final Duration SETTLE = Duration.ofSeconds(3);

    private final BenchOptions options;
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(EVENT_LOOPS));
    private final Report report = new Report();
    private final List<ChatSystem> systems = new ArrayList<>();
    private ChatClient client;

    private Bench(BenchOptions options) {
        this.options = options;
    }

    /**
     * Exits with 0 if everything was measured, 1 if a figure would be meaningless, and 2 for an invalid command line.
     */
    public static void main(String[] args) {
        if (Arrays.asList(args).contains("--help")) {
            System.out.print(BenchOptions.USAGE);
            System.exit(0);
        }
        try {
            new Bench(new BenchOptions(args)).run();
            System.exit(0);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.print(BenchOptions.USAGE);
            System.exit(2);
        } catch (BenchFailure | IOException e) {
            System.err.println("bench: " + e.getMessage());
            System.exit(1);
        }
    }

    private void run() throws IOException {
        if (options.has("url")) {
            systems.add(hongyan());
        }
        if (options.has("xmpp")) {
            systems.add(ejabberd());
        }
        try {
            rounds();
        } finally {
            // A failure does not discard what was measured before it.
            report.print(System.out);
        }
        systems.forEach(system -> Await.get(system.close(), PATIENCE, "closing"));
    }

    private void rounds() {
        for (int round = 1; round <= options.rounds(); round++) {
            for (ChatSystem system : systems) {
                System.err.println("round " + round + " of " + options.rounds() + ": " + system.name());
                report.add(system.name(), round(system));
            }
        }
    }

    private ChatSystem hongyan() throws IOException {
        ClientOptions client = ClientOptions.defaults();
        List<ChatClient> clients = options.addresses().stream()
                .flatMap(address -> options.urls().stream()
                        .map(url -> new ChatClient(vertx, url, client.withLocalAddress(address))))
                .toList();
        this.client = clients.get(0);
        return new HongyanSystem("hongyan", clients, users(), processes());
    }

    private ChatSystem ejabberd() {
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("server", options.pid("xmpp-pid"));
        parts.put("postgres", options.pid("xmpp-postgres-pid"));
        EjabberdSystem.Access access = new EjabberdSystem.Access(
                options.number("xmpp-users", 0, options.crowd(), 100_000),
                options.text("xmpp-password"),
                options.text("xmpp-count"));
        XmppClient client = new XmppClient(vertx, URI.create(options.text("xmpp")), options.text("xmpp-domain"));
        return new EjabberdSystem(vertx, client, access, new Processes(parts));
    }

    private List<Credentials> users() throws IOException {
        if (options.register() > 0) {
            String run = Long.toString(System.nanoTime(), Character.MAX_RADIX);
            return Await.all(
                    options.register(),
                    2,
                    PATIENCE,
                    "registering",
                    i -> client.register("b" + run + i, "a bench needs no secrets " + run));
        }
        String file = options.text("users");
        try (BufferedReader lines = file.equals("-")
                ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                : Files.newBufferedReader(Path.of(file))) {
            List<Credentials> users = lines.lines()
                    .filter(line -> line.startsWith("{"))
                    .map(Credentials::ofLine)
                    .toList();
            if (users.size() < options.crowd()) {
                throw new BenchFailure("a crowd of " + options.crowd() + " needs as many users, not " + users.size());
            }
            return users;
        }
    }

    private Processes processes() throws IOException {
        Map<String, Long> parts = new LinkedHashMap<>();
        if (options.has("server-pid")) {
            List<Long> nodes = options.serverPids();
            for (int i = 0; i < nodes.size(); i++) {
                parts.put(i == 0 ? "server" : "server " + (i + 1), nodes.get(i));
            }
        }
        for (String part : List.of("postgres", "redis")) {
            if (options.has(part + "-pid")) {
                parts.put(part, options.pid(part + "-pid"));
            }
        }
        if (options.has("data")) {
            parts.putIfAbsent("postgres", Processes.pidIn(options.data(), "postmaster.pid"));
            parts.putIfAbsent("redis", Processes.pidIn(options.data(), "redis.pid"));
        }
        return new Processes(parts);
    }

    private List<Figure> round(ChatSystem system) {
        List<Figure> figures = new ArrayList<>();
        if (options.runs("direct") || options.runs("paced") || options.runs("group")) {
            try (Crowd crowd = Crowd.gather(system, options.crowd())) {
                chat(crowd, figures);
            }
        }
        if (system instanceof HongyanSystem && options.runs("signin")) {
            figures.addAll(new SignInLoad(client, system.processes(), options.signIns()).run());
        }
        if (options.runs("idle")) {
            figures.addAll(new IdleLoad(system, options.idle(), SETTLE).run());
        }
        figures.addAll(memory(system.processes()));
        return figures;
    }

    private void chat(Crowd crowd, List<Figure> figures) {
        if (options.runs("direct")) {
            figures.addAll(new DirectLoad(crowd).run(options.warmup(), options.seconds()));
        }
        if (options.runs("paced")) {
            figures.addAll(new PacedLoad(crowd, options.rate()).run(options.warmup(), options.seconds()));
        }
        if (options.runs("group")) {
            figures.addAll(new GroupLoad(crowd, options.senders()).run(options.warmup(), options.seconds()));
        }
    }

    private static List<Figure> memory(Processes processes) {
        return processes.names().stream()
                .map(part -> new Figure("memory " + part, "MiB", processes.pssKib(part) / 1024.0))
                .toList();
    }
}
