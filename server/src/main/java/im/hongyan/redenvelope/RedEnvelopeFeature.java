package im.hongyan.redenvelope;

import im.hongyan.config.SettingsReader;
import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Sockets;
import im.hongyan.feature.Feature;
import im.hongyan.feature.FeatureContext;
import im.hongyan.feature.FeatureInstance;
import im.hongyan.store.Postgres;
import im.hongyan.store.redis.Redis;
import im.hongyan.timeline.Timeline;
import im.hongyan.wallet.Wallet;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * Red envelopes: money sent into a conversation and opened by its members, in shares. Provides {@link RedEnvelopes}.
 */
public final class RedEnvelopeFeature implements Feature {
    @Override
    public String name() {
        return "redenvelope";
    }

    @Override
    public Optional<Object> readSettings(SettingsReader settings) {
        return Optional.of(EnvelopeSettings.read(settings));
    }

    @Override
    public Optional<String> migrations() {
        return Optional.of("im/hongyan/redenvelope/migrations");
    }

    @Override
    public FeatureInstance install(FeatureContext context) {
        RedEnvelopes envelopes = new RedEnvelopes(
                context.vertx(),
                context.service(Postgres.class),
                context.service(Redis.class),
                new RedEnvelopes.Services(
                        context.codec(),
                        context.service(Timeline.class),
                        context.service(Delivery.class),
                        context.service(Sockets.class),
                        context.service(Wallet.class)),
                context.settings(EnvelopeSettings.class),
                context.meters());
        envelopes.register(context.frames());
        context.provide(RedEnvelopes.class, envelopes);
        return new Installed(envelopes);
    }

    private record Installed(RedEnvelopes envelopes) implements FeatureInstance {
        @Override
        public Future<Void> start() {
            envelopes.start();
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> stop() {
            return envelopes.stop();
        }

        @Override
        public void historyChanged() {
            envelopes.historyChanged();
        }
    }
}
