package im.hongyan.polls;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import im.hongyan.delivery.Delivery;
import im.hongyan.polls.PollFrames.Changed;
import im.hongyan.polls.PollFrames.Close;
import im.hongyan.polls.PollFrames.Closed;
import im.hongyan.polls.PollFrames.Get;
import im.hongyan.polls.PollFrames.Results;
import im.hongyan.polls.PollFrames.Vote;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.timeline.Appended;
import im.hongyan.timeline.EntryKind;
import im.hongyan.timeline.LogTransaction;
import im.hongyan.timeline.NewEntry;
import im.hongyan.timeline.Role;
import im.hongyan.timeline.Timeline;
import im.hongyan.timeline.TimelineErrors;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Voting on polls, and closing them. Methods may be called from any thread. */
final class Polls {
    private static final Logger LOG = LoggerFactory.getLogger(Polls.class);

    /** The entry that says that a poll was closed. It does not count as unread, and the history shows it. */
    private static final EntryKind KIND = new EntryKind("poll", false, true);

    static final String SUMMARY = "📊 ";

    /** The stored content of any message: it is a poll only if the type says so, and otherwise has other fields. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    private record StoredPoll(String type, String question, List<String> options) {}

    /** A poll that the user can see, and the transaction that read it. */
    private record OpenedPoll(LogTransaction tx, PollContent content, UserId sender) {}

    private final FrameCodec codec;
    private final Timeline timeline;
    private final Delivery delivery;
    private final PollStore store;
    private final Counter votes;

    Polls(FrameCodec codec, Timeline timeline, Delivery delivery, PollStore store, Counter votes) {
        this.codec = codec;
        this.timeline = timeline;
        this.delivery = delivery;
        this.store = store;
        this.votes = votes;
    }

    void register(FrameRoutes frames) {
        frames.on("poll.vote", Vote.class, Results.class, this::vote)
                .on("poll.get", Get.class, Results.class, (caller, get) -> results(caller.user(), get))
                .on("poll.close", Close.class, Appended.Answer.class, this::close)
                .declarePush("poll.changed", Changed.class);
        timeline.kinds().register(frames, KIND, Closed.class);
    }

    void register(HttpRoutes http) {
        http.authenticated(
                HttpRoutes.Method.GET,
                "/polls/:conversation/:seq",
                200,
                Get.class,
                Results.class,
                (context, get) -> results(context.principal().user(), get));
    }

    /** Deletes the votes of a former member in open polls. If that fails, they stay. */
    void memberLeft(ConversationId conversation, UserId user) {
        timeline.transact(conversation, tx -> tx.lock(conversation, user)
                        .compose(log -> log.role() == Role.NONE
                                ? store.deleteVotes(tx.sql(), conversation, user)
                                // Added again in the meantime: the votes may be new ones.
                                : Future.succeededFuture()))
                .onFailure(failure -> LOG.warn(
                        "cannot delete the votes of {}, who left {}: {}", user, conversation, failure.toString()));
    }

    private Future<Results> vote(Principal caller, Vote vote) {
        return inPoll(vote.conversation(), vote.seq(), caller.user(), poll -> {
                    if (vote.option() != null
                            && (vote.option() < 0
                                    || vote.option() >= poll.content.options().size())) {
                        throw Rejection.field("option", "field.out_of_range", "the poll has no such option");
                    }
                    return store.isClosed(poll.tx.sql(), vote.conversation(), vote.seq())
                            .compose(closed -> {
                                if (closed) {
                                    throw closed(vote.seq());
                                }
                                return store.vote(
                                        poll.tx.sql(), vote.conversation(), vote.seq(), caller.user(), vote.option());
                            })
                            .compose(none -> read(poll, vote.conversation(), vote.seq(), caller.user()));
                })
                .onSuccess(this::announce);
    }

    /** Reads without the conversation's lock: many members read a poll at the same time. */
    private Future<Results> results(UserId user, Get get) {
        return timeline.transact(tx -> tx.isMember(get.conversation(), user).compose(member -> {
            if (!member) {
                throw TimelineErrors.notMember();
            }
            return find(tx, get.conversation(), get.seq(), user)
                    .compose(poll -> read(poll, get.conversation(), get.seq(), user));
        }));
    }

    private Future<Appended.Answer> close(Principal caller, Close close) {
        return inPoll(close.conversation(), close.seq(), caller.user(), poll -> {
                    if (!poll.sender.equals(caller.user())) {
                        throw Rejection.forbidden("poll.not_own", "only its sender may close a poll");
                    }
                    return read(poll, close.conversation(), close.seq(), caller.user())
                            .compose(results -> append(poll, close, caller.user(), results));
                })
                .map(Appended::answer);
    }

    /** Checks for a retry before it closes the poll: a retry gets the first answer, not {@code poll.closed}. */
    private Future<Appended> append(OpenedPoll poll, Close close, UserId user, Results results) {
        NewEntry entry = new NewEntry(
                close.conversation(),
                user,
                close.clientId(),
                KIND,
                codec.json(new Closed(close.seq(), results.votes())),
                SUMMARY + poll.content.question(),
                close.seq());
        return poll.tx
                .replay(entry)
                .compose(earlier ->
                        earlier.isPresent() ? Future.succeededFuture(earlier.get()) : closeNow(poll, close, entry));
    }

    private Future<Appended> closeNow(OpenedPoll poll, Close close, NewEntry entry) {
        return store.close(poll.tx.sql(), close.conversation(), close.seq()).compose(first -> {
            if (!first) {
                throw closed(close.seq());
            }
            return poll.tx.append(entry);
        });
    }

    private static Rejection closed(long seq) {
        return Rejection.conflict("poll.closed", "the poll is closed").with("poll", seq);
    }

    private Future<Results> read(OpenedPoll poll, ConversationId conversation, long seq, UserId user) {
        return store.results(
                poll.tx.sql(), conversation, seq, user, poll.content.options().size());
    }

    /** Runs {@code work} on a poll, under the conversation's lock. Fails unless the user is a member that may speak. */
    private <T> Future<T> inPoll(
            ConversationId conversation, long seq, UserId user, Function<OpenedPoll, Future<T>> work) {
        return timeline.transact(conversation, user, tx -> tx.lock(conversation, user)
                .compose(log -> {
                    log.checkMaySpeak();
                    return find(tx, conversation, seq, user);
                })
                .compose(work));
    }

    /** Fails if the user cannot see a poll there. */
    private Future<OpenedPoll> find(LogTransaction tx, ConversationId conversation, long seq, UserId user) {
        return tx.find(conversation, seq, user).map(message -> {
            StoredPoll poll = message.kind().equals("message") && !message.recalled()
                    ? codec.read(message.content(), StoredPoll.class)
                    : null;
            if (poll == null || !PollContent.NAME.equals(poll.type())) {
                throw Rejection.field("seq", "poll.not_found", "this entry is not a poll");
            }
            return new OpenedPoll(tx, new PollContent(poll.question(), poll.options()), message.sender());
        });
    }

    /** The push may be lost: a client then reads the results when it shows the poll again. */
    private void announce(Results results) {
        votes.increment();
        Frame frame = codec.push(
                "poll.changed",
                new Changed(results.conversation(), results.seq(), results.votes()),
                Frame.DropPolicy.SILENTLY);
        timeline.members()
                .recent(results.conversation())
                .onSuccess(members -> delivery.toUsers(members.users(), frame));
    }
}
