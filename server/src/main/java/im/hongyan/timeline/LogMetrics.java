package im.hongyan.timeline;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What the log counts. Thread-safe. */
final class LogMetrics {
    private final DistributionSummary sizes;
    private final Timer times;

    private final MeterRegistry registry;

    LogMetrics(MeterRegistry registry) {
        this.registry = registry;
        sizes = DistributionSummary.builder("hongyan.log.batch.size")
                .description("Entries stored in one round trip to PostgreSQL")
                .register(registry);
        times = Timer.builder("hongyan.log.batch.duration")
                .description("Time to store one batch, its commit included")
                .register(registry);
    }

    /** @param lanes whose queues are one gauge each */
    void queues(List<AppendBatcher> lanes) {
        for (int i = 0; i < lanes.size(); i++) {
            Gauge.builder("hongyan.log.queued", lanes.get(i), AppendBatcher::queued)
                    .description("Entries that wait for a lane's next batch")
                    .tag("lane", Integer.toString(i))
                    .register(registry);
        }
    }

    void batch(int entries, long nanos) {
        sizes.record(entries);
        times.record(nanos, TimeUnit.NANOSECONDS);
    }
}
