package im.hongyan;

import im.hongyan.cluster.Cluster;
import im.hongyan.config.Settings;
import im.hongyan.feature.Feature;
import im.hongyan.feature.FeatureContext;
import im.hongyan.feature.FeatureHooks;
import im.hongyan.feature.Services;
import im.hongyan.gateway.Gateway;
import im.hongyan.gateway.Welcome;
import im.hongyan.http.AdminHttp;
import im.hongyan.http.Health;
import im.hongyan.http.PageOptions;
import im.hongyan.http.PublicHttp;
import im.hongyan.local.demo.Demo;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.Rejection;
import im.hongyan.store.Postgres;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.store.redis.Redis;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A node: assembles the spine, the features and the HTTP listeners. No other class does. */
public final class App {
    private static final long STOP_STEP_MS = 8_000;

    private final Vertx vertx;
    private final Settings settings;
    private final Postgres postgres;
    private final Redis redis;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final FrameCodec codec = new FrameCodec();
    private final FrameRoutes frames = new FrameRoutes(codec, App::translate);
    private final HttpRoutes http = new HttpRoutes();
    private final Spine spine;
    private final Services services;
    private final FeatureContext context;
    private final FeatureHooks features;
    private final Gateway gateway;
    private final Health health;
    private HttpServer admin;
    private int port;

    /**
     * Puts the parts together; nothing runs yet.
     *
     * @param postgres migrated with {@link Features#migrations}; belongs to this node until {@link #stop}
     * @param redis belongs to this node until {@link #stop}
     * @param features in the order in which they are installed
     */
    public App(Cluster cluster, Settings settings, Postgres postgres, Redis redis, List<Feature> features) {
        this.vertx = cluster.vertx();
        this.settings = settings;
        this.postgres = postgres;
        this.redis = redis;
        spine = new Spine(cluster, settings, postgres, redis, codec, registry);
        services = spine.services(postgres, redis);
        context = new FeatureContext(vertx, codec, frames, http, registry, services, settings::feature);
        spine.register(frames, http, codec);
        this.features = FeatureHooks.install(features, context);
        spine.connect(this.features);
        gateway = new Gateway(
                frames,
                spine.identity()::authenticate,
                spine.sockets(),
                spine.presence(),
                new Welcome.Node(cluster.bootId(), spine.epoch()::current),
                SpineSettings.gateway(settings),
                registry);
        health = new Health(
                vertx, () -> gateway.isDraining() || spine.membership().isFenced());
        NodeMetrics.register(registry, cluster.bootId(), health, codec, postgres, redis);
    }

    /** A node by itself, with the features of this server. */
    public App(Vertx vertx, Settings settings, Postgres postgres, Redis redis) {
        this(Cluster.standalone(vertx), settings, postgres, redis, Features.ALL);
    }

    /** Opens the ports, the public one last. */
    public Future<App> start() {
        int eventLoops = Math.max(2, Runtime.getRuntime().availableProcessors());
        return spine.start(gateway::reconnectClients)
                .compose(none -> features.start())
                .compose(none -> AdminHttp.listen(
                        vertx,
                        registry,
                        health,
                        codec,
                        context.adminReports(),
                        settings.http().adminHosts(),
                        settings.http().adminHost(),
                        settings.http().adminPort()))
                .onSuccess(server -> admin = server)
                .compose(server -> spine.membership().start())
                .compose(settled -> gateway.listen(
                        vertx,
                        PublicHttp.router(
                                vertx,
                                codec,
                                frames,
                                http,
                                spine.identity()::authenticate,
                                health,
                                SpineSettings.http(settings),
                                registry,
                                PageOptions.DEFAULTS.withFeatures(
                                        context.page().modules(), context.page().policy())),
                        eventLoops))
                .map(listening -> {
                    port = listening;
                    health.started();
                    return this;
                });
    }

    /** Refuses new sockets, moves open ones to other nodes, flushes pending writes and closes the stores. Bounded. */
    public Future<Void> stop() {
        return step(gateway.drain())
                .compose(none -> step(spine.presence().saveAll()))
                .compose(none -> step(spine.membership().leave()))
                .onSuccess(none -> spine.directory().stop())
                .compose(none -> step(features.stop()))
                .compose(none -> step(spine.identity().stop()))
                .compose(none -> step(admin == null ? Future.succeededFuture() : admin.close()))
                .compose(none -> step(Future.join(postgres.close(), redis.close())));
    }

    /** Called once if this node finds itself cut off from the others: stop it and start another one. */
    public void onCutOff(Runnable action) {
        spine.membership().onFenced(action);
    }

    /** Adds demo users with conversations and messages. Idempotent; only after {@link #start}. */
    public Future<Void> fillDemo() {
        String host = settings.http().host().equals("0.0.0.0")
                ? "127.0.0.1"
                : settings.http().host();
        return Demo.fill(vertx, frames, codec, host, port);
    }

    /** The public port, once started. */
    public int port() {
        return port;
    }

    public int adminPort() {
        return admin.actualPort();
    }

    /** A service of the spine or of a feature, for commands and tests. */
    public <T> T service(Class<T> type) {
        return services.get(type);
    }

    /** All frames, for the protocol's description. */
    public FrameRoutes frames() {
        return frames;
    }

    /** All HTTP routes, for the protocol's description. */
    public HttpRoutes http() {
        return http;
    }

    private static Future<Void> step(Future<?> work) {
        return work.timeout(STOP_STEP_MS, TimeUnit.MILLISECONDS)
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    /** An unavailable store is the client's business; any other failure that is no {@link Rejection} is a bug. */
    private static Rejection translate(Throwable failure) {
        return failure instanceof StoreUnavailable
                ? Rejection.unavailable("store.unavailable", "a database does not answer at the moment", 1_000)
                : null;
    }
}
