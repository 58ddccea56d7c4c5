package im.hongyan.location;

import im.hongyan.chat.ContentTypes;
import im.hongyan.config.SettingsReader;
import im.hongyan.delivery.Sockets;
import im.hongyan.feature.Feature;
import im.hongyan.feature.FeatureContext;
import im.hongyan.feature.FeatureInstance;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.redis.Redis;
import im.hongyan.timeline.Timeline;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.Set;

/** Places, which are messages, and live locations, which members share for some time. */
public final class LocationFeature implements Feature {
    @Override
    public String name() {
        return "location";
    }

    @Override
    public Optional<Object> readSettings(SettingsReader settings) {
        return Optional.of(LocationSettings.read(settings));
    }

    @Override
    public Optional<String> migrations() {
        return Optional.of("im/hongyan/location/migrations");
    }

    @Override
    public FeatureInstance install(FeatureContext context) {
        LocationSettings settings = context.settings(LocationSettings.class);
        context.service(ContentTypes.class).register(PlaceContent.TYPE);
        Locations locations = new Locations(
                context.vertx(),
                new Locations.Services(
                        context.codec(),
                        context.service(Postgres.class),
                        context.service(Redis.class),
                        context.service(Timeline.class),
                        context.service(Sockets.class),
                        context.meters()),
                settings,
                context.service(Grid.class));
        locations.register(context.frames());
        locations.register(context.http());
        context.page().allow(settings.pagePolicy());
        return new Installed(locations);
    }

    private record Installed(Locations locations) implements FeatureInstance {
        @Override
        public Future<Void> start() {
            return locations.start();
        }

        @Override
        public Future<Void> stop() {
            return locations.stop();
        }

        @Override
        public void historyChanged() {
            locations.historyChanged();
        }

        @Override
        public Future<Void> accountDeleted(UserId user) {
            return locations.upkeep().accountDeleted(user);
        }

        @Override
        public void sessionsEnded(Set<SessionId> sessions) {
            locations.upkeep().sessionsEnded(sessions);
        }

        @Override
        public void socketClosed(Principal principal) {
            locations.ticks().socketClosed(principal);
        }

        @Override
        public void memberLeft(ConversationId conversation, UserId user, long seq) {
            locations.ticks().memberLeft(conversation, user);
            locations.upkeep().memberLeft(conversation, user, seq);
        }

        @Override
        public void standingChanged(ConversationId conversation, UserId user) {
            locations.upkeep().standingChanged(conversation);
        }
    }
}
