package im.hongyan.location;

import im.hongyan.location.PositionStore.Done;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** The metrics of live shares. No coordinate and no id is in a label. Thread-safe. */
final class LocationMetrics {
    private final MeterRegistry registry;
    private final Timer ticks;
    private final Counter batches;

    LocationMetrics(MeterRegistry registry) {
        this.registry = registry;
        ticks = Timer.builder("hongyan.location.tick.duration")
                .description("Time that a node needs to read and send the positions that have changed")
                .register(registry);
        batches = Counter.builder("hongyan.location.batches")
                .description("Batches of positions sent to watchers")
                .register(registry);
        // So that the metrics exist, with 0, before the first update.
        for (String outcome : new String[] {"taken", "paused", "not_newer", "too_early", "ended"}) {
            updates(outcome);
        }
    }

    void watched(IntSupplier conversations) {
        Gauge.builder("hongyan.location.watched", () -> conversations.getAsInt())
                .description("Conversations whose positions this node sends to watchers")
                .register(registry);
    }

    void updated(PositionStore.Outcome outcome, boolean pause) {
        updates(name(outcome, pause)).increment();
    }

    private static String name(PositionStore.Outcome outcome, boolean pause) {
        if (outcome instanceof PositionStore.TooEarly) {
            return "too_early";
        }
        if (outcome == Done.TAKEN) {
            return pause ? "paused" : "taken";
        }
        return outcome == Done.NOT_NEWER ? Done.NOT_NEWER.name().toLowerCase(Locale.ROOT) : "ended";
    }

    private Counter updates(String outcome) {
        return Counter.builder("hongyan.location.updates")
                .description("Updates of live locations, by outcome")
                .tag("outcome", outcome)
                .register(registry);
    }

    /** @param watchers how many get one batch each */
    void sent(int watchers) {
        batches.increment(watchers);
    }

    Future<Void> timed(Future<Void> tick) {
        long began = System.nanoTime();
        return tick.onComplete(done -> ticks.record(System.nanoTime() - began, TimeUnit.NANOSECONDS));
    }
}
