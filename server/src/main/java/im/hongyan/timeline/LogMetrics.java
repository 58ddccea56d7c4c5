package im.hongyan.timeline;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** What the log counts. Thread-safe. */
final class LogMetrics {
    private final DistributionSummary sizes;
    private final Timer times;

    LogMetrics(MeterRegistry registry) {
        sizes = DistributionSummary.builder("hongyan.log.batch.entries")
                .description("Entries stored in one round trip to PostgreSQL")
                .register(registry);
        times = Timer.builder("hongyan.log.batch")
                .description("Time to store one batch, its commit included")
                .register(registry);
    }

    void batch(int entries, long nanos) {
        sizes.record(entries);
        times.record(nanos, TimeUnit.NANOSECONDS);
    }
}
