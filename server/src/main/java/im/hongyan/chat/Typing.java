package im.hongyan.chat;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.delivery.Delivery;
import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import im.hongyan.timeline.Conversations;
import im.hongyan.timeline.Members;
import im.hongyan.timeline.TimelineErrors;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** Which users are typing: pushed to the other members of small conversations, and never stored. */
public final class Typing {
    private static final Duration EVERY = Duration.ofSeconds(3);
    private static final int MAX_MEMBERS = 50;
    private static final int MAX_REMEMBERED = 100_000;

    record TypingIn(ConversationId conversation) {
        public TypingIn {
            Check.present("conversation", conversation);
        }
    }

    record TypingPush(ConversationId conversation, UserId user) {}

    private record Typist(ConversationId conversation, UserId user) {}

    private final FrameCodec codec;
    private final Members members;
    private final Conversations conversations;
    private final Delivery delivery;
    private final Cache<Typist, Boolean> recentlyPushed = Caffeine.newBuilder()
            .expireAfterWrite(EVERY.minusMillis(200))
            .maximumSize(MAX_REMEMBERED)
            .build();

    public Typing(FrameCodec codec, Members members, Conversations conversations, Delivery delivery) {
        this.codec = codec;
        this.members = members;
        this.conversations = conversations;
        this.delivery = delivery;
    }

    public void register(FrameRoutes routes) {
        routes.on("typing", TypingIn.class, Void.class, this::typing).declarePush("typing", TypingPush.class);
    }

    /** Answers more frequent requests without passing them on, because the other members know already. */
    private Future<Void> typing(Principal caller, TypingIn typing) {
        return members.recent(typing.conversation).compose(list -> {
            if (!list.users().contains(caller.user())) {
                throw TimelineErrors.notMember();
            }
            Typist typist = new Typist(typing.conversation, caller.user());
            if (list.users().size() > MAX_MEMBERS || recentlyPushed.asMap().putIfAbsent(typist, true) != null) {
                return Future.succeededFuture();
            }
            return conversations
                    .checkMaySpeak(typing.conversation, caller.user())
                    .onSuccess(none -> push(typist, list.users()))
                    .onFailure(failure -> recentlyPushed.invalidate(typist));
        });
    }

    private void push(Typist typist, Set<UserId> members) {
        Set<UserId> others = new HashSet<>(members);
        others.remove(typist.user);
        delivery.toUsers(
                others,
                codec.push("typing", new TypingPush(typist.conversation, typist.user), Frame.DropPolicy.SILENTLY));
    }
}
