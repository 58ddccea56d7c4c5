package im.hongyan.location;

import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameLimit;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.store.Postgres;
import im.hongyan.store.redis.Redis;
import im.hongyan.timeline.Timeline;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;

/** The live locations of one node: its parts, its frames and its route. */
final class Locations {
    /** A start stores entries, and a user starts few shares. */
    private static final FrameLimit START_LIMIT = new FrameLimit(2, 30);
    /** Each watch reads PostgreSQL and Redis, and a client sends one for each map that it opens. */
    private static final FrameLimit WATCH_LIMIT = new FrameLimit(5, 50);
    /** Each running share of a user has one update every two seconds; the stores limit each share. */
    private static final FrameLimit UPDATE_LIMIT =
            new FrameLimit(LiveShares.MAX_PER_USER, 2 * LiveShares.MAX_PER_USER).withReason("location.rate");

    /** The parts of the node that live locations use. */
    record Services(
            FrameCodec codec,
            Postgres postgres,
            Redis redis,
            Timeline timeline,
            Sockets sockets,
            MeterRegistry meters) {}

    private final LocationSettings settings;
    private final Grid grid;
    private final PositionStore positions;
    private final LiveShares shares;
    private final PositionTicks ticks;
    private final ShareUpkeep upkeep;

    Locations(Vertx vertx, Services services, LocationSettings settings, Grid grid) {
        this.settings = settings;
        this.grid = grid;
        InstantSource clock = InstantSource.system();
        LocationMetrics metrics = new LocationMetrics(services.meters);
        LocationStore store = new LocationStore(services.postgres);
        positions = new PositionStore(services.redis, settings.minUpdate());
        shares = new LiveShares(services.codec, services.timeline, store, positions, settings, grid, clock, metrics);
        ticks = new PositionTicks(
                vertx,
                services.codec,
                services.timeline,
                services.sockets,
                positions,
                shares,
                metrics,
                settings.tick());
        upkeep = new ShareUpkeep(vertx, store, positions, shares, clock);
    }

    void register(FrameRoutes frames) {
        shares.register(frames);
        frames.on(
                        "location.start",
                        LocationFrames.Start.class,
                        LocationFrames.Started.class,
                        START_LIMIT,
                        shares::start)
                .on("location.update", LocationFrames.Update.class, Void.class, UPDATE_LIMIT, shares::update)
                .on("location.stop", LocationFrames.Stop.class, Void.class, shares::stop)
                .on(
                        "location.shares",
                        LocationFrames.Nothing.class,
                        LocationFrames.OwnShares.class,
                        (caller, none) -> shares.list(caller.user()))
                .on(
                        "location.watch",
                        LocationFrames.Watch.class,
                        Void.class,
                        WATCH_LIMIT,
                        (caller, watch) -> ticks.watch(caller, watch.conversation()))
                .on("location.unwatch", LocationFrames.Watch.class, Void.class, (caller, watch) -> {
                    ticks.unwatch(caller, watch.conversation());
                    return Future.succeededFuture();
                })
                .declarePush("location.positions", LocationFrames.Positions.class);
    }

    void register(HttpRoutes http) {
        http.authenticated(
                HttpRoutes.Method.GET,
                "/location/map",
                200,
                LocationFrames.Nothing.class,
                LocationFrames.MapSettings.class,
                (context, none) -> Future.succeededFuture(settings.forMaps(grid)));
    }

    Future<Void> start() {
        // If Redis is away, the script is loaded when it is back.
        return positions.prepare().otherwiseEmpty().onSuccess(none -> {
            ticks.start();
            upkeep.start();
        });
    }

    Future<Void> stop() {
        return Future.join(ticks.stop(), upkeep.stop()).mapEmpty();
    }

    void historyChanged() {
        shares.clearCache();
        upkeep.historyChanged();
    }

    PositionTicks ticks() {
        return ticks;
    }

    ShareUpkeep upkeep() {
        return upkeep;
    }
}
