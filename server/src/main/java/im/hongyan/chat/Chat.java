package im.hongyan.chat;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.timeline.Appended;
import im.hongyan.timeline.Entry;
import im.hongyan.timeline.EntryKind;
import im.hongyan.timeline.NewEntry;
import im.hongyan.timeline.Timeline;
import io.vertx.core.Future;

/** Sends messages. What changes a message later is in {@link MessageChanges}. */
public final class Chat {
    static final EntryKind MESSAGE = new EntryKind("message", true, true);

    record Send(ConversationId conversation, String clientId, Content content, Long replyTo) {
        public Send {
            Check.present("conversation", conversation);
            Check.clientId(clientId);
            Check.present("content", content);
            if (replyTo != null) {
                Check.seq("replyTo", replyTo, 1);
            }
        }
    }

    private final FrameCodec codec;
    private final Timeline timeline;
    private final MessageChanges amendments;

    public Chat(FrameCodec codec, Timeline timeline) {
        this.codec = codec;
        this.timeline = timeline;
        this.amendments = new MessageChanges(codec, timeline);
    }

    public void register(FrameRoutes routes) {
        routes.on("message.send", Send.class, Appended.Answer.class, this::send)
                .declarePush("entry", Entry.class)
                .declareEntryKind(MESSAGE.name(), Content.Stored.class);
        amendments.register(routes);
    }

    private Future<Appended.Answer> send(Principal caller, Send send) {
        NewEntry draft = new NewEntry(
                send.conversation,
                caller.user(),
                send.clientId,
                MESSAGE,
                codec.json(send.content.replyingTo(send.replyTo)),
                null,
                send.replyTo);
        return timeline.append(draft).map(Appended::answer);
    }
}
