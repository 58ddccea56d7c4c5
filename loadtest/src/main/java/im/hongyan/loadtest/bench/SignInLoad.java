package im.hongyan.loadtest.bench;

import im.hongyan.loadtest.client.ChatClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;

/** Registers users and signs them in over HTTP, a few at a time. Measures the cost of hashing passwords. */
final class SignInLoad {
    private static final int AT_ONCE = 2;
    private static final int PER_USER = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ChatClient client;
    private final Processes processes;
    private final int users;

    SignInLoad(ChatClient client, Processes processes, int users) {
        this.client = client;
        this.processes = processes;
        this.users = users;
    }

    List<Figure> run() {
        String run = Long.toString(ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE), Character.MAX_RADIX);
        String password = "a bench needs no secrets " + run;
        Await.all(users, AT_ONCE, PATIENCE, "registering", i -> client.register("bench" + run + i, password));
        ConcurrentHistogram latencies = new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(2), 3);
        long cpuBefore = total();
        int signIns = users * PER_USER;
        long start = System.nanoTime();
        Await.all(signIns, AT_ONCE, PATIENCE, "signing in", i -> {
            long begun = System.nanoTime();
            return client.signIn("bench" + run + i % users, password)
                    .onSuccess(done -> latencies.recordValue((System.nanoTime() - begun) / 1_000));
        });
        double seconds = (System.nanoTime() - start) / 1e9;
        return List.of(
                new Figure("signin.rate", "/s", signIns / seconds),
                new Figure("signin.cpu", "µs", (total() - cpuBefore) / (double) signIns),
                new Figure("signin p50", "ms", latencies.getValueAtPercentile(50) / 1e3),
                new Figure("signin p99", "ms", latencies.getValueAtPercentile(99) / 1e3));
    }

    private long total() {
        return processes.cpuMicros().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }
}
