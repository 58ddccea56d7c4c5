package im.hongyan.redenvelope;

import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameLimit;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.store.Postgres;
import im.hongyan.store.redis.Redis;
import im.hongyan.timeline.EntryKinds;
import im.hongyan.timeline.Timeline;
import im.hongyan.wallet.Wallet;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Red envelopes: money that a user sends to a conversation, and that its members open. Call {@link #start} after the
 * stores are migrated. Then all methods may be called from any thread.
 */
public final class RedEnvelopes {
    /** A year's totals may read everything that the user has sent or received in it. */
    private static final FrameLimit HISTORY_LIMIT = new FrameLimit(2, 20);

    /** The parts of the server that red envelopes use. */
    public record Services(FrameCodec codec, Timeline timeline, Delivery delivery, Sockets sockets, Wallet wallet) {}

    private final EnvelopeSettings settings;
    private final String currency;
    private final EntryKinds entryKinds;
    private final EnvelopeAccess access;
    private final EnvelopeSending sending;
    private final EnvelopeOpening opening;
    private final EnvelopeHistory history;
    private final EnvelopeSubscriptions subscriptions;
    private final EnvelopeEvents events;
    private final EnvelopeTasks tasks;

    public RedEnvelopes(
            Vertx vertx,
            Postgres postgres,
            Redis redis,
            Services services,
            EnvelopeSettings settings,
            MeterRegistry registry) {
        this.settings = settings;
        Wallet wallet = services.wallet();
        RedEnvelopeKinds.register(wallet.ledger());
        currency = wallet.ledger().currency();
        entryKinds = services.timeline().kinds();
        FrameCodec codec = services.codec();
        EnvelopeStores stores = EnvelopeStores.of(postgres, currency);
        ShareAllocatorStore allocator = new ShareAllocatorStore(redis);
        EnvelopeMetrics metrics = new EnvelopeMetrics(registry);
        access = new EnvelopeAccess(services.timeline().members(), stores.envelopes());
        history = new EnvelopeHistory(stores.history());
        subscriptions = new EnvelopeSubscriptions(vertx, codec, services.sockets(), access, stores.claims());
        events = new EnvelopeEvents(codec, services.delivery(), access, wallet, subscriptions, history);
        sending = new EnvelopeSending(
                codec, services.timeline(), wallet.ledger(), stores.envelopes(), settings, events::sent);
        opening = new EnvelopeOpening(vertx, stores, allocator, events, metrics, EnvelopeOpening.Timing.DEFAULT);
        ReservationRecovery recovery = new ReservationRecovery(opening, allocator, metrics);
        EnvelopeRefunds refunds = new EnvelopeRefunds(stores.refunds(), metrics, events::refunded);
        tasks = new EnvelopeTasks(vertx, refunds, recovery);
        EnvelopeAudit.register(wallet, allocator);
    }

    public void register(FrameRoutes routes) {
        routes.on("envelope.send", EnvelopeFrames.Send.class, EnvelopeFrames.Sent.class, sending::send)
                .on("envelope.open", EnvelopeFrames.ById.class, EnvelopeFrames.Opened.class, this::open)
                .on("envelope.view", EnvelopeFrames.ById.class, EnvelopeView.class, this::view)
                .on("envelope.watch", EnvelopeFrames.ById.class, EnvelopeView.class, this::watch)
                .on("envelope.unwatch", EnvelopeFrames.ById.class, Void.class, this::unwatch)
                .on(
                        "envelope.history",
                        EnvelopeFrames.History.class,
                        EnvelopeFrames.Year.class,
                        HISTORY_LIMIT,
                        history::year)
                .on("envelope.limits", EnvelopeFrames.GetLimits.class, EnvelopeFrames.Limits.class, this::limits);
        entryKinds.register(routes, RedEnvelopeKinds.ENTRY, EnvelopeFrames.Content.class);
        events.register(routes);
    }

    public void start() {
        subscriptions.start();
        tasks.start();
    }

    public Future<Void> stop() {
        subscriptions.stop();
        return tasks.stop();
    }

    /** Call when the database was restored to another state. */
    public void historyChanged() {
        opening.clearCaches();
    }

    private Future<EnvelopeFrames.Limits> limits(Principal caller, EnvelopeFrames.GetLimits request) {
        return Future.succeededFuture(new EnvelopeFrames.Limits(
                currency,
                1,
                settings.maxShare(),
                settings.maxShares(),
                settings.maxGreeting(),
                settings.expiry().toSeconds()));
    }

    private Future<EnvelopeFrames.Opened> open(Principal caller, EnvelopeFrames.ById request) {
        return open(opening, caller, request);
    }

    /** Opens an envelope through another instance; tests have instances with faulty share allocators. */
    Future<EnvelopeFrames.Opened> open(EnvelopeOpening by, Principal caller, EnvelopeFrames.ById request) {
        return by.spec(request.envelope())
                .compose(envelope ->
                        access.checkOpener(envelope, caller.user()).compose(none -> by.open(envelope, caller.user())))
                .map(EnvelopeFrames.Opened::of);
    }

    private Future<EnvelopeView> view(Principal caller, EnvelopeFrames.ById request) {
        return access.visible(request.envelope(), caller.user())
                .map(visible -> EnvelopeView.of(visible.state(), caller.user()));
    }

    private Future<EnvelopeView> watch(Principal caller, EnvelopeFrames.ById request) {
        return access.visible(request.envelope(), caller.user()).map(visible -> {
            EnvelopeState state = visible.state();
            if (visible.member() && state.canChange()) {
                subscriptions.add(caller, state.spec(), state.claims());
            }
            return EnvelopeView.of(state, caller.user());
        });
    }

    private Future<Void> unwatch(Principal caller, EnvelopeFrames.ById request) {
        subscriptions.remove(caller, request.envelope());
        return Future.succeededFuture();
    }
}
