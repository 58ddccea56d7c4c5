package im.hongyan.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Counts and times HTTP requests. Thread-safe. */
final class HttpMetrics {
    private record Labels(String route, int status, String outcome) {}

    private final MeterRegistry registry;
    private final Map<Labels, Timer> timers = new ConcurrentHashMap<>();

    HttpMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * @param route such as {@code POST /sessions}; {@code unknown} if none took the request
     * @param outcome {@code ok}, the kind of the error, or {@code aborted} if the client went away
     */
    void served(String route, int status, String outcome, long nanos) {
        timers.computeIfAbsent(new Labels(route, status / 100, outcome), this::timer)
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Labels labels) {
        return Timer.builder("hongyan.http.requests")
                .description(
                        "Duration of HTTP requests under /api/v1 by route, status class and outcome: ok, the kind of"
                                + " the error, or aborted")
                .tag("route", labels.route())
                .tag("status", labels.status() + "xx")
                .tag("outcome", labels.outcome())
                .register(registry);
    }
}
