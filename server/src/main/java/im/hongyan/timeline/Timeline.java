package im.hongyan.timeline;

import im.hongyan.delivery.Delivery;
import im.hongyan.delivery.Delivery.Parcel;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
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
    private static final Logger log = LoggerFactory.getLogger(Timeline.class);
    private static final int LANES = 4;

    private final FrameCodec codec;
    private final Postgres postgres;
    private final LogStore store;
    private final EntryStore entries;
    private final ConversationStore conversations;
    private final GroupStore groups;
    private final ReadStore reads;
    private final Members members;
    private final Delivery delivery;
    private final Lane[] lanes = new Lane[LANES];

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
        LogMetrics metrics = new LogMetrics(registry);
        for (int i = 0; i < LANES; i++) {
            lanes[i] = new Lane(vertx, store, metrics, (draft, appended) -> publish(draft, appended, draft.content()));
        }
        delivery.readGapsFrom(this::readForDelivery);
    }

    /**
     * Stores an entry whose sender must be a member, and who must be able to see its target.
     *
     * @return its place, after the commit; fails with a {@link im.hongyan.protocol.Rejection}, or with
     *     {@link im.hongyan.store.StoreUnavailable}, after which the same draft may be appended again
     */
    public Future<Appended> append(Draft draft) {
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
        return postgres.transaction(connection -> work.apply(new LogTransaction(connection, store, entries, pushes)))
                .onSuccess(done -> pushes.forEach(push -> publish(push.draft(), push.appended(), push.content())));
    }

    /** Who is in a conversation, as of the last few minutes. */
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

    private void publish(Draft draft, Appended appended, String content) {
        Frame frame = frame(Entry.of(draft, appended, content));
        members.audience(draft.conversation(), appended.seq(), appended.version())
                .onSuccess(users -> delivery.entry(draft.conversation(), new Parcel(appended.seq(), users, frame)))
                // Its readers find it in the log: with the next entry they see the gap.
                .onFailure(failure -> log.warn("an entry is stored but not pushed: {}", failure.toString()));
    }

    /** Pushed frames are the same for everybody: an entry that is new has no reactions of anybody's yet. */
    private Frame frame(Entry entry) {
        return codec.push("entry", entry, Frame.Loss.SYNC);
    }

    private Future<List<Parcel>> readForDelivery(ConversationId conversation, long from, long through) {
        return entries.between(conversation, from, through).compose(found -> {
            List<Future<Parcel>> parcels = new ArrayList<>();
            for (Entry entry : found) {
                parcels.add(members.asOf(conversation, entry.seq()).map(users -> parcel(entry, users)));
            }
            return Future.all(parcels).map(all -> all.list());
        });
    }

    private Parcel parcel(Entry entry, Set<UserId> users) {
        return new Parcel(entry.seq(), users, frame(entry));
    }
}
