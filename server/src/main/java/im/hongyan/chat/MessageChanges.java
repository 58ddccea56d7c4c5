package im.hongyan.chat;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.timeline.Appended;
import im.hongyan.timeline.ConversationKind;
import im.hongyan.timeline.EntryKind;
import im.hongyan.timeline.LogTransaction;
import im.hongyan.timeline.LogTransaction.Locked;
import im.hongyan.timeline.LogTransaction.Stored;
import im.hongyan.timeline.NewEntry;
import im.hongyan.timeline.Role;
import im.hongyan.timeline.Timeline;
import im.hongyan.timeline.TimelineErrors;
import io.vertx.core.Future;
import java.time.Duration;

/**
 * Recalls, edits and reactions: entries that change the message that they refer to, in the same transaction.
 *
 * <p>A recall deletes the content from the database. So that it has one place to clear, the entry of an edit does not
 * hold the new content itself.
 */
final class MessageChanges {
    static final EntryKind RECALL = new EntryKind("recall", false, false);
    static final EntryKind REACTION = new EntryKind("reaction", false, false);

    /** For the sender's own messages; admins of a group may recall any message at any time. */
    private static final Duration RECALL_WITHIN = Duration.ofMinutes(2);

    private static final Duration EDIT_WITHIN = Duration.ofHours(24);
    private static final int MAX_EMOJI_BYTES = 64;
    private static final int MAX_EMOJI = 50;

    /**
     * A page of entries counts all reactions to each entry. For 100 entries with this many reactions that takes about
     * half a second, even if the reactions are new, which is within the deadline of a read.
     */
    private static final int MAX_REACTIONS = 2_000;

    record Recall(ConversationId conversation, Long seq, String clientId) {
        public Recall {
            Check.present("conversation", conversation);
            Check.seq("seq", seq, 1);
            Check.clientId(clientId);
        }
    }

    record Edit(ConversationId conversation, Long seq, String clientId, Content content) {
        public Edit {
            Check.present("conversation", conversation);
            Check.seq("seq", seq, 1);
            Check.clientId(clientId);
            Check.present("content", content);
        }
    }

    record React(ConversationId conversation, Long seq, String clientId, String emoji, Boolean remove) {
        public React {
            Check.present("conversation", conversation);
            Check.seq("seq", seq, 1);
            Check.clientId(clientId);
            Check.text("emoji", emoji, MAX_EMOJI_BYTES);
            if (!Emoji.isOne(emoji)) {
                throw Rejection.field("emoji", "emoji.invalid", "'emoji' is one emoji");
            }
            emoji = Emoji.normalized(emoji);
            remove = Boolean.TRUE.equals(remove) ? true : null;
        }
    }

    /** The contents of the three kinds of entry. */
    private record Target(long seq) {}

    private record Reacted(long seq, String emoji, Boolean remove) {}

    private record Edited(long seq, StoredMessage content) {}

    private interface Change {
        Future<Appended> apply(LogTransaction tx, Locked log, Stored message);
    }

    private final FrameCodec codec;
    private final Timeline timeline;
    private final ContentTypes contentTypes;

    MessageChanges(FrameCodec codec, Timeline timeline, ContentTypes contentTypes) {
        this.codec = codec;
        this.timeline = timeline;
        this.contentTypes = contentTypes;
    }

    void register(FrameRoutes routes) {
        routes.on("message.recall", Recall.class, Appended.Answer.class, this::recall)
                .on("message.edit", Edit.class, Appended.Answer.class, this::edit)
                .on("message.react", React.class, Appended.Answer.class, this::react);
        timeline.kinds()
                .register(routes, RECALL, Target.class)
                .register(routes, EntryKind.EDIT, Edited.class)
                .register(routes, REACTION, Reacted.class);
    }

    private Future<Appended.Answer> recall(Principal caller, Recall recall) {
        NewEntry newEntry = newEntry(
                recall.conversation, caller.user(), recall.clientId, RECALL, new Target(recall.seq), recall.seq);
        return change(newEntry, (tx, log, message) -> {
            checkRecall(log, message, caller.user());
            return tx.redact(recall.conversation, recall.seq).compose(none -> tx.appendUnchecked(newEntry));
        });
    }

