package im.hongyan.delivery;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import im.hongyan.cluster.Cluster;
import im.hongyan.cluster.NodeLink;
import im.hongyan.cluster.NodeMessage;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Principal;
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
 * Delivers frames to connected users. A push is a hint: clients find lost pushes in the log.
 *
 * <p>The entries of a conversation are pushed in the order of their {@code seq}. They may arrive here out of order,
 * from two transactions that committed close together. Then the later one waits for a moment, and entries that are
 * still missing are read from the log, once for all sockets of the node. Thread-safe.
 */
public final class Delivery {
    /** Reads entries back from the log. */
    @FunctionalInterface
    public interface LogReader {
        /** Reads the entries {@code from…through} in order, at most one page of them. */
        Future<List<OutboundEntry>> read(ConversationId conversation, long from, long through);

        /** Another node has seen this version of the member list, so older ones are outdated. */
        default void membersChanged(ConversationId conversation, long version) {}
    }

    /** The push that makes a client sync. */
    public static final Frame SYNC_REQUIRED = new FrameCodec().push("sync.required", Map.of(), Frame.DropPolicy.NEVER);

    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
    private static final long GAP_MS = 50;
    private static final int MAX_GAP_ENTRIES = 100;
    private static final int MAX_BUFFERS = 200_000;
    private static final int SYNC_SPREAD_MS = 2_000;
    private static final int SPREAD_STEP_MS = 100;

    private final Vertx vertx;
    private final Sockets sockets;
    private final RemoteDelivery remote;
    private final ConnectionFrames connectionFrames;
    private final MissedRanges missed;
    private final Cache<ConversationId, ReorderBuffer> buffers = Caffeine.newBuilder()
            .maximumSize(MAX_BUFFERS)
            .expireAfterAccess(Duration.ofMinutes(10))
            .build();
    private volatile LogReader reader = (conversation, from, through) -> Future.succeededFuture(List.of());

    /** The delivery of a standalone node. */
    public Delivery(Vertx vertx, Sockets sockets) {
        this(
                vertx,
                sockets,
                RemoteDelivery.NONE,
                new ConnectionFrames(vertx, sockets, Cluster.newBootId(), (node, message) -> false));
    }

    /** The delivery of a node in a cluster. */
    public Delivery(
            Cluster cluster, Sockets sockets, SessionDirectory directory, NodeLink link, MeterRegistry registry) {
        this(
                cluster.vertx(),
                sockets,
                new FanOut(directory, link, registry),
                new ConnectionFrames(cluster.vertx(), sockets, cluster.bootId(), link::send));
    }

    private Delivery(Vertx vertx, Sockets sockets, RemoteDelivery remote, ConnectionFrames connectionFrames) {
        this.vertx = vertx;
        this.sockets = sockets;
        this.remote = remote;
        this.connectionFrames = connectionFrames;
        this.missed = new MissedRanges(vertx, this::repair, () -> requireSync(SYNC_SPREAD_MS));
    }

    /** Must be called before the first entry is delivered: the log and its delivery need each other. */
    public void readGapsFrom(LogReader log) {
        this.reader = log;
    }

    public void toUser(UserId user, Frame frame) {
        toUsers(Set.of(user), frame);
    }

    /** As {@link #toUser}, for all other sockets of this connection's user. The connection must be on this node. */
    public void toOtherSockets(Principal socket, Frame frame) {
        sockets.sendToOthers(socket, frame);
        remote.push(Set.of(socket.user()), frame);
    }

    public void toUsers(Collection<UserId> users, Frame frame) {
        sockets.send(users, frame);
        remote.push(users, frame);
    }

    /** This node's boot id, under which the other nodes reach its connections. */
    public String ownNode() {
        return connectionFrames.ownNode();
    }

    /**
     * Sends a frame to exactly one connection, on this node or another one. It is never dropped: a socket that cannot
     * take it is closed, so that its client reconnects. Frames that one thread sends to the same connection arrive in
     * order; some may be missing.
     *
     * @param node the boot id of the connection's node, which {@link #ownNode} returned there
     * @return succeeds when the frame is queued for the socket. Fails with {@link ConnectionUnreachable} within two
     *     seconds if the node or the connection is gone, or if there is no answer; then the frame may still arrive.
     *     Completes on any thread
     */
    public Future<Void> toConnection(String node, Principal connection, Frame frame) {
        return connectionFrames.send(node, connection, frame);
    }

    /** The database has another history: the sequence numbers that were pushed so far mean nothing any more. */
    public void historyChanged() {
        buffers.invalidateAll();
    }

    /** As {@link #deliver(ConversationId, long, OutboundEntry)}, for an entry that was read back from the log. */
    public void deliver(ConversationId conversation, OutboundEntry entry) {
        deliver(conversation, 0, entry);
    }

    /**
     * Pushes an entry after its commit, in the order of the log.
     *
     * @param version the version of the conversation's member list as of the entry; 0 if unknown
     */
    public void deliver(ConversationId conversation, long version, OutboundEntry entry) {
        toSockets(conversation, entry);
        remote.deliver(conversation, version, entry);
    }

