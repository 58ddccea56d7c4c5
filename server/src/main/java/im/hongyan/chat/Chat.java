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

/** Sends messages. {@link MessageChanges} has what changes them later. */
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
    private final ContentTypes contentTypes;

    /** Registers the frames, kinds of entry and types of content of messages. */
    public Chat(FrameCodec codec, FrameRoutes routes, Timeline timeline) {
        this.codec = codec;
        this.timeline = timeline;
        contentTypes = new ContentTypes(codec, routes);
        contentTypes.register(TextContent.TYPE);
        routes.on("message.send", Send.class, Appended.Answer.class, this::send).declarePush("entry", Entry.class);
        timeline.kinds().register(routes, MESSAGE, StoredMessage.class);
        new MessageChanges(codec, timeline, contentTypes).register(routes);
    }

    /** Where other features register the types of content that they add. */
    public ContentTypes contentTypes() {
        return contentTypes;
    }

    private Future<Appended.Answer> send(Principal caller, Send send) {
        NewEntry message = new NewEntry(
                send.conversation,
                caller.user(),
                send.clientId,
                MESSAGE,
                codec.json(new StoredMessage(send.content, send.replyTo)),
                contentTypes.of(send.content).summaryOf(send.content),
                send.replyTo);
        return timeline.append(message).map(Appended::answer);
    }
}
