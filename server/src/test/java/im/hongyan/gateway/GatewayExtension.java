package im.hongyan.gateway;

import static im.hongyan.store.StoresExtension.await;

import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.Check;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameLimit;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpChannel;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestDelivery;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Starts gateways with test frames instead of a chat, one per test. The token {@code alice/1} belongs to session 1 of
 * user alice.
 */
final class GatewayExtension implements BeforeAllCallback, AfterAllCallback, AfterEachCallback {
    /** Timeouts so long that no test reaches them. */
    static final Heartbeat PATIENT = new Heartbeat(
            Duration.ofMillis(20),
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            Duration.ofMillis(200));

    /** The own limit of {@code test.burst}. */
    static final FrameLimit LARGE_BURST = new FrameLimit(1, 50);

    /** The own limit of {@code test.rare}. */
    static final FrameLimit SMALL_BURST = new FrameLimit(1, 3);

    /** The limit of {@code test.signal}, as large as the limits of media signaling. */
    static final FrameLimit SIGNAL_BURST = new FrameLimit(30, 300).withReason("test.signal_rate");

    record Echo(String text) {}

    record Sized(Long bytes) {
        Sized {
            Check.range("bytes", bytes, 0, 1 << 20);
        }
    }

    record Nothing() {}

    record Blank(String blank) {}

    /** A running gateway. */
    static final class Running {
        final FrameCodec codec = new FrameCodec();
        final Sockets sockets;
        final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        /** The number of handled requests of each user. */
        final Map<UserId, AtomicInteger> handled = new ConcurrentHashMap<>();
        /** Unanswered {@code test.hold} requests. */
        final BlockingQueue<Promise<Object>> held = new LinkedBlockingQueue<>();

        /** Called when a request is handled. */
        volatile Consumer<UserId> onHandled = user -> {};

        /** Authentication waits for this. */
        volatile Future<Void> admission = Future.succeededFuture();

        private final List<RawSocket> clients = new ArrayList<>();
        final Vertx vertx;
        final Gateway gateway;
        final Delivery delivery;
        final int port;

        private Running(StoresExtension stores, GatewayOptions options, int eventLoops) throws Exception {
            vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(eventLoops));
            TestDelivery parts = new TestDelivery(vertx, codec, stores.postgres(), stores.redis(), metrics);
            sockets = parts.sockets;
            delivery = parts.delivery;
            FrameRoutes routes = new FrameRoutes(codec, failure -> null);
            gateway = new Gateway(
                    routes,
                    token -> admission.compose(none -> authenticate(token)),
                    sockets,
                    parts.presence,
                    new Welcome.Node("node", () -> "epoch"),
                    options,
                    metrics);
            routes.on(
                    "test.echo",
                    Echo.class,
                    Echo.class,
                    (caller, echo) -> counted(caller, Future.succeededFuture(echo)));
            routes.on(
                    "test.sized",
                    Sized.class,
                    Blank.class,
                    (caller, sized) -> counted(
                            caller,
                            Future.succeededFuture(
                                    new Blank("x".repeat(sized.bytes().intValue())))));
            routes.on(
                    "test.burst",
                    Nothing.class,
                    Nothing.class,
                    LARGE_BURST,
                    (caller, nothing) -> counted(caller, Future.succeededFuture(nothing)));
            routes.on(
                    "test.rare",
                    Nothing.class,
                    Nothing.class,
                    SMALL_BURST,
                    (caller, nothing) -> counted(caller, Future.succeededFuture(nothing)));
            routes.on(
                    "test.signal",
                    Nothing.class,
                    Nothing.class,
                    SIGNAL_BURST,
                    (caller, nothing) -> counted(caller, Future.succeededFuture(nothing)));
            routes.on("test.hold", Nothing.class, Object.class, (caller, nothing) -> {
                Promise<Object> promise = Promise.promise();
                // Counted first, because a test may read the count as soon as the promise is queued.
                Future<Object> answer = counted(caller, promise.future());
                held.add(promise);
                return answer;
            });
            port = await(gateway.listen(vertx, Running::handleHttp, eventLoops));
        }

        /** Keeps the connection of {@code /transfer} in use, as a stream route does, until its body has arrived. */
        private static void handleHttp(HttpServerRequest request) {
            if (request.path().equals("/transfer")) {
                HttpChannel.hold(request.connection(), request);
                request.endHandler(none -> {
                    HttpChannel.release(request.connection(), request);
                    request.response().setStatusCode(204).end();
                });
            } else {
                request.response().setStatusCode(404).end();
            }
        }

        private <A> Future<A> counted(Principal caller, Future<A> answer) {
            onHandled.accept(caller.user());
            handled.computeIfAbsent(caller.user(), user -> new AtomicInteger()).incrementAndGet();
            return answer;
        }

        int handled(String user) {
            AtomicInteger count = handled.get(user(user));
            return count == null ? 0 : count.get();
        }

        /** Opens a connection that is closed together with the gateway. */
        RawSocket connect() throws IOException {
            return connect(0);
        }

        RawSocket connect(int receiveBuffer) throws IOException {
            RawSocket socket = RawSocket.connect(port, receiveBuffer);
            clients.add(socket);
            return socket;
        }

        RawSocket open(String token) throws IOException {
            return connect().opened(token);
        }

        private void close() throws Exception {
            for (RawSocket client : clients) {
                client.close();
            }
            await(vertx.close());
        }

        /** Performs a handshake that a proxy forwards. */
        RawSocket connectVia(String forwardedFor, int expected) throws Exception {
            RawSocket socket = connect();
            RawSocket.Reply reply = socket.upgrade(freshName() + "/1", "X-Forwarded-For: " + forwardedFor);
            if (reply.status() != expected) {
                throw new AssertionError(reply);
            }
            return socket;
        }

