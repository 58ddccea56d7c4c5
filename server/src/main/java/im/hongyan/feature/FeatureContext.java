package im.hongyan.feature;

import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Gives a feature access to the node on which it is installed. All features of a node share one context. It is used on
 * the thread that assembles the node, before anything runs.
 */
public final class FeatureContext {
    private final Vertx vertx;
    private final FrameCodec codec;
    private final FrameRoutes frames;
    private final HttpRoutes http;
    private final MeterRegistry meters;
    private final Services services;
    private final Function<Class<?>, Object> settings;
    private final PageContributions page = new PageContributions();
    private final Map<String, Supplier<Future<?>>> reports = new LinkedHashMap<>();

    /** @param settings finds a feature's settings record by its type */
    public FeatureContext(
            Vertx vertx,
            FrameCodec codec,
            FrameRoutes frames,
            HttpRoutes http,
            MeterRegistry meters,
            Services services,
            Function<Class<?>, Object> settings) {
        this.vertx = vertx;
        this.codec = codec;
        this.frames = frames;
        this.http = http;
        this.meters = meters;
        this.services = services;
        this.settings = settings;
    }

    public Vertx vertx() {
        return vertx;
    }

    public FrameCodec codec() {
        return codec;
    }

    /** The table of frames, to register requests and to declare pushes and contents of entries. */
    public FrameRoutes frames() {
        return frames;
    }

    /** The table of HTTP routes under {@code /api/v1}. */
    public HttpRoutes http() {
        return http;
    }

    /** The registry of metrics. Names begin with {@code hongyan.} and the feature's word. */
    public MeterRegistry meters() {
        return meters;
    }

    /** The record that {@link Feature#readSettings} answered. */
    public <S> S settings(Class<S> type) {
        return type.cast(settings.apply(type));
    }

    /** A part of the spine, or what a feature earlier in the list provides. */
    public <T> T service(Class<T> type) {
        return services.get(type);
    }

    /** Offers a service to the features later in the list and to commands. */
    public <T> void provide(Class<T> type, T service) {
        services.provide(type, service);
    }

    /** What the feature adds to the page of the web client. */
    public PageContributions page() {
        return page;
    }

    /**
     * Serves a report as JSON on the admin port.
     *
     * @param path below the admin port, beginning with the feature's name: {@code /stickers/usage}
     */
    public void adminReport(String path, Supplier<Future<?>> report) {
        if (reports.putIfAbsent(path, report) != null) {
            throw new IllegalStateException("the report " + path + " has two owners");
        }
    }

    public Map<String, Supplier<Future<?>>> adminReports() {
        return Collections.unmodifiableMap(reports);
    }
}
