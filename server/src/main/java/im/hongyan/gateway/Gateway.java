package im.hongyan.gateway;

import im.hongyan.delivery.Presence;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.Authenticator;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Routes;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;

/** The node's public listener: one {@link GatewayVerticle} for each event loop, sharing the port. */
public final class Gateway {
    /** Bytes of a frame, and of a message in fragments. */
    static final int MAX_MESSAGE = 128 << 10;

    static final String SUBPROTOCOL = "hongyan.v1";
    private static final int DRAIN_SPREAD_MS = 5_000;

    private final FrameCodec codec;
    private final Routes routes;
    private final Authenticator authenticator;
    private final Sockets sockets;
    private final Presence presence;
    private final Welcome.Node node;
    private final GatewayOptions options;
    private final GatewayMetrics metrics;
    private final Addresses addresses;
    private final Frame syncRequired;
    private final List<GatewayVerticle> verticles = new CopyOnWriteArrayList<>();
    private volatile boolean draining;

    public Gateway(
            FrameCodec codec,
            Routes routes,
            Authenticator authenticator,
            Sockets sockets,
            Presence presence,
            Welcome.Node node,
            GatewayOptions options,
            MeterRegistry registry) {
        this.codec = codec;
        this.routes = routes;
        this.authenticator = authenticator;
        this.sockets = sockets;
        this.presence = presence;
        this.node = node;
        this.options = options;
        this.metrics = new GatewayMetrics(registry, sockets);
        this.addresses = new Addresses(options);
        this.syncRequired = codec.push("sync.required", Map.of(), Frame.Loss.NEVER);
        routes.on(
                        "ping",
                        Welcome.Ping.class,
                        Welcome.Pong.class,
                        (caller, ping) -> Future.succeededFuture(Welcome.Pong.now()))
                .pushes("welcome", Welcome.class)
                .pushes("sync.required", Welcome.SyncRequired.class);
    }

    /**
     * Opens the port.
     *
     * @param http answers everything that is no WebSocket
     * @return the port, which differs from the one asked for if that was 0
     */
    public Future<Integer> listen(Vertx vertx, Handler<HttpServerRequest> http, int eventLoops) {
        // To Vert.x a negative port is a free one that all instances with the same number share.
        int port = options.port() == 0 ? -1 : options.port();
        GatewayVerticle first = new GatewayVerticle(this, http, port);
        Future<?> rest = vertx.deployVerticle((Deployable) first, new DeploymentOptions());
        for (int i = 1; i < eventLoops; i++) {
            rest = rest.compose(none -> vertx.deployVerticle((Deployable) new GatewayVerticle(this, http, port)));
        }
        return rest.map(none -> first.port());
    }

    /** Has every client of this node connect anew, spread over some seconds. */
    public void sendAway() {
        sockets.forEach(outlet -> outlet.close(
                CloseCode.RESTART, "retry=" + ThreadLocalRandom.current().nextInt(100, DRAIN_SPREAD_MS)));
    }

    /** Takes no more sockets, and sends those that are open elsewhere, spread over some seconds. */
    public Future<Void> drain() {
        draining = true;
        sendAway();
        return Future.join(
                        verticles.stream().map(GatewayVerticle::stopAccepting).toList())
                .mapEmpty();
    }

    void opened(GatewayVerticle verticle) {
        verticles.add(verticle);
    }

    public boolean isDraining() {
        return draining;
    }

    FrameCodec codec() {
        return codec;
    }

    Routes routes() {
        return routes;
    }

    Authenticator authenticator() {
        return authenticator;
    }

    Sockets sockets() {
        return sockets;
    }

    Presence presence() {
        return presence;
    }

    Welcome.Node node() {
        return node;
    }

    GatewayOptions options() {
        return options;
    }

    GatewayMetrics metrics() {
        return metrics;
    }

    Addresses addresses() {
        return addresses;
    }

    Frame syncRequired() {
        return syncRequired;
    }
}
