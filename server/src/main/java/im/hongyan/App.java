package im.hongyan;

import im.hongyan.chat.Chat;
import im.hongyan.chat.PresenceSubscriptions;
import im.hongyan.chat.Typing;
import im.hongyan.config.Settings;
import im.hongyan.config.SigningKey;
import im.hongyan.delivery.Cluster;
import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Membership;
import im.hongyan.delivery.NodeLink;
import im.hongyan.delivery.Presence;
import im.hongyan.delivery.SessionDirectory;
import im.hongyan.delivery.Sockets;
import im.hongyan.gateway.CloseCode;
import im.hongyan.gateway.Gateway;
import im.hongyan.gateway.GatewayOptions;
import im.hongyan.gateway.Heartbeat;
import im.hongyan.gateway.Welcome;
import im.hongyan.http.AdminHttp;
import im.hongyan.http.Health;
import im.hongyan.http.PublicHttp;
import im.hongyan.identity.Identity;
import im.hongyan.identity.IdentityEvents;
import im.hongyan.identity.IdentitySettings;
import im.hongyan.identity.TokenKey;
import im.hongyan.local.demo.Demo;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.EnvelopeLimits;
import im.hongyan.redenvelope.RedEnvelopes;
import im.hongyan.store.Postgres;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.store.redis.Redis;
import im.hongyan.timeline.Conversations;
import im.hongyan.timeline.EntriesRead;
import im.hongyan.timeline.Epoch;
import im.hongyan.timeline.Groups;
import im.hongyan.timeline.ReadMarks;
import im.hongyan.timeline.Sync;
import im.hongyan.timeline.Timeline;
import im.hongyan.timeline.UserDirectory;
import im.hongyan.wallet.SandboxProvider;
import im.hongyan.wallet.Wallet;
import im.hongyan.wallet.WalletSettings;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A node: every part of it, and the only place where they are put together. */
public final class App {
    /** Where each feature keeps its schema, for {@link im.hongyan.store.Migrations}. */
    public static final List<String> MIGRATIONS = List.of(
            "im/hongyan/identity/migrations",
            "im/hongyan/delivery/migrations",
            "im/hongyan/timeline/migrations",
            "im/hongyan/wallet/migrations",
            "im/hongyan/redenvelope/migrations");

    private static final long STOP_STEP_MS = 8_000;

    private final Vertx vertx;
    private final Settings settings;
    private final Postgres postgres;
    private final Redis redis;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final FrameCodec codec = new FrameCodec();
    private final FrameRoutes routes = new FrameRoutes(codec, App::translate);
    private final HttpRoutes calls = new HttpRoutes();
    private final Sockets sockets = new Sockets();
    private final SessionDirectory directory;
    private final Presence presence;
    private final Membership membership;
    private final PresenceSubscriptions presenceWatch;
    private final Identity identity;
    private final Timeline timeline;
    private final Groups groups;
    private final Wallet wallet;
    private final RedEnvelopes redEnvelopes;
    private final Epoch epoch;
    private final Gateway gateway;
    private final Health health;
    private HttpServer admin;
    private int port;

    /** Puts the parts together; nothing runs yet. The stores are migrated and belong to this node until {@link #stop}. */
    public App(Vertx vertx, Settings settings, Postgres postgres, Redis redis) {
        this(Cluster.alone(vertx), settings, postgres, redis);
    }

    /** As {@link #App(Vertx, Settings, Postgres, Redis)}, of one node of several. */
    public App(Cluster cluster, Settings settings, Postgres postgres, Redis redis) {
        this.vertx = cluster.vertx();
        this.settings = settings;
        this.postgres = postgres;
        this.redis = redis;
        directory = new SessionDirectory(cluster, redis, sockets);
        NodeLink link = new NodeLink(cluster, registry);
        Delivery delivery = new Delivery(cluster, sockets, directory, link, registry);
        presence = new Presence(vertx, codec, sockets, directory, link, postgres);
        membership = new Membership(
                cluster, settings.cluster().address(), link, directory, delivery, presence, postgres, registry);
        identity = new Identity(
                vertx, postgres, redis, identitySettings(settings), new Events(), codec, InstantSource.system());
        UserDirectory people = identity::activeUsers;
        timeline = new Timeline(vertx, codec, postgres, delivery, registry);
        Conversations conversations = new Conversations(timeline, people);
        groups = new Groups(codec, timeline, conversations, people);
        wallet = new Wallet(
                vertx,
                postgres,
                new Wallet.Services(codec, timeline, conversations, delivery),
                walletSettings(settings),
                registry);
        redEnvelopes = new RedEnvelopes(
                vertx,
                postgres,
                redis,
                new RedEnvelopes.Services(codec, timeline, delivery, sockets, wallet),
                envelopeLimits(settings),
                registry);
        epoch = new Epoch(postgres);
        gateway = new Gateway(
                codec,
                routes,
                identity::authenticate,
                sockets,
                presence,
                new Welcome.Node(cluster.bootId(), epoch::current),
                gatewayOptions(settings),
                registry);
        health = new Health(vertx, () -> gateway.isDraining() || membership.isCutOff());
        membership.onRevoked(identity::revokedElsewhere);
        measure(cluster);

        identity.register(calls);
        identity.register(routes);
        conversations.register(routes);
        groups.register(routes);
        new EntriesRead(timeline).register(routes);
        new Sync(timeline).register(routes);
        new ReadMarks(vertx, codec, timeline, delivery).register(routes);
        new Chat(codec, timeline).register(routes);
        new Typing(codec, timeline.members(), delivery).register(routes);
        presenceWatch = new PresenceSubscriptions(vertx, conversations, presence);
        presenceWatch.register(routes);
        wallet.register(routes);
        wallet.register(calls);
        redEnvelopes.register(routes);
    }

