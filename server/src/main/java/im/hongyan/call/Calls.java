package im.hongyan.call;

import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameLimit;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.TokenMac;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.redis.Redis;
import im.hongyan.timeline.ConversationExtension;
import im.hongyan.timeline.Timeline;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Wires the call components of one node. Call {@link #start} after the stores are migrated. */
final class Calls {
    /** The server components that calls use. */
    record Services(
            FrameCodec codec,
            Postgres postgres,
            Redis redis,
            Timeline timeline,
            Delivery delivery,
            Sockets sockets,
            TokenMac.Factory macs,
            MeterRegistry meters) {}

    private static final FrameLimit ICE_LIMIT = new FrameLimit(1, 20);
    /** A start may ring 32 users on all of their devices. An accept or join has all participants connect anew. */
    private static final FrameLimit ENTER_LIMIT = new FrameLimit(1, 20);
    /** Each change goes to all participants, with the whole roster. */
    private static final FrameLimit MEDIA_LIMIT = new FrameLimit(5, 50);

    private final CallSettings settings;
    private final Timeline timeline;
    private final CallMetrics metrics;
    private final CallStore store;
    private final CallRoomStore roomStore;
    private final CallUserStore userStore;
    private final CallRecorder recorder;
    private final CallEvents events;
    private final CallAccess access;
    private final CallRooms rooms;
    private final CallStarting starting;
    private final CallEntering entering;
    private final CallControls controls;
    private final CallSignals signals;
    private final CallLinks links;
    private final CallMaintenance maintenance;
    private final CallHooks hooks;

    Calls(Vertx vertx, Services services, CallSettings settings) {
        this.settings = settings;
        timeline = services.timeline;
        Delivery delivery = services.delivery;
        FrameCodec codec = services.codec;
        String node = delivery.ownNode();
        metrics = new CallMetrics(services.meters);
        store = new CallStore(services.postgres);
        roomStore = new CallRoomStore(services.redis, codec, settings);
        userStore = new CallUserStore(services.redis, settings);
        recorder = new CallRecorder(codec, timeline, store);
        events = new CallEvents(codec, delivery, timeline.members());
        LocalParticipants localParticipants = new LocalParticipants(node);
        access = new CallAccess(timeline, store, localParticipants);
        metrics.localParticipants(localParticipants);
        metrics.turnServers(settings.ice().turnUrls().size());
        rooms = new CallRooms(
                new CallRooms.Parts(
                        roomStore, userStore, store, events, recorder, localParticipants, services.sockets, metrics),
                settings.rules(),
                node);
        CallUsers users = new CallUsers(userStore, rooms);
        IceServers iceServers = new IceServers(settings.ice(), InstantSource.system());
        ResumeTokens tokens = new ResumeTokens(services.macs.derive("hongyan call resume"));
        CallAnswers answers = new CallAnswers(tokens, iceServers);
        starting = new CallStarting(vertx, access, store, rooms, users, recorder, answers, node);
        entering = new CallEntering(access, rooms, users, tokens, answers, metrics, node);
        controls = new CallControls(access, rooms, users, iceServers, node);
        signals = new CallSignals(codec, delivery, access, rooms, roomStore, localParticipants, settings);
        links = new CallLinks(access, rooms, metrics, node);
        maintenance = new CallMaintenance(
                vertx,
                new CallMaintenance.Parts(
                        roomStore, userStore, store, rooms, users, localParticipants, access, events, recorder),
                settings);
        hooks = new CallHooks(rooms, localParticipants, userStore, access, events);
    }

    void register(FrameRoutes routes) {
        FrameLimit signalLimit =
                new FrameLimit(settings.signalsPerSecond(), settings.signalBurst()).withReason("call.signal_rate");
        onEntering(routes, "call.start", CallFrames.Start.class, starting::start);
        onEntering(routes, "call.accept", CallFrames.Enter.class, entering::accept);
        onEntering(routes, "call.join", CallFrames.Enter.class, entering::join);
        on(routes, "call.resume", CallFrames.Resume.class, CallFrames.Entered.class, entering::resume);
        on(routes, "call.ring.ack", CallFrames.ById.class, Void.class, controls::confirmRing);
        on(routes, "call.decline", CallFrames.ById.class, Void.class, controls::decline);
        on(routes, "call.leave", CallFrames.ById.class, Void.class, controls::leave);
        on(routes, "call.get", CallFrames.ById.class, CallFrames.Found.class, controls::get);
        on(routes, "call.ring", CallFrames.Ring.class, Void.class, controls::ring);
        on(routes, "call.remove", CallFrames.Remove.class, Void.class, controls::remove);
        on(routes, "call.end", CallFrames.ById.class, Void.class, controls::end);
        on(routes, "call.link", CallFrames.Link.class, Void.class, links::report);
        routes.on(
                "call.media",
                CallFrames.Media.class,
                CallFrames.Revision.class,
                MEDIA_LIMIT,
                counted(controls::setMedia));
        routes.on("call.ice", CallFrames.ById.class, CallFrames.Ice.class, ICE_LIMIT, counted(controls::ice));
        routes.on("call.signal", CallFrames.Signal.class, Void.class, signalLimit, counted(signals::signal));
        events.register(routes);
        recorder.register(routes);
        timeline.conversationExtensions()
                .register(routes, new ConversationExtension<>("call", CallFrames.Banner.class, this::banners));
    }

    private <T> void onEntering(
            FrameRoutes routes, String type, Class<T> body, FrameRoutes.Handler<T, CallFrames.Entered> handler) {
        routes.on(type, body, CallFrames.Entered.class, ENTER_LIMIT, counted((caller, data) -> handler.handle(
                        caller, data)
                .onSuccess(links::entered)));
    }

    private <T, A> void on(
            FrameRoutes routes, String type, Class<T> body, Class<A> answer, FrameRoutes.Handler<T, A> handler) {
        routes.on(type, body, answer, counted(handler));
    }

    /** Counts refusals by their reason. */
    private <T, A> FrameRoutes.Handler<T, A> counted(FrameRoutes.Handler<T, A> handler) {
        return (caller, body) -> Future.<Void>succeededFuture()
                .compose(none -> handler.handle(caller, body))
                .onFailure(failure -> {
                    if (failure instanceof Rejection rejection) {
                        metrics.refused(rejection.reason());
                    }
                });
    }

    /** The calls in progress, for a page of conversations. PostgreSQL selects the few that may have one. */
    private Future<Map<ConversationId, CallFrames.Banner>> banners(UserId viewer, List<ConversationId> conversations) {
        return store.withOpenCall(conversations).compose(rooms::inProgress).map(inProgress -> inProgress.stream()
                .collect(Collectors.toMap(room -> room.info().conversation(), CallFrames.Banner::of)));
    }

    Future<Void> start() {
        // If Redis is unavailable, the scripts are loaded when it is back.
        return Future.join(roomStore.prepare(), userStore.prepare())
                .<Void>mapEmpty()
                .otherwiseEmpty()
                .onSuccess(none -> maintenance.start());
    }

    Future<Void> stop() {
        return maintenance.stop();
    }

    void historyChanged() {
        access.clearCache();
        maintenance.historyChanged();
    }

    CallHooks hooks() {
        return hooks;
    }
}
