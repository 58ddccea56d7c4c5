package im.hongyan.chat;

import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Presence;
import im.hongyan.feature.Feature;
import im.hongyan.feature.FeatureContext;
import im.hongyan.feature.FeatureInstance;
import im.hongyan.timeline.Conversations;
import im.hongyan.timeline.Timeline;
import io.vertx.core.Future;

/**
 * Chat: messages and their changes, typing, and whose presence a user may watch. Provides {@link ContentTypes}, where
 * features register types of message content.
 */
public final class ChatFeature implements Feature {
    @Override
    public String name() {
        return "chat";
    }

    @Override
    public FeatureInstance install(FeatureContext context) {
        Timeline timeline = context.service(Timeline.class);
        Chat chat = new Chat(context.codec(), context.frames(), timeline);
        context.provide(ContentTypes.class, chat.contentTypes());
        new Typing(
                        context.codec(),
                        timeline.members(),
                        context.service(Conversations.class),
                        context.service(Delivery.class))
                .register(context.frames());
        PresenceSubscriptions presence = new PresenceSubscriptions(
                context.vertx(), context.service(Conversations.class), context.service(Presence.class));
        presence.register(context.frames());
        return new FeatureInstance() {
            @Override
            public Future<Void> start() {
                presence.start();
                return Future.succeededFuture();
            }

            @Override
            public Future<Void> stop() {
                return presence.stop();
            }
        };
    }
}