    /** Opens the ports, the public one last. */
    public Future<App> start() {
        int eventLoops = Math.max(2, Runtime.getRuntime().availableProcessors());
        return epoch.start(vertx, this::historyChanged)
                .compose(none -> identity.start())
                .compose(none -> wallet.start())
                .onSuccess(none -> {
                    directory.start();
                    presence.start();
                    presenceWatch.start();
                    redEnvelopes.start();
                })
                .compose(none -> AdminHttp.listen(
                        vertx,
                        registry,
                        health,
                        codec,
                        Map.of(
                                "/wallet/patterns", () -> wallet.anomalyReports().run(),
                                "/wallet/reconciliation",
                                        () -> wallet.reconciliation().last()),
                        settings.http().adminHost(),
                        settings.http().adminPort()))
                .onSuccess(server -> admin = server)
                .compose(server -> membership.start())
                .compose(settled -> gateway.listen(
                        vertx,
                        PublicHttp.router(
                                vertx,
                                codec,
                                routes,
                                calls,
                                identity::authenticate,
                                health,
                                settings.http().origins(),
                                settings.http().trustedProxies()::contains,
                                registry),
                        eventLoops))
                .map(listening -> {
                    port = listening;
                    health.started();
                    return this;
                });
    }

    /** Takes no more sockets, sends the open ones away, writes what is left to write, lets go of the stores. Bounded. */
    public Future<Void> stop() {
        return step(gateway.drain())
                .compose(none -> step(presence.saveAll()))
                .compose(none -> step(membership.leave()))
                .compose(none -> {
                    directory.stop();
                    redEnvelopes.stop();
                    return step(identity.stop());
                })
                .compose(none -> step(wallet.stop()))
                .compose(none -> step(admin == null ? Future.succeededFuture() : admin.close()))
                .compose(none -> step(Future.join(postgres.close(), redis.close())));
    }

    /** Called once if this node finds itself cut off from the others: it should be stopped and started anew. */
    public void onCutOff(Runnable action) {
        membership.onCutOff(action);
    }

    /** Adds a few people who talk to each other; a second time it adds nothing. Once started. */
    public Future<Void> fillDemo() {
        String host = settings.http().host().equals("0.0.0.0")
                ? "127.0.0.1"
                : settings.http().host();
        return Demo.fill(vertx, routes, codec, host, port);
    }

    /** The public port, once started. */
    public int port() {
        return port;
    }

    public int adminPort() {
        return admin.actualPort();
    }

    public Identity identity() {
        return identity;
    }

    public Epoch epoch() {
        return epoch;
    }

    public Wallet wallet() {
        return wallet;
    }

    /** All frames, for the protocol's description. */
    public FrameRoutes routes() {
        return routes;
    }

    /** All HTTP calls, for the protocol's description. */
    public HttpRoutes calls() {
        return calls;
    }

