package im.hongyan.gateway;

import im.hongyan.async.KeyedQueue;
import im.hongyan.delivery.ClientConnection;
import im.hongyan.delivery.Presence;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.Authenticator;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** The node's public listener: one {@link GatewayVerticle} for each event loop, sharing the port. */
public final class Gateway {
    /** Bytes of a frame, and of a message in fragments. */
    static final int MAX_MESSAGE = 128 << 10;

    static final String SUBPROTOCOL = "hongyan.v1";
    static final String PING = "ping";

    /** Requests of one person that wait for his others; and for how long. */
    private static final int MAX_WAITING = 1_000;

    private static final Duration MAX_WAIT = Duration.ofSeconds(5);

    private static final int AWAY_SPREAD_MS = 5_000;
    /** Sockets that are sent elsewhere at once, at least; all of them in five seconds. */
    private static final int WAVE = 100;

    private static final int MAX_WAVES = 50;
    private static final long WAVE_MS = 100;
    private static final int RETRY_MIN_MS = 100;
    private static final int RETRY_MAX_MS = 1_500;

    private final FrameCodec codec;
    private final FrameRoutes routes;
    private final Authenticator authenticator;
    private final Sockets sockets;
    private final Presence presence;
    private final Welcome.Node node;
    private final GatewayOptions options;
    private final GatewayMetrics metrics;
    private final ConnectionsPerAddress addresses;
    private final KeyedQueue<UserId> people;
    private final Frame syncRequired;
    private final List<GatewayVerticle> verticles = new CopyOnWriteArrayList<>();
    private volatile Vertx vertx;
    private volatile boolean draining;

    public Gateway(
            FrameCodec codec,
            FrameRoutes routes,
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
        routes.observe(metrics::answered);
        this.addresses = new ConnectionsPerAddress(options);
        this.people =
                new KeyedQueue<>(options.concurrentRequestsPerUser(), MAX_WAITING, MAX_WAIT, Gateway::tooManyRequests);
        this.syncRequired = codec.push("sync.required", Map.of(), Frame.DropPolicy.NEVER);
        routes.on(
                        PING,
                        Welcome.Ping.class,
                        Welcome.Pong.class,
                        (caller, ping) -> Future.succeededFuture(Welcome.Pong.now()))
                .declarePush("welcome", Welcome.class)
                .declarePush("sync.required", Welcome.SyncRequired.class);
    }

    /**
     * Opens the port.
     *
     * @param http answers everything that is no WebSocket
     * @return the port, which differs from the one asked for if that was 0
     */
    public Future<Integer> listen(Vertx on, Handler<HttpServerRequest> http, int eventLoops) {
        vertx = on;
        // To Vert.x a negative port is a free one that all instances with the same number share.
        int port = options.port() == 0 ? -1 : options.port();
        GatewayVerticle first = new GatewayVerticle(this, http, port);
        Future<?> rest = on.deployVerticle((Deployable) first, new DeploymentOptions());
        for (int i = 1; i < eventLoops; i++) {
            rest = rest.compose(none -> on.deployVerticle((Deployable) new GatewayVerticle(this, http, port)));
        }
        return rest.map(none -> first.port());
    }

    /** Has every client of this node connect anew, spread over some seconds. */
    public void sendAway() {
        sockets.forEach(outlet -> outlet.close(
                CloseCode.RESTART, "retry=" + ThreadLocalRandom.current().nextInt(RETRY_MIN_MS, AWAY_SPREAD_MS)));
    }

    /**
     * Takes no more sockets from now on, and sends those that are open elsewhere, in waves; a socket that waits for answers
     * has a moment to get them.
     *
     * @return done when all are closed
     */
    public Future<Void> drain() {
        draining = true;
        Future<Void> closed = Future.join(
                        verticles.stream().map(GatewayVerticle::stopAccepting).toList())
                .mapEmpty();
        List<ClientConnection> open = new ArrayList<>();
        sockets.forEach(open::add);
        Collections.shuffle(open);
        int size = Math.max(WAVE, 1 + open.size() / MAX_WAVES);
        for (int from = 0; from < open.size(); from += size) {
            List<ClientConnection> wave = open.subList(from, Math.min(from + size, open.size()));
            vertx.timer(1 + (long) (from / size) * WAVE_MS, TimeUnit.MILLISECONDS)
                    .onSuccess(none -> wave.forEach(Gateway::sendOn));
        }
        return closed;
    }

    private static void sendOn(ClientConnection outlet) {
        int retryMs = ThreadLocalRandom.current().nextInt(RETRY_MIN_MS, RETRY_MAX_MS);
        outlet.closeGracefully(CloseCode.RESTART, "retry=" + retryMs);
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

    FrameRoutes routes() {
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

    ConnectionsPerAddress addresses() {
        return addresses;
    }

    /** So that who asks for much at once, on whatever sockets, waits for himself and not all others for him. */
    KeyedQueue<UserId> people() {
        return people;
    }

    private static Rejection tooManyRequests() {
        return Rejection.unavailable(
                "requests.waiting", "too many requests of yours wait for each other; ask again", 1_000);
    }

    Frame syncRequired() {
        return syncRequired;
    }
}
