package im.hongyan.loadtest.attack;

import im.hongyan.loadtest.bench.Arguments;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.PushHandler;
import im.hongyan.loadtest.experiment.Cluster;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
        int groups;
        int seconds;
        Cluster.Plan plan;
        try {
            Arguments arguments =
                    new Arguments(args, Set.of("server", "nodes", "groups", "seconds", "port", "runtime"));
            groups = arguments.number("groups", 400, 1, MAX_GROUPS);
            seconds = arguments.number("seconds", 15, 1, MAX_SECONDS);
            plan = plan(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println("PresenceStorm: " + e.getMessage());
            System.exit(2);
            return;
        }
        try (Cluster cluster = Cluster.start(plan)) {
            new PresenceStorm(cluster, groups, seconds).run();
        }
        System.out.println("logs: " + plan.folder());
        System.exit(0);
    }

    private static Cluster.Plan plan(Arguments arguments) throws IOException {
        String server = arguments.text("server");
        return new Cluster.Plan(
                List.of("java", "-Xmx512m", "-jar", server),
                List.of(),
                arguments.has("runtime") ? Path.of(arguments.text("runtime")) : null,
                // As root, PostgreSQL runs as another user, which must be able to enter this folder.
                Files.createTempDirectory(
                        "presence-storm",
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"))),
                arguments.number("port", 18_600, 1, 60_000),
                arguments.number("nodes", 1, 1, 8),
                false,
                Map.of());
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
