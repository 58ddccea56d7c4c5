package im.hongyan.chat;

import im.hongyan.protocol.Caller;
import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Routes;
import im.hongyan.timeline.Appended;
import im.hongyan.timeline.Draft;
import im.hongyan.timeline.Entry;
import im.hongyan.timeline.EntryKind;
import im.hongyan.timeline.Timeline;
import io.vertx.core.Future;

/** Sends messages. What changes a message later is in {@link Amendments}. */
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
    private final Amendments amendments;

    public Chat(FrameCodec codec, Timeline timeline) {
        this.codec = codec;
        this.timeline = timeline;
        this.amendments = new Amendments(codec, timeline);
    }

    public void register(Routes routes) {
        routes.on("message.send", Send.class, Appended.Answer.class, this::send)
                .pushes("entry", Entry.class)
                .entries(MESSAGE.name(), Content.Stored.class);
        amendments.register(routes);
    }

    private Future<Appended.Answer> send(Caller caller, Send send) {
        Draft draft = new Draft(
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