    /**
     * Announces an entry that is committed and will be delivered once its recipients are known. If it is the first
     * entry of its conversation on this node, later ones wait for it.
     */
    public void expect(ConversationId conversation, long seq) {
        buffer(conversation).expect(seq);
    }

    private ReorderBuffer buffer(ConversationId conversation) {
        return buffers.get(conversation, id -> new ReorderBuffer(this::dispatch));
    }

    private void toSockets(ConversationId conversation, OutboundEntry entry) {
        ReorderBuffer buffer = buffer(conversation);
        if (buffer.offer(entry)) {
            scheduleRepair(conversation, buffer);
        }
    }

    private void scheduleRepair(ConversationId conversation, ReorderBuffer buffer) {
        vertx.timer(GAP_MS, TimeUnit.MILLISECONDS).onSuccess(none -> repair(conversation, buffer));
    }

    private void repair(ConversationId conversation, ReorderBuffer buffer) {
        ReorderBuffer.Gap gap = buffer.firstGap();
        if (gap == null) {
            return;
        }
        closeGap(conversation, buffer, gap).onSuccess(more -> {
            if (more) {
                scheduleRepair(conversation, buffer);
            }
        });
    }

    private Future<Boolean> closeGap(ConversationId conversation, ReorderBuffer buffer, ReorderBuffer.Gap gap) {
        if (gap.size() > MAX_GAP_ENTRIES) {
            return Future.succeededFuture(buffer.skip(gap));
        }
        return reader.read(conversation, gap.from(), gap.through())
                .map(entries -> buffer.fill(gap, entries))
                .otherwise(failure -> {
                    LOG.warn(
                            "Cannot read {} missing entries from the log; clients will read them: {}",
                            gap.size(),
                            failure.toString());
                    return buffer.skip(gap);
                });
    }

    /** @see RemoteDelivery#setBroadcastMode */
    void setBroadcastMode(String node, boolean enabled) {
        remote.setBroadcastMode(node, enabled);
    }

    /** @see RemoteDelivery#isIdle */
    boolean isIdle() {
        return remote.isIdle();
    }

    /** Fails the frames that wait for a result from this node, because it will not answer. */
    void nodeLeft(String node) {
        connectionFrames.nodeLeft(node);
    }

    /** Delivers what another node sent for this node's sockets. */
    void received(String node, NodeMessage message) {
        if (message instanceof NodeMessage.Entry entry) {
            if (entry.version() > 0) {
                reader.membersChanged(entry.conversation(), entry.version());
            }
            toSockets(entry.conversation(), outbound(entry));
        } else if (message instanceof NodeMessage.Push push) {
            sockets.send(push.frame().recipients(), push.frame().frame());
        } else if (message instanceof NodeMessage.MissedEntries range) {
            missed.add(range);
        } else if (message instanceof NodeMessage.SyncRequired sync
                && sync.users().isEmpty()) {
            requireSync(SYNC_SPREAD_MS);
        } else if (message instanceof NodeMessage.SyncRequired sync) {
            requireSync(sync.users());
        } else if (message instanceof NodeMessage.ConnectionFrame frame) {
            connectionFrames.received(node, frame);
        } else if (message instanceof NodeMessage.ConnectionFrameResult result) {
            connectionFrames.received(node, result);
        }
    }

    private static OutboundEntry outbound(NodeMessage.Entry entry) {
        return new OutboundEntry(
                entry.seq(),
                entry.frames().stream()
                        .map(addressed -> new AddressedFrame(addressed.recipients(), addressed.frame()))
                        .toList());
    }

    private Future<Void> repair(NodeMessage.MissedEntries range) {
        if (range.through() - range.from() >= MAX_GAP_ENTRIES) {
            // A user that was removed within the range would not notice a gap.
            requireSync(SYNC_SPREAD_MS);
            return Future.succeededFuture();
        }
        return reader.read(range.conversation(), range.from(), range.through())
                .onSuccess(entries -> entries.forEach(entry -> toSockets(range.conversation(), entry)))
                .mapEmpty();
    }

    /**
     * Makes every client of this node sync, because pushes to this node may have been lost.
     *
     * @param spreadMs each client syncs after a random part of this time, so that they do not all ask at once
     */
    void requireSync(int spreadMs) {
        int steps = Math.max(1, spreadMs / SPREAD_STEP_MS);
        List<List<ClientConnection>> groups = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            groups.add(new ArrayList<>());
        }
        sockets.forEach(connection ->
                groups.get(ThreadLocalRandom.current().nextInt(steps)).add(connection));
        for (int i = 0; i < steps; i++) {
            List<ClientConnection> group = groups.get(i);
            if (!group.isEmpty()) {
                vertx.timer(1L + (long) i * SPREAD_STEP_MS, TimeUnit.MILLISECONDS)
                        .onSuccess(none -> group.forEach(Delivery::requireSync));
            }
        }
    }

    /** Makes the clients of these users on this node sync. */
    void requireSync(Collection<UserId> users) {
        sockets.send(users, SYNC_REQUIRED);
    }

    private static void requireSync(ClientConnection connection) {
        connection.context().runOnContext(none -> connection.offer(SYNC_REQUIRED));
    }

    private void dispatch(OutboundEntry entry) {
        entry.frames().forEach(addressed -> sockets.send(addressed.recipients(), addressed.frame()));
    }
}
