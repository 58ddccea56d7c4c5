package im.hongyan.redenvelope;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The metrics of red envelopes. Thread-safe. */
final class EnvelopeMetrics {
    private final MeterRegistry registry;
    private final Counter opened;
    private final Counter already;
    private final Counter empty;
    private final Counter expired;
    private final DistributionSummary sizes;
    private final Timer times;
    private final Counter fallbackClaims;
    private final Counter builds;
    private final Counter resumed;
    private final Counter refunds;

    EnvelopeMetrics(MeterRegistry registry) {
        this.registry = registry;
        opened = outcome("opened");
        already = outcome("already");
        empty = outcome("empty");
        expired = outcome("expired");
        sizes = DistributionSummary.builder("hongyan.envelope.claim_batch.size")
                .description("Claims in one batch, which is one round trip to PostgreSQL")
                .register(registry);
        times = Timer.builder("hongyan.envelope.claim_batch.duration")
                .description("Time to claim one batch of shares, including the commit")
                .register(registry);
        fallbackClaims = counter(
                "hongyan.envelope.fallback_claims",
                "Claims for which PostgreSQL picked the share, without the share allocator");
        builds = counter(
                "hongyan.envelope.allocators.built",
                "Share allocators built in Redis: one for each envelope, and again after a loss");
        resumed = counter(
                "hongyan.envelope.reservations.resumed",
                "Overdue reservations that were claimed, for example for nodes that died before the claim");
        refunds = counter("hongyan.envelope.refunds", "Expired envelopes that were refunded");
    }

    void queues(List<ClaimBatcher> batchers) {
        Gauge.builder("hongyan.envelope.queued", batchers, all -> all.stream()
                        .mapToInt(ClaimBatcher::queued)
                        .sum())
                .description("Claims that wait for the next batch")
                // The registry only holds a weak reference, and nothing else refers to the list.
                .strongReference(true)
                .register(registry);
    }

    void opened(OpenResult result) {
        if (result instanceof OpenResult.Share share) {
            (share.again() ? already : opened).increment();
        } else {
            (result instanceof OpenResult.Empty ? empty : expired).increment();
        }
    }

    void batch(int claims, long nanos) {
        sizes.record(claims);
        times.record(nanos, TimeUnit.NANOSECONDS);
    }

    void fallbackClaim() {
        fallbackClaims.increment();
    }

    void allocatorBuilt() {
        builds.increment();
    }

    void resumed(int reservations) {
        resumed.increment(reservations);
    }

    void refunded(int envelopes) {
        refunds.increment(envelopes);
    }

    private Counter outcome(String outcome) {
        return Counter.builder("hongyan.envelope.openings")
                .description("Openings of envelopes, by outcome")
                .tag("outcome", outcome)
                .register(registry);
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }
}
