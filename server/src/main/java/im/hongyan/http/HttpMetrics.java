package im.hongyan.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** What the HTTP calls count. Thread-safe. */
final class HttpMetrics {
    private record Labels(String call, int status, String outcome) {}

    private final MeterRegistry registry;
    private final Map<Labels, Timer> calls = new ConcurrentHashMap<>();

    HttpMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * @param call of the table, as {@code POST /sessions}, or {@code unknown}
     * @param outcome ok, or the kind of the refusal
     */
    void served(String call, int status, String outcome, long nanos) {
        calls.computeIfAbsent(new Labels(call, status / 100, outcome), this::timer)
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Labels labels) {
        return Timer.builder("hongyan.http.requests")
                .description("HTTP calls by route, class of status, and outcome: ok, or the kind of the refusal;"
                        + " sign-ins are POST /sessions")
                .tag("route", labels.call())
                .tag("status", labels.status() + "xx")
                .tag("outcome", labels.outcome())
                .register(registry);
    }
}
