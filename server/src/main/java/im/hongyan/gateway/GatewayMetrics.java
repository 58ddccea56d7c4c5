package im.hongyan.gateway;

import im.hongyan.delivery.Sockets;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** What the gateway counts. Thread-safe. */
final class GatewayMetrics {
    private final Counter received;
    private final Counter sent;
    private final Counter dropped;

    GatewayMetrics(MeterRegistry registry, Sockets sockets) {
        received = Counter.builder("hongyan.frames.received")
                .description("Text frames that clients sent")
                .register(registry);
        sent = Counter.builder("hongyan.frames.sent")
                .description("Answers and pushes written to sockets")
                .register(registry);
        dropped = Counter.builder("hongyan.frames.dropped")
                .description("Pushes that a slow socket did not take; it was told to sync")
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

    void dropped() {
        dropped.increment();
    }
}
