package im.hongyan.loadtest.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * What a load counts between the end of its warm-up and its end: events, latencies, and the CPU time of all processes.
 * Counting is thread-safe and never stops; {@link #open} discards what was counted before.
 */
final class Measurement {
    private static final long MAX_MICROS = TimeUnit.MINUTES.toMicros(2);

    private final Processes measured;
    private final Processes bench = Processes.self();
    private final Recorder acks = new Recorder(MAX_MICROS, 3);
    private final Recorder pushes = new Recorder(MAX_MICROS, 3);
    private final LongAdder acked = new LongAdder();
    private final LongAdder pushed = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private long ackedBefore;
    private long pushedBefore;
    private long openedAt;
    private long compilersBefore;
    private Map<String, Long> cpuBefore = Map.of();
    private Map<String, Long> benchBefore = Map.of();

    Measurement(Processes measured) {
        this.measured = measured;
    }

    void acked(long sentNanos) {
        acked.increment();
        record(acks, sentNanos);
    }

    void pushed(long sentNanos) {
        pushed.increment();
        record(pushes, sentNanos);
    }

    void failed() {
        failed.increment();
    }

    private static void record(Recorder latencies, long sentNanos) {
        long micros = (System.nanoTime() - sentNanos) / 1_000;
        latencies.recordValue(Math.min(Math.max(micros, 0), MAX_MICROS));
    }

    /** Since the start. */
    long allAcked() {
        return acked.sum();
    }

    /** Since the start. */
    long allPushed() {
        return pushed.sum();
    }

    /** Since the start. */
    long allFailed() {
        return failed.sum();
    }

    void open() {
        acks.reset();
        pushes.reset();
        ackedBefore = acked.sum();
        pushedBefore = pushed.sum();
        cpuBefore = measured.cpuMicros();
        compilersBefore = measured.compilerMicros();
        benchBefore = bench.cpuMicros();
        openedAt = System.nanoTime();
    }

    /** Figures named {@code <load>.…}, with the CPU time per acknowledged message. */
    List<Figure> closePerMessage(String load) {
        return close(load, "message", true);
    }

    /** Figures named {@code <load>.…}, with the CPU time per push. */
    List<Figure> closePerDelivery(String load) {
        return close(load, "delivery", false);
    }

    private List<Figure> close(String load, String per, boolean perMessage) {
        double seconds = (System.nanoTime() - openedAt) / 1e9;
        Map<String, Long> cpu = since(cpuBefore, measured.cpuMicros());
        long compilers = measured.compilerMicros() - compilersBefore;
        long benchCpu = since(benchBefore, bench.cpuMicros()).get("bench");
        long messages = acked.sum() - ackedBefore;
        long deliveries = pushed.sum() - pushedBefore;
        double events = Math.max(1, perMessage ? messages : deliveries);
        List<Figure> figures = new ArrayList<>();
        figures.add(new Figure(load + ".messages", "/s", messages / seconds));
        figures.add(new Figure(load + ".deliveries", "/s", deliveries / seconds));
        long total = cpu.values().stream().mapToLong(Long::longValue).sum();
        figures.add(new Figure(load + ".cpu/" + per, "µs", total / events));
        cpu.forEach(
                (part, micros) -> figures.add(new Figure(load + ".cpu/" + per + " " + part, "µs", micros / events)));
        List<Long> nodes = cpu.entrySet().stream()
                .filter(part -> part.getKey().startsWith("server"))
                .map(Map.Entry::getValue)
                .toList();
        if (nodes.size() > 1) {
            long micros = nodes.stream().mapToLong(Long::longValue).sum();
            figures.add(new Figure(load + ".cpu/" + per + " servers", "µs", micros / events));
        }
        figures.add(new Figure(load + ".cpu/" + per + " compiling", "µs", compilers / events));
        figures.add(new Figure(load + ".cpu/" + per + " bench", "µs", benchCpu / events));
        latencies(figures, load + ".ack", acks.getIntervalHistogram());
        latencies(figures, load + ".push", pushes.getIntervalHistogram());
        return figures;
    }

    private static void latencies(List<Figure> figures, String name, Histogram latencies) {
        if (latencies.getTotalCount() > 0) {
            figures.add(new Figure(name + " p50", "ms", latencies.getValueAtPercentile(50) / 1e3));
            figures.add(new Figure(name + " p99", "ms", latencies.getValueAtPercentile(99) / 1e3));
        }
    }

    private static Map<String, Long> since(Map<String, Long> before, Map<String, Long> now) {
        Map<String, Long> used = new LinkedHashMap<>();
        now.forEach((part, micros) -> used.put(part, micros - before.get(part)));
        return used;
    }
}
