package im.hongyan.timeline;

import im.hongyan.async.KeyedQueue;
import im.hongyan.async.LogThrottle;
import im.hongyan.delivery.AddressedFrame;
import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.OutboundEntry;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.timeline.EntryStore.Logged;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two ways into the log. {@link #append} is the fast one: group commit, for entries that need nothing but a sender
 * who may speak. {@link #transact} is for features that change rows of their own together with the log.
 *
 * <p>Either way, an entry is pushed to the users who may see it after its commit, and never before. Thread-safe.
 */
public final class Timeline {
    private static final Logger LOG = LoggerFactory.getLogger(Timeline.class);
    /** More lanes would store smaller batches, and cost PostgreSQL more for each entry. */
    private static final int LANES =
            Math.max(2, Math.min(4, Runtime.getRuntime().availableProcessors()));

    /** As long as PostgreSQL's lock timeout. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(3);

    private static final long DOUBT_MS = 1_000;

    private final FrameCodec codec;
    private final Postgres postgres;
    private final EntryKinds kinds = new EntryKinds();
    private final ConversationExtensions conversationExtensions = new ConversationExtensions();
    private final LogStore store;
    private final EntryStore entries;
    private final ConversationStore conversations;
    private final GroupStore groups;
    private final ReadStore reads;
    private final Members members;
    private final Delivery delivery;
    private final UnpublishedEntries unpublished;
    /** One works, and one is at the lock when the other has committed. */
    private final KeyedQueue<ConversationId> conversationQueue =
            new KeyedQueue<>(2, 1_000, MAX_WAIT, TimelineErrors::busy);

    private final KeyedQueue<UserId> userQueue = new KeyedQueue<>(2, 100, MAX_WAIT, TimelineErrors::tooManyChanges);
    private TimelineListener listener = new TimelineListener() {
        @Override
        public void memberLeft(ConversationId conversation, UserId user, long seq) {}

        @Override
        public void standingChanged(ConversationId conversation, UserId user) {}
    };
    private final LogThrottle failedPushes = new LogThrottle();
    private final AppendBatcher[] lanes = new AppendBatcher[LANES];

    public Timeline(
            Vertx vertx,
            FrameCodec codec,
            Postgres postgres,
            DigestKey digestKey,
            Delivery delivery,
            MeterRegistry registry) {
        this.codec = codec;
        this.postgres = postgres;
        this.store = new LogStore(postgres, digestKey);
        this.entries = new EntryStore(postgres);
        this.conversations = new ConversationStore(postgres);
        this.groups = new GroupStore(postgres);
        this.reads = new ReadStore(postgres);
        this.members = new Members(postgres);
        this.delivery = delivery;
        this.unpublished = new UnpublishedEntries(vertx, store, DOUBT_MS, this::publishStored);
        LogMetrics metrics = new LogMetrics(registry);
        for (int i = 0; i < LANES; i++) {
            lanes[i] = new AppendBatcher(
                    vertx,
                    store,
                    metrics,
                    AppendBatcher.Limits.DEFAULTS,
                    (newEntry, appended) -> publish(newEntry, appended, newEntry.content()),
                    unpublished::add);
        }
        metrics.queues(List.of(lanes));
        delivery.readGapsFrom(new Gaps());
    }

    /**
     * Stores an entry. Its sender must be a member that may speak and may see its target.
     *
     * @return its place in the log, after the commit; fails with a {@link im.hongyan.protocol.Rejection}, or with
     *     {@link im.hongyan.store.StoreUnavailable}, after which the same entry may be appended again
     */
    public Future<Appended> append(NewEntry newEntry) {
        kinds.check(newEntry.kind());
        return lanes[Math.floorMod(newEntry.conversation().hashCode(), LANES)].append(newEntry);
    }

    /**
     * Runs {@code work} in a transaction, and pushes what it appended after the commit. Lock in this order: the
     * feature's own rows first, then the conversation, then rows that many conversations share.
     *
     * @param work may run once only: a failure rolls everything back and is the result
     */
    public <T> Future<T> transact(Function<LogTransaction, Future<T>> work) {
        LogTransaction.AfterCommit after = new LogTransaction.AfterCommit();
        return postgres.transaction(connection -> work.apply(new LogTransaction(connection, store, kinds, after)))
                .onSuccess(done -> {
                    after.pushes().forEach(push -> publish(push.newEntry(), push.appended(), push.content()));
                    after.events().forEach(event -> event.accept(listener));
                })
                .onFailure(failure -> {
                    if (failure instanceof StoreUnavailable away && !away.outcomeKnown()) {
                        after.pushes().forEach(push -> unpublished.add(push.newEntry()));
                    }
                });
    }

    /** Sets the listener for changes of membership. Once, while the node is put together. */
    public void listen(TimelineListener listener) {
        this.listener = listener;
    }

    /** The database was restored or replaced: drops everything that is cached from it. */
    public void historyChanged() {
        members.clearCache();
        delivery.historyChanged();
    }

    /**
     * As {@link #transact(Function)}, for work that locks this conversation. Before it takes a connection, it queues
     * behind other work of this user, and then behind other work on the conversation. In this order, so that a user who
     * waits for their own work does not block a conversation.
     */
    public <T> Future<T> transact(ConversationId conversation, UserId who, Function<LogTransaction, Future<T>> work) {
        return userQueue.submit(who, () -> conversationQueue.submit(conversation, () -> transact(work)));
    }

    /** Queues other work of a user that needs a connection behind their work on conversations. */
    public <T> Future<T> queueFor(UserId who, Supplier<Future<T>> work) {
        return userQueue.submit(who, work);
    }

    /**
     * As {@link #transact(ConversationId, UserId, Function)}, for actions of the server: queues for the conversation
     * only.
     */
    public <T> Future<T> transact(ConversationId conversation, Function<LogTransaction, Future<T>> work) {
        return conversationQueue.submit(conversation, () -> transact(work));
    }

    /** Where features register their kinds of entry. */
    public EntryKinds kinds() {
        return kinds;
    }

    /** Where features register the fields that they add to conversations. */
    public ConversationExtensions conversationExtensions() {
        return conversationExtensions;
    }

    /** The members of conversations, as of the last ten minutes. */
    public Members members() {
        return members;
    }

    EntryStore entries() {
        return entries;
    }

    ConversationStore conversations() {
        return conversations;
    }

    GroupStore groups() {
        return groups;
    }

    ReadStore reads() {
        return reads;
    }

    private void publish(NewEntry newEntry, Appended appended, String content) {
        if (appended.fresh()) {
            delivery.expect(newEntry.conversation(), appended.seq());
        }
        push(newEntry, appended, content)
                .onSuccess(entry -> delivery.deliver(newEntry.conversation(), appended.version(), entry))
                .onFailure(failure -> {
                    failedPushes.log(suppressed -> LOG.warn(
                            "cannot push entry {} of {} yet; retrying ({} more not logged): {}",
                            appended.seq(),
                            newEntry.conversation(),
                            suppressed,
                            failure.toString()));
                    unpublished.add(newEntry);
                });
    }

    private Future<OutboundEntry> push(NewEntry newEntry, Appended appended, String content) {
        if (!appended.fresh()) {
            // Found after a while: members may have changed since, and it may have been recalled.
            return outboundEntry(newEntry.conversation(), appended.seq());
        }
        Entry stored = Entry.of(newEntry, appended, newEntry.content());
        Logged logged = new Logged(stored, stored.with(content), newEntry.target());
        Future<Set<UserId>> to = newEntry.kind().equals(Groups.KIND)
                ? members.audienceOfChange(newEntry.conversation(), appended.seq())
                : members.audience(newEntry.conversation(), appended.seq(), appended.version());
        return to.compose(audience -> outboundEntry(logged, audience));
    }

    private Future<Void> publishStored(NewEntry.Key key, long seq) {
        return outboundEntry(key.conversation(), seq)
                .onSuccess(entry -> delivery.deliver(key.conversation(), entry))
                .mapEmpty();
    }

    private Future<OutboundEntry> outboundEntry(ConversationId conversation, long seq) {
        return readForDelivery(conversation, seq, seq).map(outbound -> outbound.get(0));
    }

    private Future<List<OutboundEntry>> readForDelivery(ConversationId conversation, long from, long through) {
        return entries.between(conversation, from, through).compose(found -> {
            List<Future<OutboundEntry>> outbound = new ArrayList<>();
            for (Logged logged : found) {
                outbound.add(members.asOf(conversation, logged.stored().seq())
                        .compose(audience -> outboundEntry(logged, audience)));
            }
            return Future.all(outbound).map(all -> all.list());
        });
    }

    private final class Gaps implements Delivery.LogReader {
        @Override
        public Future<List<OutboundEntry>> read(ConversationId conversation, long from, long through) {
            return readForDelivery(conversation, from, through);
        }

        @Override
        public void membersChanged(ConversationId conversation, long version) {
            members.outdated(conversation, version);
        }
    }

    /** Users who may not see the target of an entry get the entry without the target's content. */
    private Future<OutboundEntry> outboundEntry(Logged logged, Set<UserId> audience) {
        long seq = logged.stored().seq();
        if (!logged.showsTarget()) {
            return Future.succeededFuture(new OutboundEntry(seq, audience, frame(logged.stored())));
        }
        return members.asOf(logged.stored().conversation(), logged.target()).map(seeing -> {
            Set<UserId> others = new HashSet<>(audience);
            others.removeAll(seeing);
            Set<UserId> both = new HashSet<>(audience);
            both.retainAll(seeing);
            return new OutboundEntry(
                    seq,
                    List.of(
                            new AddressedFrame(both, frame(logged.whole())),
                            new AddressedFrame(others, frame(logged.stored()))));
        });
    }

    /** A pushed frame is the same for all users, so it has no reactions, which depend on the reader. */
    private Frame frame(Entry entry) {
        return codec.push("entry", entry, Frame.DropPolicy.THEN_SYNC);
    }
}
