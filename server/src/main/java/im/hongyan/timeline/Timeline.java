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
 * The two doors of the log. {@link #append} is the fast one: group commit, for entries that need nothing but a member as
 * their sender. {@link #transact} is for features that change rows of their own together with the log.
 *
 * <p>Through either door an entry is pushed to those who may see it once it is committed, and never before.
 * Thread-safe.
 */
public final class Timeline {
    private static final Logger LOG = LoggerFactory.getLogger(Timeline.class);
    /** More of them would store fewer entries at a time, and cost PostgreSQL more for each. */
    private static final int LANES =
            Math.max(2, Math.min(4, Runtime.getRuntime().availableProcessors()));

    /** As long as PostgreSQL would let it wait for a lock. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(3);

    private static final long DOUBT_MS = 1_000;

    private final FrameCodec codec;
    private final Postgres postgres;
    private final EntryKinds kinds = new EntryKinds();
    private final LogStore store;
    private final EntryStore entries;
    private final ConversationStore conversations;
    private final GroupStore groups;
    private final ReadStore reads;
    private final Members members;
    private final Delivery delivery;
    private final UnpublishedEntries unannounced;
    /** One works, and one is at the lock when the other has committed. */
    private final KeyedQueue<ConversationId> turns = new KeyedQueue<>(2, 1_000, MAX_WAIT, TimelineErrors::busy);

    private final KeyedQueue<UserId> people = new KeyedQueue<>(2, 100, MAX_WAIT, TimelineErrors::tooManyChanges);
    private final LogThrottle unpushed = new LogThrottle();
    private final AppendBatcher[] lanes = new AppendBatcher[LANES];

    public Timeline(Vertx vertx, FrameCodec codec, Postgres postgres, Delivery delivery, MeterRegistry registry) {
        this.codec = codec;
        this.postgres = postgres;
        this.store = new LogStore(postgres);
        this.entries = new EntryStore(postgres);
        this.conversations = new ConversationStore(postgres);
        this.groups = new GroupStore(postgres);
        this.reads = new ReadStore(postgres);
        this.members = new Members(postgres);
        this.delivery = delivery;
        this.unannounced = new UnpublishedEntries(vertx, store, DOUBT_MS, this::announce);
        LogMetrics metrics = new LogMetrics(registry);
        for (int i = 0; i < LANES; i++) {
            lanes[i] = new AppendBatcher(
                    vertx,
                    store,
                    metrics,
                    AppendBatcher.Limits.DEFAULTS,
                    (draft, appended) -> publish(draft, appended, draft.content()),
                    unannounced::add);
        }
        metrics.queues(List.of(lanes));
        delivery.readGapsFrom(new Gaps());
    }

    /**
     * Stores an entry whose sender must be a member, and who must be able to see its target.
     *
     * @return its place, after the commit; fails with a {@link im.hongyan.protocol.Rejection}, or with
     *     {@link im.hongyan.store.StoreUnavailable}, after which the same draft may be appended again
     */
    public Future<Appended> append(NewEntry draft) {
        kinds.check(draft.kind());
        return lanes[Math.floorMod(draft.conversation().hashCode(), LANES)].append(draft);
    }

    /**
     * Runs {@code work} in a transaction, and pushes what it appended after the commit. Lock the feature's own rows
     * first, the conversation last.
     *
     * @param work may run once only: a failure rolls everything back and is the result
     */
    public <T> Future<T> transact(Function<LogTransaction, Future<T>> work) {
        List<LogTransaction.Push> pushes = new ArrayList<>();
        return postgres.transaction(
                        connection -> work.apply(new LogTransaction(connection, store, entries, kinds, pushes)))
                .onSuccess(done -> pushes.forEach(push -> publish(push.draft(), push.appended(), push.content())))
                .onFailure(failure -> {
                    if (failure instanceof StoreUnavailable away && !away.outcomeKnown()) {
                        pushes.forEach(push -> unannounced.add(push.draft()));
                    }
                });
    }

    /** The database holds another history than before: nothing that was remembered of it holds. */
    public void forget() {
        members.forget();
        delivery.historyChanged();
    }

    /**
     * As {@link #transact(Function)}, for work that locks this conversation: it takes its turn with this person's other
     * work, and then with the others on the same conversation, before it takes a connection. In this order, so that nobody
     * holds up a conversation while he waits for himself.
     */
    public <T> Future<T> transact(ConversationId conversation, UserId who, Function<LogTransaction, Future<T>> work) {
        return people.submit(who, () -> turns.submit(conversation, () -> transact(work)));
    }

    /** For other work of one person that needs a connection: it takes its turn with what he does to conversations. */
    public <T> Future<T> inTurn(UserId who, Supplier<Future<T>> work) {
        return people.submit(who, work);
    }

    /** As {@link #transact(ConversationId, UserId, Function)}, for what the server does by itself: it waits for nobody's turn. */
    public <T> Future<T> transact(ConversationId conversation, Function<LogTransaction, Future<T>> work) {
        return turns.submit(conversation, () -> transact(work));
    }

    /** Where features register their kinds of entry. */
    public EntryKinds kinds() {
        return kinds;
    }

    /** Who is in a conversation, as of the last ten minutes. */
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

    private void publish(NewEntry draft, Appended appended, String content) {
        if (appended.fresh()) {
            delivery.expect(draft.conversation(), appended.seq());
        }
        push(draft, appended, content)
                .onSuccess(parcel -> delivery.deliver(draft.conversation(), appended.version(), parcel))
                .onFailure(failure -> {
                    unpushed.log(passed -> LOG.warn(
                            "entry {} of {} is stored but not pushed yet, as are {} before it: {}",
                            appended.seq(),
                            draft.conversation(),
                            passed,
                            failure.toString()));
                    unannounced.add(draft);
                });
    }

    private Future<OutboundEntry> push(NewEntry draft, Appended appended, String content) {
        if (!appended.fresh()) {
            // Found again after a while: others may have come and gone, and it may have been recalled.
            return parcel(draft.conversation(), appended.seq());
        }
        Entry stored = Entry.of(draft, appended, draft.content());
        Logged logged = new Logged(stored, stored.with(content), draft.target());
        Future<Set<UserId>> to = draft.kind().equals(Groups.KIND)
                ? members.audienceOfChange(draft.conversation(), appended.seq())
                : members.audience(draft.conversation(), appended.seq(), appended.version());
        return to.compose(audience -> parcel(logged, audience));
    }

    private Future<Void> announce(NewEntry.Key key, long seq) {
        return parcel(key.conversation(), seq)
                .onSuccess(parcel -> delivery.deliver(key.conversation(), parcel))
                .mapEmpty();
    }

    private Future<OutboundEntry> parcel(ConversationId conversation, long seq) {
        return readForDelivery(conversation, seq, seq).map(parcels -> parcels.get(0));
    }

    private Future<List<OutboundEntry>> readForDelivery(ConversationId conversation, long from, long through) {
        return entries.between(conversation, from, through).compose(found -> {
            List<Future<OutboundEntry>> parcels = new ArrayList<>();
            for (Logged logged : found) {
                parcels.add(members.asOf(conversation, logged.stored().seq())
                        .compose(audience -> parcel(logged, audience)));
            }
            return Future.all(parcels).map(all -> all.list());
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

    /** Whoever may not see what an entry refers to gets the entry without it. */
    private Future<OutboundEntry> parcel(Logged logged, Set<UserId> audience) {
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

    /** Pushed frames are the same for everybody, and so without reactions: whose they are depends on the reader. */
    private Frame frame(Entry entry) {
        return codec.push("entry", entry, Frame.DropPolicy.THEN_SYNC);
    }
}
