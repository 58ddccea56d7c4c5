package im.hongyan.gateway;

import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.ErrorKind;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAccumulator;

/** What the gateway counts. Thread-safe. */
final class GatewayMetrics {
    private final Counter received;
    private final Counter sent;
    private final Counter dropped;
    private final LongAccumulator maxQueued = new LongAccumulator(Math::max, 0);
    private final MeterRegistry registry;
    /** By type and outcome: both are few. */
    private final Map<String, Timer> requests = new ConcurrentHashMap<>();

    private final Map<Integer, Counter> closed = new ConcurrentHashMap<>();

    GatewayMetrics(MeterRegistry registry, Sockets sockets) {
        this.registry = registry;
        received = Counter.builder("hongyan.frames.received")
                .description("Text frames that clients sent")
                .register(registry);
        sent = Counter.builder("hongyan.frames.sent")
                .description("Answers and pushes written to sockets")
                .register(registry);
        dropped = Counter.builder("hongyan.frames.dropped")
                .description("Pushes that a slow socket did not take; it was told to sync")
                .register(registry);
        Gauge.builder("hongyan.sockets.queued.max", maxQueued, LongAccumulator::get)
                .description("The most that ever waited for one slow socket")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("hongyan.sockets", sockets, Sockets::count)
                .description("Open WebSockets of this node")
                .register(registry);
    }

    void received() {
        received.increment();
    }

    void sent() {
        sent.increment();
    }

    /** @param refusal null for a request that succeeded */
    void answered(String type, ErrorKind refusal, long nanos) {
        String outcome = refusal == null ? "ok" : refusal.text();
        requests.computeIfAbsent(type + " " + outcome, none -> Timer.builder("hongyan.requests")
                        .description("Requests by type and outcome: ok, or the kind of the refusal")
                        .tag("type", type)
                        .tag("outcome", outcome)
                        .register(registry))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    /** @param code who closed first chose it; what is none of the protocol's counts as other */
    void closed(int code) {
        boolean known = (code >= 1000 && code <= 1015) || (code >= 4001 && code <= 4003);
        closed.computeIfAbsent(known ? code : 0, none -> Counter.builder("hongyan.sockets.closed")
                        .description("WebSockets that ended, by the close code; 1006 is an end without one")
                        .tag("code", known ? Integer.toString(code) : "other")
                        .register(registry))
                .increment();
    }

    /** @param bytes that wait for a socket which reads too slowly */
    void queued(long bytes) {
        maxQueued.accumulate(bytes);
    }

    void dropped() {
        dropped.increment();
    }
}
