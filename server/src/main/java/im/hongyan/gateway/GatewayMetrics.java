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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAccumulator;

/** The gateway's metrics. Thread-safe. */
final class GatewayMetrics {
    private final Counter received;
    private final Counter sent;
    private final Counter dropped;
    private final LongAccumulator maxQueued = new LongAccumulator(Math::max, 0);
    private final MeterRegistry registry;
    /** By type and outcome; both have few values. */
    private final Map<String, Timer> requests = new ConcurrentHashMap<>();

    /** By the limit that was reached. */
    private final Map<String, Counter> refused = new ConcurrentHashMap<>();

    private final Map<Integer, Counter> closed = new ConcurrentHashMap<>();

    GatewayMetrics(MeterRegistry registry, Sockets sockets) {
        this.registry = registry;
        received = Counter.builder("hongyan.frames.received")
                .description("Text messages received from clients")
                .register(registry);
        sent = Counter.builder("hongyan.frames.sent")
                .description("Answers and pushes written to sockets")
                .register(registry);
        dropped = Counter.builder("hongyan.frames.dropped")
                .description("Pushes dropped because the socket was too slow; its client syncs")
                .register(registry);
        Gauge.builder("hongyan.sockets.queued.max", maxQueued, LongAccumulator::get)
                .description("Highest number of bytes ever queued for one slow socket")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("hongyan.sockets", sockets, Sockets::count)
                .description("Open WebSockets on this node")
                .register(registry);
    }

    void connections(AtomicInteger open) {
        Gauge.builder("hongyan.connections", open, AtomicInteger::get)
                .description("Open TCP connections on the public port, WebSockets included")
                .register(registry);
    }

    /** @param limit that the connection exceeded: {@code address} or {@code node} */
    void connectionRefused(String limit) {
        registry.counter("hongyan.connections.refused", "limit", limit).increment();
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
                        .description("Requests by type and outcome, which is ok or the kind of the error")
                        .tag("type", type)
                        .tag("outcome", outcome)
                        .register(registry))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    /** @param limit the rate that a frame exceeded: {@code socket} or {@code user} */
    void refused(String limit) {
        refused.computeIfAbsent(limit, none -> Counter.builder("hongyan.frames.refused")
                        .description("Frames refused because of the rate of their socket or of their user")
                        .tag("limit", limit)
                        .register(registry))
                .increment();
    }

    /** @param code chosen by the side that closed first; codes outside the protocol count as other */
    void closed(int code) {
        boolean known = (code >= 1000 && code <= 1015) || (code >= 4001 && code <= 4003);
        closed.computeIfAbsent(known ? code : 0, none -> Counter.builder("hongyan.sockets.closed")
                        .description("Closed WebSockets by close code; 1006 means closed without one")
                        .tag("code", known ? Integer.toString(code) : "other")
                        .register(registry))
                .increment();
    }

    /** @param bytes the bytes queued for a slow socket */
    void queued(long bytes) {
        maxQueued.accumulate(bytes);
    }

    void dropped() {
        dropped.increment();
    }
}
