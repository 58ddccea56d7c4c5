package im.hongyan.nearby;

import im.hongyan.config.SettingsReader;
import im.hongyan.feature.Feature;
import im.hongyan.feature.FeatureContext;
import im.hongyan.feature.FeatureInstance;
import im.hongyan.location.Grid;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.redis.Redis;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** Nearby: users who want to be found see who else is near. Provides the {@link Grid} of this server. */
public final class NearbyFeature implements Feature {
    private final InstantSource clock;

    public NearbyFeature() {
        this(InstantSource.system());
    }

    /** @param clock for tests */
    NearbyFeature(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return "nearby";
    }

    @Override
    public Optional<Object> readSettings(SettingsReader settings) {
        return Optional.of(NearbySettings.read(settings));
    }

    @Override
    public Optional<String> migrations() {
        return Optional.of("im/hongyan/nearby/migrations");
    }

    @Override
    public FeatureInstance install(FeatureContext context) {
        Grid grid = new Grid(context.settings(NearbySettings.class).cellKm());
        context.provide(Grid.class, grid);
        Nearby nearby =
                new Nearby(context.vertx(), context.service(Postgres.class), context.service(Redis.class), grid, clock);
        nearby.register(context.frames());
        return new Installed(nearby);
    }

    private record Installed(Nearby nearby) implements FeatureInstance {
        @Override
        public Future<Void> start() {
            return nearby.start();
        }

        @Override
        public Future<Void> stop() {
            return nearby.stop();
        }

        @Override
        public void sessionsEnded(Set<SessionId> sessions) {
            nearby.sessionsEnded(sessions);
        }

        @Override
        public Future<Void> accountDeleted(UserId user) {
            return nearby.accountDeleted(user);
        }
    }
}
