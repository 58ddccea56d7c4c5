package im.hongyan.loadtest.attack;

import im.hongyan.loadtest.client.ChatError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/** Measures how long requests take. Prints a line for each kind of request, and one for the CPU, after each phase. */
final class Latencies {
    private static final long PAUSE_MS = 100;
    private static final long MAX_MICROS = TimeUnit.MINUTES.toMicros(2);

    private final Vertx vertx;
    private final PrintStream out;
    private final List<Probe> probes = new ArrayList<>();

    private record Probe(String name, Supplier<Future<?>> request) {}

    Latencies(Vertx vertx, PrintStream out) {
        this.vertx = vertx;
        this.out = out;
    }

    /** Adds a kind of request, which {@link #measure} repeats. It must complete in time, answered or not. */
    void add(String name, Supplier<Future<?>> request) {
        probes.add(new Probe(name, request));
    }

    /** Measures for a fixed time. */
    void measure(String phase, int seconds) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        measure(phase, () -> System.nanoTime() < end);
    }

    /**
     * Repeats requests of all kinds at once, each kind 100 ms after its last answer. Blocks until the condition is
     * false and the last requests are answered. A refused request counts with the time that its refusal took.
     */
    void measure(String phase, BooleanSupplier condition) {
        CpuUse begun = CpuUse.now();
        List<Series> all = new ArrayList<>();
        for (Probe probe : probes) {
            Series series = new Series(probe, condition);
            all.add(series);
            series.next();
        }
        for (Series series : all) {
            series.done.future().await();
        }
        CpuUse ended = CpuUse.now();
        all.forEach(series -> series.print(phase));
        out.printf("%-8s CPU: cluster and attack %s%n", phase, ended.since(begun));
    }

    /** Used by one request at a time. */
    private final class Series {
        private final Probe probe;
        private final BooleanSupplier condition;
        private final Promise<Void> done = Promise.promise();
        private final Histogram micros = new Histogram(MAX_MICROS, 3);
        private final Map<String, Integer> failures = new TreeMap<>();

        Series(Probe probe, BooleanSupplier condition) {
            this.probe = probe;
            this.condition = condition;
        }

        void next() {
            if (!condition.getAsBoolean()) {
                done.complete();
                return;
            }
            long begun = System.nanoTime();
            probe.request.get().onComplete(answer -> {
                if (answer.failed()) {
                    failures.merge(reason(answer.cause()), 1, Integer::sum);
                }
                micros.recordValue(Math.min(MAX_MICROS, (System.nanoTime() - begun) / 1_000));
                vertx.setTimer(PAUSE_MS, timer -> next());
            });
        }

        void print(String phase) {
            out.printf(
                    Locale.ROOT,
                    "%-8s %-12s n=%-5d p50 %8.1f ms  p99 %8.1f ms  max %8.1f ms%s%n",
                    phase,
                    probe.name,
                    micros.getTotalCount(),
                    micros.getValueAtPercentile(50) / 1e3,
                    micros.getValueAtPercentile(99) / 1e3,
                    micros.getMaxValue() / 1e3,
                    failures.isEmpty() ? "" : "  failed " + failures);
        }
    }

    /** Why a request failed, in a word or a few. */
    static String reason(Throwable failure) {
        if (!(failure instanceof ChatError error)) {
            return failure.getMessage();
        }
        return error.reason() == null ? error.kind().toString() : error.reason();
    }
}