    private static Future<Void> step(Future<?> work) {
        return work.timeout(STOP_STEP_MS, TimeUnit.MILLISECONDS)
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    private void measure(Cluster cluster) {
        Gauge.builder("hongyan.node", () -> 1)
                .description("Always 1; which start of a node this is, and of which release")
                .tag("boot", cluster.bootId())
                .tag("version", StartupBanner.version())
                .register(registry);
        Gauge.builder("hongyan.ready", health, node -> node.isReady() ? 1 : 0)
                .description("1 while the node takes new sockets")
                .register(registry);
        FunctionCounter.builder("hongyan.frames.encoded", codec, FrameCodec::pushes)
                .description("Pushes encoded: each once, whatever the number of sockets and nodes it goes to")
                .register(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        Gauge.builder("hongyan.store.available", postgres, store -> store.isAvailable() ? 1 : 0)
                .description("1 while the store answers, 0 while it is away")
                .tag("store", "postgresql")
                .register(registry);
        Gauge.builder("hongyan.store.available", redis, store -> store.isAvailable() ? 1 : 0)
                .description("1 while the store answers, 0 while it is away")
                .tag("store", "redis")
                .register(registry);
        Arrays.stream(Postgres.Connections.values()).forEach(this::measure);
    }

    private void measure(Postgres.Connections pool) {
        String name = pool.name().toLowerCase(Locale.ROOT);
        Gauge.builder("hongyan.postgres.connections.used", postgres, store -> store.used(pool))
                .description("Connections to PostgreSQL that work on a call")
                .tag("pool", name)
                .register(registry);
        Gauge.builder("hongyan.postgres.calls.waiting", postgres, store -> store.waiting(pool))
                .description("Calls that wait for a connection to PostgreSQL, or on one behind others")
                .tag("pool", name)
                .register(registry);
    }

    private void historyChanged() {
        timeline.forget();
        redEnvelopes.historyChanged();
        gateway.sendAway();
    }

    /** What a client is told of a store that is away; anything else that is no rejection is a bug. */
    private static Rejection translate(Throwable failure) {
        return failure instanceof StoreUnavailable
                ? Rejection.unavailable("store.unavailable", "a database does not answer at the moment", 1_000)
                : null;
    }

    private static IdentitySettings identitySettings(Settings settings) {
        Settings.Auth auth = settings.auth();
        Settings.Limits limits = settings.limits();
        return new IdentitySettings(
                auth.keys().stream().map(App::tokenKey).toList(),
                auth.issuer(),
                auth.audience(),
                Duration.ofSeconds(auth.accessTokenSeconds()),
                Duration.ofDays(auth.refreshTokenDays()),
                IdentitySettings.Hashing.recommended(),
                new IdentitySettings.Limits(
                        limits.registrationsPerAddressPerHour(),
                        limits.loginsPerAddressPerMinute(),
                        limits.loginsPerUsernamePerMinute(),
                        limits.lookupsPerUserPerMinute(),
                        limits.exemptAddresses()::contains));
    }

    /** Real money comes by another provider here, of whoever has a licence for it. */
    private static WalletSettings walletSettings(Settings settings) {
        Settings.Wallet wallet = settings.wallet();
        return new WalletSettings(
                wallet.currency(),
                wallet.sandbox() ? Optional.of(new SandboxProvider()) : Optional.empty(),
                wallet.maxTopUp(),
                wallet.topUpsPerDay(),
                wallet.maxTransfer(),
                wallet.maxDaily(),
                Duration.ofSeconds(wallet.transferSeconds()));
    }

    private static EnvelopeLimits envelopeLimits(Settings settings) {
        Settings.RedEnvelope envelope = settings.redEnvelope();
        return new EnvelopeLimits(
                envelope.maxShare(),
                envelope.maxShares(),
                envelope.maxGreeting(),
                Duration.ofSeconds(envelope.seconds()));
    }

    private static TokenKey tokenKey(SigningKey key) {
        return new TokenKey(key.kid(), key.secret().bytes());
    }

    private static GatewayOptions gatewayOptions(Settings settings) {
        Settings.Limits limits = settings.limits();
        return new GatewayOptions(
                settings.http().host(),
                settings.http().port(),
                settings.http().origins(),
                settings.http().trustedProxies()::contains,
                limits.exemptAddresses()::contains,
                limits.framesPerSecond(),
                limits.frameBurst(),
                limits.concurrentRequestsPerSocket(),
                limits.concurrentRequestsPerUser(),
                limits.socketsPerAddress(),
                limits.socketsPerNode(),
                Heartbeat.STANDARD);
    }

    /** What the other parts do when something happens to an account or a session. */
    private final class Events implements IdentityEvents {
        @Override
        public void ended(Set<SessionId> sessions) {
            sockets.close(sessions, CloseCode.SIGNED_OUT, "signed out");
        }

        @Override
        public void revoked(Set<SessionId> sessions) {
            membership.revoked(sessions);
        }

        @Override
        public void profileChanged(UserId user, Frame frame) {
            presence.toWatchers(user, frame);
        }

        @Override
        public Future<Void> accountDeleted(UserId user) {
            return groups.leaveAll(user).compose(none -> wallet.accountDeleted(user));
        }
    }
}
