package im.hongyan.redenvelope;

import im.hongyan.redenvelope.EnvelopeOpening.Opened;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What the grab counts. Thread-safe. */
final class EnvelopeMetrics {
    private final MeterRegistry registry;
    private final Counter opened;
    private final Counter already;
    private final Counter empty;
    private final Counter expired;
    private final DistributionSummary sizes;
    private final Timer times;
    private final Counter slow;
    private final Counter built;
    private final Counter overdue;
    private final Counter refunds;

    EnvelopeMetrics(MeterRegistry registry) {
        this.registry = registry;
        opened = outcome("opened");
        already = outcome("already");
        empty = outcome("empty");
        expired = outcome("expired");
        sizes = DistributionSummary.builder("hongyan.envelope.batch.claims")
                .description("Shares claimed in one round trip to PostgreSQL")
                .register(registry);
        times = Timer.builder("hongyan.envelope.batch")
                .description("Time to claim one batch of shares, its commit included")
                .register(registry);
        slow = counter(
                "hongyan.envelope.fallback_claims", "Openings for which PostgreSQL picked the share, without the gate");
        built = counter(
                "hongyan.envelope.allocators.built", "Gates built in Redis: one for each envelope, and after a loss");
        overdue = counter(
                "hongyan.envelope.reservations.resumed",
                "Reservations that were gone on with, as of nodes that died before the claim");
        refunds = counter("hongyan.envelope.refunds", "Envelopes whose time was over, and whose rest went back");
    }

    void queues(List<ClaimBatcher> lanes) {
        Gauge.builder("hongyan.envelope.queued", lanes, all -> all.stream()
                        .mapToInt(ClaimBatcher::queued)
                        .sum())
                .description("Openings that wait for the next batch of claims")
                // The registry holds what it asks weakly, and nobody else holds the list.
                .strongReference(true)
                .register(registry);
    }

    void opened(Opened answer) {
        if (answer instanceof Opened.Share share) {
            (share.again() ? already : opened).increment();
        } else {
            (answer instanceof Opened.Empty ? empty : expired).increment();
        }
    }

    void batch(int claims, long nanos) {
        sizes.record(claims);
        times.record(nanos, TimeUnit.NANOSECONDS);
    }

    void slow() {
        slow.increment();
    }

    void built() {
        built.increment();
    }

    void overdue(int reservations) {
        overdue.increment(reservations);
    }

    void settled(int envelopes) {
        refunds.increment(envelopes);
    }

    private Counter outcome(String outcome) {
        return Counter.builder("hongyan.envelope.openings")
                .description("Envelopes opened, by what the opener was told")
                .tag("outcome", outcome)
                .register(registry);
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }
}
