package im.hongyan.delivery;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.UserId;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings frames to the people who are connected. A push is a hint: whatever is lost here is found again in the log.
 *
 * <p>Entries of one conversation are pushed in the order of their {@code seq}. They may arrive here out of order, from
 * two transactions that committed close together; then the later one waits a moment, and what is still missing is read
 * from the log once for all sockets of the node. Thread-safe.
 */
public final class Delivery {
    /** A frame and the people it is for. */
    public record AddressedFrame(Collection<UserId> to, Frame frame) {}

    /** An entry that is ready to go out: mostly one frame for all, in any case one for each person. */
    public record OutboundEntry(long seq, List<AddressedFrame> copies) {
        public OutboundEntry(long seq, Collection<UserId> to, Frame frame) {
            this(seq, List.of(new AddressedFrame(to, frame)));
        }
    }

    /** Reads entries back from the log. */
    @FunctionalInterface
    public interface LogReader {
        /** The entries {@code from…through}, in order, at most as many as one page holds. */
        Future<List<OutboundEntry>> read(ConversationId conversation, long from, long through);

        /** Another node says that the member list has this version now, or a later one. */
        default void membersChanged(ConversationId conversation, long version) {}
    }

    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
    private static final long GAP_MS = 50;
    private static final int GAP_ENTRIES = 100;
    private static final int MAX_STREAMS = 200_000;
    private static final int BEHIND_SPREAD_MS = 2_000;
    private static final int SPREAD_STEP_MS = 100;
    private static final Frame SYNC_REQUIRED = new FrameCodec().push("sync.required", Map.of(), Frame.DropPolicy.NEVER);

    private final Vertx vertx;
    private final Sockets sockets;
    private final RemoteDelivery elsewhere;
    private final MissedRanges missed;
    private final Cache<ConversationId, ReorderBuffer> streams = Caffeine.newBuilder()
            .maximumSize(MAX_STREAMS)
            .expireAfterAccess(Duration.ofMinutes(10))
            .build();
    private volatile LogReader reader = (conversation, from, through) -> Future.succeededFuture(List.of());

    /** Of a node by itself. */
    public Delivery(Vertx vertx, Sockets sockets) {
        this(vertx, sockets, RemoteDelivery.NOBODY);
    }

    /** Of one node of several. */
    public Delivery(
            Cluster cluster, Sockets sockets, SessionDirectory directory, NodeLink link, MeterRegistry registry) {
        this(cluster.vertx(), sockets, new FanOut(directory, link, registry));
    }

    Delivery(Vertx vertx, Sockets sockets, RemoteDelivery elsewhere) {
        this.vertx = vertx;
        this.sockets = sockets;
        this.elsewhere = elsewhere;
        this.missed = new MissedRanges(vertx, this::repair, () -> sync(BEHIND_SPREAD_MS));
    }

    /** Must be called before the first entry is delivered: the log and its delivery need each other. */
    public void readGapsFrom(LogReader reader) {
        this.reader = reader;
    }

    public void toUser(UserId user, Frame frame) {
        toUsers(Set.of(user), frame);
    }

    public void toUsers(Collection<UserId> users, Frame frame) {
        sockets.send(users, frame);
        elsewhere.push(users, frame);
    }

    /** The database holds another history: what was pushed says nothing of what comes. */
    public void forget() {
        streams.invalidateAll();
    }

    /** As {@link #entry(ConversationId, long, OutboundEntry)}, of an entry that was read back from the log. */
    public void entry(ConversationId conversation, OutboundEntry parcel) {
        entry(conversation, 0, parcel);
    }

    /**
     * Pushes an entry after its commit, in the order of the log.
     *
     * @param version of the conversation's member list as of the entry, or 0
     */
    public void entry(ConversationId conversation, long version, OutboundEntry parcel) {
        toSockets(conversation, parcel);
        elsewhere.entry(conversation, version, parcel);
    }

    /**
     * An entry is committed, and will be pushed once its audience is known. If it is the first of its conversation that this
     * node knows of, those that follow wait for it; later ones are put in order in any case.
     */
    public void expect(ConversationId conversation, long seq) {
        stream(conversation).expect(seq);
    }

    private ReorderBuffer stream(ConversationId conversation) {
        return streams.get(conversation, id -> new ReorderBuffer(this::dispatch));
    }

