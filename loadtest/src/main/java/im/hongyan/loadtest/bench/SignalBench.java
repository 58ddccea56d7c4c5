package im.hongyan.loadtest.bench;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.Credentials;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Measures the CPU time of a server per relayed signal of a call, alternating with a bare Vert.x relay of the same
 * text. Each of the callers sends its next signal when the last one is answered. {@code scripts/bench-call} starts the
 * server.
 */
public final class SignalBench {
    private static final int PAIRS = 20;
    private static final int TEXT_BYTES = 1_000;
    private static final int EVENT_LOOPS = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final WarmUp FIRST_WARM_UP = new WarmUp(Duration.ofSeconds(5), Duration.ofSeconds(60));
    private static final WarmUp WARM_UP = new WarmUp(Duration.ofSeconds(2), Duration.ofSeconds(2));

    static final String USAGE =
            """
            usage: bench-call [option]...
              --rounds N         rounds; the medians are printed (default 5)
              --seconds N        measured seconds per figure (default 5)
            Options that scripts/bench-call sets:
              --url URL          the server to measure
              --users FILE       as for scripts/bench, at least 40
              --server-pid PID   its process
              --data FOLDER      its data folder, with the embedded PostgreSQL and Redis
            """;

    private final Arguments given;
    private final Duration length;
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(EVENT_LOOPS));
    // Vert.x closes the sockets of a client that is no longer referenced.
    private final ChatClient client;
    private final WebSocketClient relayClient = vertx.createWebSocketClient();

    private final Report report = new Report();
    private final LongAdder received = new LongAdder();

    private SignalBench(String[] args) {
        given = new Arguments(args, Set.of("url", "users", "server-pid", "data", "rounds", "seconds"));
        client = new ChatClient(vertx, URI.create(given.text("url")), ClientOptions.defaults());
        length = Duration.ofSeconds(given.number("seconds", 5, 1, 60));
    }

    /**
     * Exits with 0 if everything was measured, 1 if a figure would be meaningless, and 2 for an invalid command line.
     */
    public static void main(String[] args) {
        if (Arrays.asList(args).contains("--help")) {
            System.out.print(USAGE);
            System.exit(0);
        }
        try {
            new SignalBench(args).run();
            System.exit(0);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.print(USAGE);
            System.exit(2);
        } catch (BenchFailure | IOException e) {
            System.err.println("bench-call: " + e.getMessage());
            System.exit(1);
        }
    }

    private void run() throws IOException {
        int rounds = given.number("rounds", 5, 1, 20);
        Process relay = relay();
        try {
            Processes hongyan = hongyan();
            Processes bare = new Processes(Map.of("server", relay.pid()));
            List<Supplier<Future<?>>> calls = calls();
            List<Supplier<Future<?>>> sockets = sockets(port(relay));
            warmUp(hongyan, calls);
            warmUp(bare, sockets);
            for (int round = 1; round <= rounds; round++) {
                System.err.println("round " + round + " of " + rounds);
                report.add("hongyan", measure(hongyan, calls, WARM_UP));
                report.add("bare relay", measure(bare, sockets, WARM_UP));
            }
        } finally {
            report.print(System.out);
            relay.destroy();
        }
    }

    private void warmUp(Processes processes, List<Supplier<Future<?>>> senders) {
        measure(processes, senders, FIRST_WARM_UP);
    }

    private List<Figure> measure(Processes processes, List<Supplier<Future<?>>> senders, WarmUp warmUp) {
        Measurement window = new Measurement(processes);
        Senders load = new Senders(window, senders);
        long before = received.sum();
        load.begin();
        Await.sleep(warmUp.min());
        warmUp.untilCompiled(processes);
        window.open();
        Await.sleep(length);
        List<Figure> figures = window.closePerMessage("signals");
        load.end();
        long acked = window.allAcked();
        if (window.allFailed() > 0 || !Await.until(() -> received.sum() - before == acked, PATIENCE)) {
            throw new BenchFailure(acked + " signals were answered, " + window.allFailed() + " refused, and "
                    + (received.sum() - before) + " received");
        }
        return figures;
    }

    /** Sends with each sender as soon as its last signal is answered. */
    private static final class Senders {
        private final Measurement window;
        private final List<Supplier<Future<?>>> senders;
        private final List<Promise<Void>> ends = new ArrayList<>();
        private volatile boolean sending = true;

        Senders(Measurement window, List<Supplier<Future<?>>> senders) {
            this.window = window;
            this.senders = senders;
        }

        void begin() {
            for (Supplier<Future<?>> sender : senders) {
                Promise<Void> end = Promise.promise();
                ends.add(end);
                send(sender, end);
            }
        }

        private void send(Supplier<Future<?>> sender, Promise<Void> end) {
            long now = System.nanoTime();
            sender.get()
                    .onSuccess(answer -> {
                        window.acked(now);
                        if (sending) {
                            send(sender, end);
                        } else {
                            end.complete();
                        }
                    })
                    .onFailure(e -> {
                        window.failed();
                        end.complete();
                    });
        }

        void end() {
            sending = false;
            List<Future<Void>> last = ends.stream().map(Promise::future).toList();
            try {
                Await.get(Future.all(last), PATIENCE, "the last signals");
            } catch (BenchFailure e) {
                long open = last.stream().filter(end -> !end.isComplete()).count();
                throw new BenchFailure(e.getMessage() + " (" + open + " of " + last.size() + ")", e);
            }
        }
    }

    /** A sender in each of the calls of two users. */
    private List<Supplier<Future<?>>> calls() throws IOException {
        List<Credentials> users = users();
        return Await.all(PAIRS, 1, PATIENCE, "a call", pair -> call(users.get(2 * pair), users.get(2 * pair + 1)));
    }

    private Future<Supplier<Future<?>>> call(Credentials caller, Credentials callee) {
        return Future.all(connect(caller), connect(callee)).compose(both -> {
            ChatConnection one = both.resultAt(0);
            ChatConnection other = both.resultAt(1);
            return one.request("conversation.open", Map.of("user", callee.user()))
                    .compose(answer -> one.request(
                            "call.start",
                            Map.of(
                                    "conversation",
                                            answer.at("/conversation/id").asText(),
                                    "clientId", UUID.randomUUID().toString(),
                                    "media", "video")))
                    .compose(started -> other.request("call.accept", Map.of("call", started.get("call"))))
                    .map(accepted -> {
                        Map<String, Object> signal = Map.of(
                                "call",
                                accepted.get("call"),
                                "to",
                                "peer:" + accepted.get("participant").asText(),
                                "generation",
                                1,
                                "signal",
                                Map.of("type", "offer", "sdp", "x".repeat(TEXT_BYTES)));
                        return () -> one.request("call.signal", signal);
                    });
        });
    }

    private Future<ChatConnection> connect(Credentials user) {
        return client.connect(user.accessToken(), (type, data) -> {
            if (type.equals("call.signal")) {
                received.increment();
            }
        });
    }

    /** A sender on one of each pair of sockets of the bare relay. */
    private List<Supplier<Future<?>>> sockets(int port) {
        String text = "{\"type\":\"call.signal\",\"id\":\"7\",\"data\":{\"sdp\":\"" + "x".repeat(TEXT_BYTES) + "\"}}";
        return Await.all(PAIRS, 1, PATIENCE, "sockets", pair -> {
            Future<WebSocket> one = relayClient.connect(port, "127.0.0.1", "/" + pair);
            Future<WebSocket> other = relayClient.connect(port, "127.0.0.1", "/" + pair);
            return Future.all(one, other).map(both -> {
                other.result().textMessageHandler(any -> received.increment());
                Queue<Promise<Void>> answers = new ArrayDeque<>();
                one.result().textMessageHandler(any -> answers.remove().complete());
                return () -> {
                    Promise<Void> answered = Promise.promise();
                    answers.add(answered);
                    one.result().writeTextMessage(text);
                    return answered.future();
                };
            });
        });
    }

    private static Process relay() throws IOException {
        return new ProcessBuilder("java", "-cp", System.getProperty("java.class.path"), BareRelay.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static int port(Process relay) throws IOException {
        String line = relay.inputReader(StandardCharsets.UTF_8).readLine();
        if (line == null) {
            throw new BenchFailure("the bare relay did not start");
        }
        return Integer.parseInt(line);
    }

    private Processes hongyan() throws IOException {
        Path data = Path.of(given.text("data"));
        Map<String, Long> parts = new LinkedHashMap<>();
        parts.put("server", (long) given.number("server-pid", 0, 1, Integer.MAX_VALUE));
        parts.put("postgres", Processes.pidIn(data, "postmaster.pid"));
        parts.put("redis", Processes.pidIn(data, "redis.pid"));
        return new Processes(parts);
    }

    private List<Credentials> users() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of(given.text("users")))) {
            return lines.filter(line -> line.startsWith("{"))
                    .map(Credentials::ofLine)
                    .limit(2 * PAIRS)
                    .toList();
        }
    }
}