        Principal onlyPrincipal() {
            List<Principal> all = new ArrayList<>();
            sockets.forEach(connection -> all.add(connection.principal()));
            if (all.size() != 1) {
                throw new AssertionError(all);
            }
            return all.get(0);
        }

        Frame push(String text) {
            return codec.push("test", new Echo(text), Frame.DropPolicy.THEN_SYNC);
        }

        Promise<Object> nextHeld() throws InterruptedException {
            Promise<Object> next = held.poll(10, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("no request arrived");
            }
            return next;
        }

        double count(String counter) {
            return metrics.get(counter).counter().count();
        }

        static UserId user(String name) {
            return new UserId(UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)));
        }

        private static Future<Principal> authenticate(String token) {
            int slash = token.indexOf('/');
            if (slash < 0) {
                return Future.failedFuture(Rejection.unauthenticated("token.invalid", "no token"));
            }
            UUID session = UUID.nameUUIDFromBytes(token.getBytes(StandardCharsets.UTF_8));
            return Future.succeededFuture(new Principal(user(token.substring(0, slash)), new SessionId(session), null));
        }
    }

    private final StoresExtension stores = StoresExtension.migrated("im/hongyan/delivery/migrations");
    private final List<Running> running = new ArrayList<>();

    /** More than a socket's limit, so that tests with one socket meet that one first. */
    static final int CONCURRENT_PER_USER = 80;

    private static final FrameLimit UNLIMITED = new FrameLimit(1_000_000, 1_000_000);

    static GatewayOptions options() {
        return new GatewayOptions(
                "127.0.0.1",
                0,
                Set.of("https://chat.example.org"),
                address -> false,
                new GatewayLimits(
                        address -> false, UNLIMITED, UNLIMITED, 64, CONCURRENT_PER_USER, 1_000, 1_000, 1_000, 1_000),
                PATIENT);
    }

    Running start() throws Exception {
        return start(UnaryOperator.identity(), 2);
    }

    Running start(UnaryOperator<GatewayOptions> change, int eventLoops) throws Exception {
        Running started = new Running(stores, change.apply(options()), eventLoops);
        running.add(started);
        return started;
    }

    static UnaryOperator<GatewayOptions> with(Heartbeat heartbeat) {
        return options -> copy(options, options.trustedProxy(), options.limits(), heartbeat);
    }

    static UnaryOperator<GatewayOptions> withRate(int perSecond, int burst) {
        return options -> withLimits(options, new FrameLimit(perSecond, burst), CONCURRENT_PER_USER, 1_000, 1_000);
    }

    /** Limits the TCP connections. */
    static UnaryOperator<GatewayOptions> withConnections(int perAddress, int perNode) {
        return options -> copy(
                options,
                options.trustedProxy(),
                new GatewayLimits(
                        options.limits().exemptAddress(),
                        options.limits().frames(),
                        options.limits().framesPerUser(),
                        options.limits().concurrentRequestsPerSocket(),
                        options.limits().concurrentRequestsPerUser(),
                        options.limits().socketsPerAddress(),
                        options.limits().socketsPerNode(),
                        perAddress,
                        perNode),
                options.heartbeat());
    }

    /** Limits the rate of each user on all sockets. */
    static UnaryOperator<GatewayOptions> withUserRate(int perSecond, int burst) {
        return options -> copy(
                options,
                options.trustedProxy(),
                new GatewayLimits(
                        options.limits().exemptAddress(),
                        options.limits().frames(),
                        new FrameLimit(perSecond, burst),
                        options.limits().concurrentRequestsPerSocket(),
                        options.limits().concurrentRequestsPerUser(),
                        options.limits().socketsPerAddress(),
                        options.limits().socketsPerNode(),
                        1_000,
                        1_000),
                options.heartbeat());
    }

    static UnaryOperator<GatewayOptions> withSockets(int perAddress, int perNode) {
        return options -> withLimits(options, options.limits().frames(), CONCURRENT_PER_USER, perAddress, perNode);
    }

    static UnaryOperator<GatewayOptions> behind(Predicate<String> proxy, int perAddress) {
        return options -> {
            GatewayOptions limited =
                    withLimits(options, options.limits().frames(), CONCURRENT_PER_USER, perAddress, 1_000);
            return copy(limited, proxy, limited.limits(), PATIENT);
        };
    }

    /** @param maxConcurrent the limit of concurrent requests per user */
    static UnaryOperator<GatewayOptions> withRequests(int maxConcurrent) {
        return options -> withLimits(options, options.limits().frames(), maxConcurrent, 1_000, 1_000);
    }

    private static GatewayOptions withLimits(
            GatewayOptions from, FrameLimit frames, int concurrentPerUser, int perAddress, int perNode) {
        GatewayLimits limits = new GatewayLimits(
                address -> address.equals("203.0.113.99"),
                frames,
                from.limits().framesPerUser(),
                from.limits().concurrentRequestsPerSocket(),
                concurrentPerUser,
                perAddress,
                perNode,
                1_000,
                1_000);
        return copy(from, from.trustedProxy(), limits, from.heartbeat());
    }

    private static GatewayOptions copy(
            GatewayOptions from, Predicate<String> trustedProxy, GatewayLimits limits, Heartbeat heartbeat) {
        return new GatewayOptions(from.host(), from.port(), from.origins(), trustedProxy, limits, heartbeat);
    }

    /** Polls a condition that has no event of its own. */
    static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("never became true: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        stores.beforeAll(context);
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        for (Running one : running) {
            one.close();
        }
        running.clear();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        stores.afterAll(context);
    }

    /** Returns a name that no other test uses. */
    static String freshName() {
        return Id.Text.encode(Id.next());
    }
}
