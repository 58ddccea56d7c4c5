package im.hongyan.loadtest.attack;

import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.PushHandler;
import im.hongyan.loadtest.experiment.Cluster;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * One account creates groups with the same 499 strangers and watches their presence on four sockets as fast as the
 * server answers. Prints honest users' sign-in and {@code sync} before and during the attack, on the last node.
 *
 * <p>{@code PresenceStorm --server hongyan.jar [--nodes 1] [--groups 400] [--seconds 15] [--port 18600] [--runtime
 * FOLDER]}. Creating the groups ends after two minutes, or when the server refuses more.
 */
public final class PresenceStorm {
    private static final int STRANGERS = 499;
    private static final int SOCKETS = 4;
    private static final int MAX_GROUPS = 1_000;
    private static final int MAX_SECONDS = 120;
    private static final long CREATE_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final long ANSWER_SECONDS = 60;
    private static final String PASSWORD = "an attack needs no secrets";
    private static final PushHandler IGNORE = (type, data) -> {};

    private final Cluster cluster;
    private final int groups;
    private final long nanos;
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();

    private PresenceStorm(Cluster cluster, int groups, int seconds) {
        this.cluster = cluster;
        this.groups = groups;
        this.nanos = TimeUnit.SECONDS.toNanos(seconds);
    }

    public static void main(String... args) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < args.length; i += 2) {
            options.put(args[i], args[i + 1]);
        }
        if (!options.containsKey("--server")) {
            System.err.println("usage: PresenceStorm --server hongyan.jar [--nodes N] [--groups N] [--seconds N]"
                    + " [--port N] [--runtime FOLDER]");
            System.exit(2);
        }
        Path folder = folder();
        String runtime = options.get("--runtime");
        Cluster.Plan plan = new Cluster.Plan(
                List.of("java", "-Xmx512m", "-jar", options.get("--server")),
                List.of(),
                runtime == null ? null : Path.of(runtime),
                folder,
                number(options, "--port", 18_600, 60_000),
                number(options, "--nodes", 1, 8),
                false,
                Map.of());
        try (Cluster cluster = Cluster.start(plan)) {
            new PresenceStorm(
                            cluster,
                            number(options, "--groups", 400, MAX_GROUPS),
                            number(options, "--seconds", 15, MAX_SECONDS))
                    .run();
        }
        System.out.println("logs: " + folder);
        System.exit(0);
    }

    /** PostgreSQL runs as another user, who must be able to enter the folder. */
    private static Path folder() throws IOException {
        Path folder = Files.createTempDirectory("presence-storm");
        if (!folder.toFile().setExecutable(true, false) || !folder.toFile().setReadable(true, false)) {
            throw new IOException("cannot open " + folder + " for other users");
        }
        return folder;
    }

    private static int number(Map<String, String> options, String name, int fallback, int max) {
        int value = Integer.parseInt(options.getOrDefault(name, Integer.toString(fallback)));
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " must be between 1 and " + max);
        }
        return value;
    }

    private void run() {
        List<Credentials> users = cluster.users(STRANGERS + 1);
        Credentials attacker = users.get(0);
        List<String> strangers = users.stream().skip(1).map(Credentials::user).toList();
        ChatClient last = cluster.clients().get(cluster.clients().size() - 1);
        get(last.register("honest", PASSWORD));
        // Another user, because an account keeps only its newest sessions.
        Credentials reader = get(last.register("reader", PASSWORD));

        List<ChatConnection> sockets = new ArrayList<>();
        for (int i = 0; i < SOCKETS; i++) {
            // More sockets of one session would replace each other.
            sockets.add(get(cluster.clients().get(0).connect(attacker.accessToken(), IGNORE)));
        }
        int created = createGroups(sockets.get(0), strangers);
        System.out.printf("%d groups with the same %d strangers%n", created, STRANGERS);

        measure("warm-up", last, reader);
        measure("before", last, reader);
        AtomicBoolean attacking = new AtomicBoolean(true);
        sockets.forEach(socket -> watch(socket, strangers, attacking));
        measure("during", last, reader);
        attacking.set(false);
        System.out.printf("presence.watch: %d answered, %d refused%n", answered.get(), refused.get());
    }

    private int createGroups(ChatConnection socket, List<String> strangers) {
        long end = System.nanoTime() + CREATE_NANOS;
        int created = 0;
        while (created < groups && System.nanoTime() < end) {
            Future<?> group = socket.request(
                    "group.create",
                    Map.of("clientId", UUID.randomUUID().toString(), "title", "storm", "members", strangers));
            try {
                get(group);
                created++;
            } catch (IllegalStateException e) {
                System.out.println("group.create is refused: " + e.getMessage());
                break;
            }
        }
        return created;
    }

    /** Sends the next request when the last is answered, and after 50 ms if it is refused. */
    private void watch(ChatConnection socket, List<String> strangers, AtomicBoolean attacking) {
        if (!attacking.get() || !socket.isOpen()) {
            return;
        }
        socket.request("presence.watch", Map.of("users", strangers)).onComplete(answer -> {
            (answer.succeeded() ? answered : refused).incrementAndGet();
            if (answer.succeeded()) {
                watch(socket, strangers, attacking);
            } else {
                cluster.vertx().setTimer(50, later -> watch(socket, strangers, attacking));
            }
        });
    }

    private void measure(String phase, ChatClient client, Credentials reader) {
        ChatConnection socket = get(client.connect(reader.accessToken(), IGNORE));
        Histogram signIns = new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(2), 3);
        Histogram syncs = new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(2), 3);
        AtomicInteger signInsFailed = new AtomicInteger();
        AtomicInteger syncsFailed = new AtomicInteger();
        long end = System.nanoTime() + nanos;
        Future<Void> all = Future.join(
                        repeat(end, signIns, signInsFailed, () -> client.signIn("honest", PASSWORD)),
                        repeat(end, syncs, syncsFailed, () -> socket.request("sync", Map.of())))
                .mapEmpty();
        get(all);
        get(socket.close());
        print(phase, "sign-in", signIns, signInsFailed.get());
        print(phase, "sync", syncs, syncsFailed.get());
    }

    /** One request every 100 ms, or later if the last took longer. */
    private Future<Void> repeat(long end, Histogram latencies, AtomicInteger failed, Supplier<Future<?>> request) {
        long begun = System.nanoTime();
        if (begun > end) {
            return Future.succeededFuture();
        }
        return request.get()
                .onFailure(e -> failed.incrementAndGet())
                .otherwiseEmpty()
                .compose(done -> {
                    latencies.recordValue((System.nanoTime() - begun) / 1_000);
                    return cluster.vertx().timer(100, TimeUnit.MILLISECONDS);
                })
                .compose(next -> repeat(end, latencies, failed, request));
    }

    private static void print(String phase, String what, Histogram latencies, int failed) {
        System.out.printf(
                "%-8s %-8s n=%-4d p50 %8.1f ms  p99 %8.1f ms  max %8.1f ms  failed %d%n",
                phase,
                what,
                latencies.getTotalCount(),
                latencies.getValueAtPercentile(50) / 1e3,
                latencies.getValueAtPercentile(99) / 1e3,
                latencies.getMaxValue() / 1e3,
                failed);
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.await(ANSWER_SECONDS * 3, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }
}
