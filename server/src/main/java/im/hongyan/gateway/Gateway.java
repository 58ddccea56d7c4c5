package im.hongyan.gateway;

import im.hongyan.delivery.ClientConnection;
import im.hongyan.delivery.Presence;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.Authenticator;
import im.hongyan.protocol.FrameRoutes;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** The node's public listener: one {@link GatewayVerticle} per event loop, all on the same port. */
public final class Gateway {
    private static final int RECONNECT_SPREAD_MS = 5_000;
    /** A drain closes at least this many sockets at once, and all of them in five seconds. */
    private static final int MIN_WAVE = 100;

    private static final int MAX_WAVES = 50;
    private static final long WAVE_MS = 100;
    private static final int MIN_RETRY_MS = 100;
    private static final int MAX_RETRY_MS = 1_500;

    private final Authenticator authenticator;
    private final Sockets sockets;
    private final Presence presence;
    private final GatewayOptions options;
    private final GatewayMetrics metrics;
    private final RequestDispatcher requests;
    private final Admission admission;
    private final TcpConnections tcpConnections;
    private final WelcomeFrames welcomeFrames;
    private final ErrorResponder errors;
    private final List<GatewayVerticle> verticles = new CopyOnWriteArrayList<>();
    private volatile Vertx vertx;

    public Gateway(
            FrameRoutes routes,
            Authenticator authenticator,
            Sockets sockets,
            Presence presence,
            Welcome.Node node,
            GatewayOptions options,
            MeterRegistry registry) {
        this.authenticator = authenticator;
        this.sockets = sockets;
        this.presence = presence;
        this.options = options;
        this.metrics = new GatewayMetrics(registry, sockets);
        this.requests = new RequestDispatcher(routes, options.limits());
        this.tcpConnections = new TcpConnections(options, metrics);
        this.admission = new Admission(sockets, options.limits());
        this.welcomeFrames = new WelcomeFrames(routes, node, options.heartbeat());
        this.errors = new ErrorResponder(routes);
        routes.observe(metrics::answered);
        routes.on(
                        Welcome.PING,
                        Welcome.Ping.class,
                        Welcome.Pong.class,
                        (caller, ping) -> Future.succeededFuture(Welcome.Pong.now()))
                .declarePush("welcome", Welcome.class)
                .declarePush("sync.required", Welcome.SyncRequired.class);
    }

    /**
     * Opens the port.
     *
     * @param http handles every request that is not a WebSocket upgrade
     * @return the port, which differs from the configured one if that is 0
     */
    public Future<Integer> listen(Vertx on, Handler<HttpServerRequest> http, int eventLoops) {
        vertx = on;
        // To Vert.x, a negative port is a free port that all servers with the same number share.
        int port = options.port() == 0 ? -1 : options.port();
        GatewayVerticle first = verticle(http, port);
        Future<?> deployed = deploy(first);
        for (int i = 1; i < eventLoops; i++) {
            deployed = deployed.compose(none -> deploy(verticle(http, port)));
        }
        return deployed.map(none -> first.port());
    }

    private Future<?> deploy(GatewayVerticle verticle) {
        return vertx.deployVerticle((Deployable) verticle, new DeploymentOptions())
                .onSuccess(none -> verticles.add(verticle));
    }

    private GatewayVerticle verticle(Handler<HttpServerRequest> http, int port) {
        HttpIdleTimeout idleTimeout = new HttpIdleTimeout(options.heartbeat());
        Connections connections =
                new Connections(presence, admission, requests, welcomeFrames, options, metrics, idleTimeout);
        Handshake handshake = new Handshake(authenticator, admission, connections, errors, options);
        return new GatewayVerticle(handshake, connections, tcpConnections, idleTimeout, errors, http, options, port);
    }

    /** Closes all sockets of this node, spread over some seconds; their clients reconnect. */
    public void reconnectClients() {
        sockets.forEach(connection -> connection.close(CloseCode.RESTART, retryIn(RECONNECT_SPREAD_MS)));
    }

    /**
     * Stops accepting sockets, and closes the open ones in waves. A socket with pending requests first has a moment to
     * get its answers.
     *
     * @return completes when all sockets are closed
     */
    public Future<Void> drain() {
        admission.startDraining();
        Future<Void> closed = Future.join(
                        verticles.stream().map(GatewayVerticle::stopAccepting).toList())
                .mapEmpty();
        List<ClientConnection> open = new ArrayList<>();
        sockets.forEach(open::add);
        Collections.shuffle(open);
        int size = Math.max(MIN_WAVE, 1 + open.size() / MAX_WAVES);
        for (int from = 0; from < open.size(); from += size) {
            List<ClientConnection> wave = open.subList(from, Math.min(from + size, open.size()));
            vertx.timer(1 + (long) (from / size) * WAVE_MS, TimeUnit.MILLISECONDS)
                    .onSuccess(none -> wave.forEach(Gateway::closeForRestart));
        }
        return closed;
    }

    private static void closeForRestart(ClientConnection connection) {
        connection.closeGracefully(CloseCode.RESTART, retryIn(MAX_RETRY_MS));
    }

    private static String retryIn(int maxMs) {
        return "retry=" + ThreadLocalRandom.current().nextInt(MIN_RETRY_MS, maxMs);
    }

    public boolean isDraining() {
        return admission.isDraining();
    }
}
