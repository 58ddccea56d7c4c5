package im.hongyan;

import im.hongyan.http.Health;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.store.Postgres;
import im.hongyan.store.redis.Redis;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/** The metrics of a node as a whole: which one it is, whether it is ready, its JVM and its stores. */
final class NodeMetrics {
    private static final List<MeterBinder> JVM = List.of(
            new JvmMemoryMetrics(),
            new JvmThreadMetrics(),
            new ProcessorMetrics(),
            new UptimeMetrics(),
            new FileDescriptorMetrics());

    private NodeMetrics() {}

    static void register(
            MeterRegistry registry, String bootId, Health health, FrameCodec codec, Postgres postgres, Redis redis) {
        Gauge.builder("hongyan.node", () -> 1)
                .description("Always 1; the labels tell the node's boot id and release")
                .tag("boot", bootId)
                .tag("version", Version.current())
                .register(registry);
        Gauge.builder("hongyan.ready", health, node -> node.isReady() ? 1 : 0)
                .description("1 while the node accepts new sockets")
                .register(registry);
        FunctionCounter.builder("hongyan.frames.encoded", codec, FrameCodec::encodedPushes)
                .description("Pushes encoded, each once for all sockets and nodes that it goes to")
                .register(registry);
        JVM.forEach(metrics -> metrics.bindTo(registry));
        available(registry, "postgresql", postgres::isAvailable);
        available(registry, "redis", redis::isAvailable);
        for (Postgres.Connections pool : Postgres.Connections.values()) {
            String name = pool.name().toLowerCase(Locale.ROOT);
            Gauge.builder("hongyan.postgres.connections.used", postgres, store -> store.used(pool))
                    .description("Connections to PostgreSQL with a call in flight")
                    .tag("pool", name)
                    .register(registry);
            Gauge.builder("hongyan.postgres.calls.waiting", postgres, store -> store.waiting(pool))
                    .description("Calls that wait for a connection to PostgreSQL")
                    .tag("pool", name)
                    .register(registry);
        }
    }

    private static void available(MeterRegistry registry, String store, BooleanSupplier available) {
        Gauge.builder("hongyan.store.available", available, answers -> answers.getAsBoolean() ? 1 : 0)
                .description("1 while the store answers, 0 while it does not")
                .tag("store", store)
                .strongReference(true)
                .register(registry);
    }
}
