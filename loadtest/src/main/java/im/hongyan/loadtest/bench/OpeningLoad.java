package im.hongyan.loadtest.bench;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.bench.EnvelopeCrowd.Wish;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** Users open envelopes over their sockets, each as soon as the last one is answered. */
final class OpeningLoad {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long MAX_MICROS = TimeUnit.MINUTES.toMicros(2);

    private record Which(String envelope) {}

    private final Processes processes;
    private final boolean repeat;
    private final LongAdder opened = new LongAdder();
    private final LongAdder empty = new LongAdder();
    private final LongAdder other = new LongAdder();
    private final Recorder latencies = new Recorder(MAX_MICROS, 3);
    /** Set when a user has no envelope left. From then on, fewer users open envelopes. */
    private final CountDownLatch exhausted = new CountDownLatch(1);

    private final CountDownLatch working;
    private final List<Wish> wishes;
    private volatile boolean stopped;

    /** @param repeat whether users who have opened their last envelope open the first one again */
    OpeningLoad(Processes processes, List<Wish> wishes, boolean repeat) {
        this.processes = processes;
        this.wishes = wishes;
        this.repeat = repeat;
        this.working = new CountDownLatch(wishes.size());
    }

    /** Opens envelopes until the time is up or a user has none left. */
    OpeningResults run(Duration warmUp, Duration length) {
        wishes.forEach(wish -> open(wish, 0));
        Await.sleep(warmUp);
        latencies.reset();
        long answersBefore = answers();
        Map<String, Long> before = cpu();
        long began = System.nanoTime();
        await(exhausted, length);
        double seconds = (System.nanoTime() - began) / 1e9;
        double answers = answers() - answersBefore;
        Map<String, Long> after = cpu();
        Histogram times = latencies.getIntervalHistogram();
        stopped = true;
        awaitAll();
        List<Figure> details = new ArrayList<>();
        details.add(new Figure("p50", "ms", times.getValueAtPercentile(50) / 1e3));
        details.add(new Figure("p99", "ms", times.getValueAtPercentile(99) / 1e3));
        after.forEach((part, micros) ->
                details.add(new Figure("cpu " + part, "µs", (micros - before.get(part)) / Math.max(1, answers))));
        return new OpeningResults(answers / seconds, seconds, opened.sum(), empty.sum(), other.sum(), details);
    }

    /** Opens all envelopes, each by every user who wants it. */
    OpeningResults runToTheEnd() {
        wishes.forEach(wish -> open(wish, 0));
        awaitAll();
        return new OpeningResults(0, 0, opened.sum(), empty.sum(), other.sum(), List.of());
    }

    private void awaitAll() {
        if (!await(working, PATIENCE)) {
            throw new BenchFailure(working.getCount() + " users got no answer");
        }
    }

    private Map<String, Long> cpu() {
        Map<String, Long> used = new LinkedHashMap<>(processes.cpuMicros());
        used.putAll(Processes.self().cpuMicros());
        return used;
    }

    private long answers() {
        return opened.sum() + empty.sum() + other.sum();
    }

    private void open(Wish wish, int nth) {
        int count = wish.envelopes().size();
        if (stopped || (nth == count && !repeat)) {
            if (!stopped) {
                exhausted.countDown();
            }
            working.countDown();
            return;
        }
        long now = System.nanoTime();
        wish.opener()
                .socket()
                .request("envelope.open", new Which(wish.envelopes().get(nth % count)))
                .onComplete(done -> {
                    latencies.recordValue(Math.min((System.nanoTime() - now) / 1_000, MAX_MICROS));
                    count(done.succeeded() ? done.result() : null);
                    open(wish, (repeat ? nth % count : nth) + 1);
                });
    }

    /** @param answer null for an error */
    private void count(JsonNode answer) {
        switch (answer == null ? "" : answer.path("outcome").asText()) {
            case "opened" -> opened.increment();
            case "empty" -> empty.increment();
            default -> other.increment();
        }
    }

    private static boolean await(CountDownLatch latch, Duration atMost) {
        try {
            return latch.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchFailure("interrupted", e);
        }
    }
}
