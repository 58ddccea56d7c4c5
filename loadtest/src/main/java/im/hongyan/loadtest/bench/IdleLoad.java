package im.hongyan.loadtest.bench;

import im.hongyan.loadtest.bench.ChatSystem.User;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;

/** Many idle sockets: the cost of opening one, and the server memory that it keeps. */
final class IdleLoad {
    private static final int AT_ONCE = 50;
    private static final int TRIES = 3;
    private static final int SPARE_FILES = 500;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ChatSystem system;
    private final int connections;
    private final Duration settle;
    private final LongAdder failures = new LongAdder();

    /**
     * @param connections at most five per user, which is the limit per session
     * @param settle how long the server is left alone before and after its garbage collection
     */
    IdleLoad(ChatSystem system, int connections, Duration settle) {
        long files = Processes.fileLimit() - SPARE_FILES;
        if (connections > files) {
            throw new BenchFailure(connections + " connections need more open files than the hard limit (ulimit -Hn: "
                    + Processes.fileLimit() + "); lower --idle");
        }
        if (connections > system.users() * 5L) {
            throw new BenchFailure(connections + " connections need " + (connections + 4) / 5 + " users, not "
                    + system.users() + "; lower --idle");
        }
        this.system = system;
        this.connections = connections;
        this.settle = settle;
    }

    List<Figure> run() {
        Processes processes = system.processes();
        settle(processes);
        long rssBefore = processes.rssKib("server");
        long cpuBefore = processes.cpuMicros().get("server");
        ConcurrentHistogram latencies = new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(2), 3);
        long start = System.nanoTime();
        List<User> users = Await.all(connections, AT_ONCE, PATIENCE, "connecting", i -> {
            long begun = System.nanoTime();
            return connect(i % system.users(), TRIES)
                    .onSuccess(user -> latencies.recordValue((System.nanoTime() - begun) / 1_000));
        });
        double seconds = (System.nanoTime() - start) / 1e9;
        double cpu = processes.cpuMicros().get("server") - cpuBefore;
        settle(processes);
        double rss = processes.rssKib("server") - rssBefore;
        List<Figure> figures = new ArrayList<>();
        figures.add(new Figure("connect.rate", "/s", connections / seconds));
        figures.add(new Figure("connect.cpu server", "µs", cpu / connections));
        figures.add(new Figure("connect p50", "ms", latencies.getValueAtPercentile(50) / 1e3));
        figures.add(new Figure("connect p99", "ms", latencies.getValueAtPercentile(99) / 1e3));
        figures.add(new Figure("connect.failures", "", failures.sum()));
        figures.add(new Figure("idle.rss/connection", "KiB", rss / connections));
        figures.add(new Figure("idle.connections", "", connections));
        Await.all(users.size(), AT_ONCE, PATIENCE, "disconnecting", i -> users.get(i)
                .close());
        return figures;
    }

    /** One refused connection among thousands is a figure and does not end the benchmark. */
    private Future<User> connect(int user, int tries) {
        return system.connect(user, frame -> {}).recover(e -> {
            failures.increment();
            System.err.println(system.name() + " did not connect user " + user + ": " + e.getMessage());
            return tries > 1 ? connect(user, tries - 1) : Future.failedFuture(e);
        });
    }

    private void settle(Processes processes) {
        try {
            Await.sleep(settle);
            processes.collectGarbage("server");
            Await.sleep(settle);
        } catch (IOException e) {
            throw new BenchFailure("jcmd is required to trigger the server's garbage collection", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchFailure("interrupted", e);
        }
    }
}