    private Future<Appended.Answer> edit(Principal caller, Edit edit) {
        // The content distinguishes a retry from another edit, but is not stored with this entry.
        NewEntry newEntry = newEntry(
                        edit.conversation, caller.user(), edit.clientId, EntryKind.EDIT, new Target(edit.seq), edit.seq)
                .distinguishedBy(codec.json(edit.content));
        return change(newEntry, (tx, log, message) -> {
            if (!message.sender().equals(caller.user())) {
                throw Rejection.forbidden("message.not_own", "only its sender may edit a message");
            }
            if (message.age(log.now()).compareTo(EDIT_WITHIN) > 0) {
                throw Rejection.forbidden("message.too_old", "a message may be edited for 24 hours");
            }
            StoredMessage.Head before = codec.read(message.content(), StoredMessage.Head.class);
            checkEditable(before.type(), edit.content);
            StoredMessage after = new StoredMessage(edit.content, before.replyTo());
            String summary = contentTypes.of(edit.content).summaryOf(edit.content);
            return tx.append(newEntry, codec.json(new Edited(edit.seq, after)))
                    .compose(appended -> tx.replace(edit.conversation, edit.seq, codec.json(after), summary, appended)
                            .map(appended));
        });
    }

    private void checkEditable(String before, Content after) {
        if (!after.type().equals(before) || !contentTypes.of(after).isEditable()) {
            throw Rejection.field(
                    "content.type", "content.not_editable", "a message of this type cannot be edited to this content");
        }
    }

    private Future<Appended.Answer> react(Principal caller, React react) {
        NewEntry newEntry = newEntry(
                react.conversation,
                caller.user(),
                react.clientId,
                REACTION,
                new Reacted(react.seq, react.emoji, react.remove),
                react.seq);
        boolean remove = react.remove != null;
        return change(newEntry, (tx, log, message) -> checkRoom(tx, react)
                .compose(none -> tx.react(log, react.seq, caller.user(), react.emoji, remove))
                .compose(changed -> {
                    if (!changed) {
                        throw remove
                                ? Rejection.conflict("reaction.absent", "you have not reacted with this emoji")
                                : Rejection.conflict("reaction.exists", "you have reacted with this emoji already");
                    }
                    return tx.append(newEntry);
                }));
    }

    /** Bounds the reactions and their kinds, because an entry is returned with all of them. */
    private static Future<Void> checkRoom(LogTransaction tx, React react) {
        if (react.remove != null) {
            return Future.succeededFuture();
        }
        return tx.countReactions(react.conversation, react.seq, react.emoji).map(counts -> {
            if (counts.total() >= MAX_REACTIONS || counts.otherKinds() >= MAX_EMOJI) {
                throw Rejection.conflict(
                        "reaction.too_many",
                        "a message can have at most " + MAX_REACTIONS + " reactions of " + MAX_EMOJI + " kinds");
            }
            return null;
        });
    }

    /** Locks the log, answers a retry, checks membership, reads the message, then makes the change. */
    private Future<Appended.Answer> change(NewEntry newEntry, Change change) {
        return timeline.transact(newEntry.conversation(), newEntry.sender(), tx -> tx.lock(
                                newEntry.conversation(), newEntry.sender())
                        .compose(log -> tx.replay(newEntry).compose(replayed -> {
                            if (replayed.isPresent()) {
                                return Future.succeededFuture(replayed.get());
                            }
                            if (log.role() == Role.NONE) {
                                throw TimelineErrors.notMember();
                            }
                            return tx.find(newEntry.conversation(), newEntry.target(), newEntry.sender())
                                    .compose(message -> {
                                        checkMessage(message);
                                        return change.apply(tx, log, message);
                                    });
                        })))
                .map(Appended::answer);
    }

    private static void checkMessage(Stored message) {
        if (!message.kind().equals(Chat.MESSAGE.name())) {
            throw Rejection.invalid("entry.not_message", "this entry is not a message")
                    .at("seq");
        }
        if (message.recalled()) {
            throw Rejection.conflict("message.recalled", "this message was recalled");
        }
    }

    private static void checkRecall(Locked log, Stored message, UserId who) {
        boolean moderates = log.kind() == ConversationKind.GROUP && log.role().compareTo(Role.ADMIN) >= 0;
        if (moderates) {
            return;
        }
        if (!message.sender().equals(who)) {
            throw Rejection.forbidden("message.not_own", "only its sender may recall a message");
        }
        if (message.age(log.now()).compareTo(RECALL_WITHIN) > 0) {
            throw Rejection.forbidden("message.too_old", "a message may be recalled for two minutes");
        }
    }

    private NewEntry newEntry(
            ConversationId conversation, UserId sender, String clientId, EntryKind kind, Object content, long target) {
        return new NewEntry(conversation, sender, clientId, kind, codec.json(content), null, target);
    }
}
