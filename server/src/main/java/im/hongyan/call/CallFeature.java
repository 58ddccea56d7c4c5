package im.hongyan.call;

import im.hongyan.config.SettingsReader;
import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Sockets;
import im.hongyan.feature.CommandStores;
import im.hongyan.feature.Feature;
import im.hongyan.feature.FeatureContext;
import im.hongyan.feature.FeatureInstance;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.PagePolicy;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.TokenMac;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.redis.Redis;
import im.hongyan.timeline.Timeline;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLSocketFactory;

/** Calls: audio and video between up to nine participants. The server relays signals; media goes between browsers. */
public final class CallFeature implements Feature {
    @Override
    public String name() {
        return "call";
    }

    @Override
    public Optional<Object> readSettings(SettingsReader settings) {
        return Optional.of(CallSettings.read(settings));
    }

    @Override
    public Optional<String> migrations() {
        return Optional.of("im/hongyan/call/migrations");
    }

    @Override
    public List<Object> commands(CommandStores stores) {
        return List.of(new TurnCommand(
                () -> stores.settings(CallSettings.class).ice(), (SSLSocketFactory) SSLSocketFactory.getDefault()));
    }

    @Override
    public FeatureInstance install(FeatureContext context) {
        Calls calls = new Calls(
                context.vertx(),
                new Calls.Services(
                        context.codec(),
                        context.service(Postgres.class),
                        context.service(Redis.class),
                        context.service(Timeline.class),
                        context.service(Delivery.class),
                        context.service(Sockets.class),
                        context.service(TokenMac.Factory.class),
                        context.meters()),
                context.settings(CallSettings.class));
        calls.register(context.frames());
        context.page()
                .allow(PagePolicy.NONE
                        .permit("camera", "self")
                        .permit("microphone", "self")
                        .permit("display-capture", "self")
                        .permit("autoplay", "self")
                        .permit("screen-wake-lock", "self"));
        return new Installed(calls);
    }

    private record Installed(Calls calls) implements FeatureInstance {
        @Override
        public Future<Void> start() {
            return calls.start();
        }

        @Override
        public Future<Void> stop() {
            return calls.stop();
        }

        @Override
        public void historyChanged() {
            calls.historyChanged();
        }

        @Override
        public Future<Void> accountDeleted(UserId user) {
            return calls.hooks().accountDeleted(user);
        }

        @Override
        public void sessionsEnded(Set<SessionId> sessions) {
            calls.hooks().sessionsEnded(sessions);
        }

        @Override
        public void socketOpened(Principal principal) {
            calls.hooks().socketOpened(principal);
        }

        @Override
        public void socketClosed(Principal principal) {
            calls.hooks().socketClosed(principal);
        }

        @Override
        public void memberLeft(ConversationId conversation, UserId user, long seq) {
            calls.hooks().memberLeft(conversation, user);
        }

        @Override
        public void standingChanged(ConversationId conversation, UserId user) {
            calls.hooks().standingChanged(conversation, user);
        }

        @Override
        public void nodeLeft(String node) {
            calls.hooks().nodeLeft(node);
        }
    }
}
