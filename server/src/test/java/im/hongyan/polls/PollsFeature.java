package im.hongyan.polls;

import im.hongyan.chat.ContentTypes;
import im.hongyan.config.SettingsReader;
import im.hongyan.delivery.Delivery;
import im.hongyan.feature.Feature;
import im.hongyan.feature.FeatureContext;
import im.hongyan.feature.FeatureInstance;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.timeline.Timeline;
import io.micrometer.core.instrument.Counter;
import java.util.Optional;

/** Polls: messages that ask a question, with options that members vote for. */
public final class PollsFeature implements Feature {
    @Override
    public String name() {
        return "polls";
    }

    @Override
    public Optional<Object> readSettings(SettingsReader settings) {
        return Optional.of(PollSettings.read(settings));
    }

    @Override
    public Optional<String> migrations() {
        return Optional.of("im/hongyan/polls/migrations");
    }

    @Override
    public FeatureInstance install(FeatureContext context) {
        Polls polls = new Polls(
                context.codec(),
                context.service(Timeline.class),
                context.service(Delivery.class),
                new PollStore(),
                Counter.builder("hongyan.polls.votes")
                        .description("Votes cast, changed or taken back")
                        .register(context.meters()));
        context.service(ContentTypes.class)
                .register(PollContent.type(context.settings(PollSettings.class).maxOptions()));
        polls.register(context.frames());
        polls.register(context.http());
        context.page().module("features/polls/feature.js");
        return new FeatureInstance() {
            @Override
            public void memberLeft(ConversationId conversation, UserId user, long seq) {
                polls.memberLeft(conversation, user);
            }
        };
    }
}