    private void toSockets(ConversationId conversation, OutboundEntry parcel) {
        ReorderBuffer stream = stream(conversation);
        if (stream.offer(parcel)) {
            repairLater(conversation, stream);
        }
    }

    private void repairLater(ConversationId conversation, ReorderBuffer stream) {
        vertx.timer(GAP_MS, TimeUnit.MILLISECONDS).onSuccess(none -> repair(conversation, stream));
    }

    private void repair(ConversationId conversation, ReorderBuffer stream) {
        ReorderBuffer.Gap gap = stream.gap();
        if (gap == null) {
            return;
        }
        closed(conversation, stream, gap).onSuccess(more -> {
            if (more) {
                repairLater(conversation, stream);
            }
        });
    }

    private Future<Boolean> closed(ConversationId conversation, ReorderBuffer stream, ReorderBuffer.Gap gap) {
        if (gap.size() > GAP_ENTRIES) {
            return Future.succeededFuture(stream.giveUp(gap));
        }
        return reader.read(conversation, gap.from(), gap.through())
                .map(parcels -> stream.fill(gap, parcels))
                .otherwise(failure -> {
                    LOG.warn("a gap of {} entries is left to the clients: {}", gap.size(), failure.toString());
                    return stream.giveUp(gap);
                });
    }

    /** @see RemoteDelivery#everything */
    void everything(String node, boolean wanted) {
        elsewhere.everything(node, wanted);
    }

    /** Whether what is for other nodes is on its way. */
    boolean isIdle() {
        return elsewhere.isIdle();
    }

    /** What another node has for this one's sockets. */
    void received(NodeMessage message) {
        if (message instanceof NodeMessage.Entry entry) {
            if (entry.version() > 0) {
                reader.membersChanged(entry.conversation(), entry.version());
            }
            toSockets(entry.conversation(), new OutboundEntry(entry.seq(), copies(entry)));
        } else if (message instanceof NodeMessage.Push push) {
            sockets.send(push.copy().to(), push.copy().frame());
        } else if (message instanceof NodeMessage.MissedEntries range) {
            missed.add(range);
        } else if (message instanceof NodeMessage.SyncRequired behind
                && behind.users().isEmpty()) {
            sync(BEHIND_SPREAD_MS);
        } else if (message instanceof NodeMessage.SyncRequired behind) {
            sync(behind.users());
        }
    }

    private static List<AddressedFrame> copies(NodeMessage.Entry entry) {
        return entry.copies().stream()
                .map(copy -> new AddressedFrame(copy.to(), copy.frame()))
                .toList();
    }

    private Future<Void> repair(NodeMessage.MissedEntries range) {
        if (range.through() - range.from() >= GAP_ENTRIES) {
            // Somebody who was removed among them would see no hole.
            sync(BEHIND_SPREAD_MS);
            return Future.succeededFuture();
        }
        return reader.read(range.conversation(), range.from(), range.through())
                .onSuccess(parcels -> parcels.forEach(parcel -> toSockets(range.conversation(), parcel)))
                .mapEmpty();
    }

    /**
     * Has every client of this node sync, as something may have been lost on its way here.
     *
     * @param spreadMs each after a random part of this time, so that they do not ask all at once
     */
    void sync(int spreadMs) {
        int steps = Math.max(1, spreadMs / SPREAD_STEP_MS);
        List<List<ClientConnection>> groups = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            groups.add(new ArrayList<>());
        }
        sockets.forEach(
                outlet -> groups.get(ThreadLocalRandom.current().nextInt(steps)).add(outlet));
        for (int i = 0; i < steps; i++) {
            List<ClientConnection> group = groups.get(i);
            if (!group.isEmpty()) {
                vertx.timer(1L + (long) i * SPREAD_STEP_MS, TimeUnit.MILLISECONDS)
                        .onSuccess(none -> group.forEach(Delivery::syncNow));
            }
        }
    }

    /** Has these people's clients of this node sync. */
    void sync(Collection<UserId> users) {
        sockets.send(users, SYNC_REQUIRED);
    }

    private static void syncNow(ClientConnection outlet) {
        outlet.context().runOnContext(none -> outlet.offer(SYNC_REQUIRED));
    }

    private void dispatch(OutboundEntry parcel) {
        parcel.copies().forEach(copy -> sockets.send(copy.to(), copy.frame()));
    }
}
