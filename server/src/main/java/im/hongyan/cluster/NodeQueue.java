package im.hongyan.cluster;

import im.hongyan.cluster.NodeMessage.AddressedFrame;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.UserId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/**
 * The messages for one other node. It uses no network and no clock: {@link NodePeer} takes batches from it while there
 * is credit, and reports whether they were acknowledged or lost.
 *
 * <p>Memory is bounded, however slow the other node is. Messages that do not fit, and those of a lost batch, are
 * replaced by a summary of the loss: one range per conversation, one name per user that has to sync, and the latest
 * presence of each user. Summaries are repeated until they are acknowledged. Not thread-safe.
 */
final class NodeQueue {
    static final int MAX_BATCH_BYTES = 256 << 10;
    static final int MAX_BATCH_MESSAGES = 1_000;
    static final int MAX_QUEUED_BYTES = 4 << 20;
    /** The maximum number of unacknowledged batches; together they hold no more than the queue may. */
    static final int CREDIT = 16;

    private static final int MAX_SUMMARIES = 50_000;

    /** A range of a log; ranges of the same conversation are merged. */
    private record Range(long from, long through) {
        Range union(Range other) {
            return new Range(Math.min(from, other.from), Math.max(through, other.through));
        }
    }

    private final Queue<NodeMessage> queue = new ArrayDeque<>();
    private final Map<ConversationId, Range> missedRanges = new HashMap<>();
    private final Set<UserId> usersToSync = new HashSet<>();
    private final Map<UserId, NodeMessage.PresenceChanged> presenceChanges = new LinkedHashMap<>();
    private boolean allMustSync;
    /** The unacknowledged batch that contains summaries. */
    private List<NodeMessage> summaryBatch;

    private int queuedBytes;
    private int inFlight;
    private long dropped;

    /** @return false if the queue is full: the message is dropped, and a summary replaces it if its type has one */
    boolean offer(NodeMessage message) {
        int size = estimatedBytes(message);
        if (queuedBytes + size > MAX_QUEUED_BYTES) {
            summarize(message);
            return false;
        }
        queue.add(message);
        queuedBytes += size;
        return true;
    }

    /**
     * Takes the next batch; {@link #acked} or {@link #lost} must follow.
     *
     * @return null if the queue is empty or there is no credit
     */
    List<NodeMessage> next() {
        if (inFlight >= CREDIT) {
            return null;
        }
        List<NodeMessage> batch = new ArrayList<>();
        int bytes = 0;
        if (summaryBatch == null && hasSummaries()) {
            summaryBatch = batch;
            bytes = addSummaries(batch);
        }
        while (!queue.isEmpty() && batch.size() < MAX_BATCH_MESSAGES && bytes < MAX_BATCH_BYTES) {
            NodeMessage message = queue.poll();
            queuedBytes -= estimatedBytes(message);
            bytes += estimatedBytes(message);
            batch.add(message);
        }
        if (batch.isEmpty()) {
            return null;
        }
        inFlight++;
        return batch;
    }

    void acked(List<NodeMessage> batch) {
        completed(batch);
    }

    /** No ack came: the other node may or may not have received the batch. */
    void lost(List<NodeMessage> batch) {
        completed(batch);
        batch.forEach(this::summarize);
    }

    private void completed(List<NodeMessage> batch) {
        inFlight--;
        if (isSummaryBatch(batch)) {
            summaryBatch = null;
        }
    }

    @SuppressWarnings("ReferenceEquality") // this very batch, not one with equal messages
    private boolean isSummaryBatch(List<NodeMessage> batch) {
        return batch == summaryBatch;
    }

    /** Whether every message has been acknowledged. */
    boolean isIdle() {
        return inFlight == 0 && queue.isEmpty() && !hasSummaries();
    }

    private boolean hasSummaries() {
        return allMustSync || !missedRanges.isEmpty() || !usersToSync.isEmpty() || !presenceChanges.isEmpty();
    }

    /** The number of pushes that were replaced by summaries since the start. */
    long dropped() {
        return dropped;
    }

    int queuedBytes() {
        return queuedBytes;
    }

    /** The number of batches that are neither acknowledged nor lost. */
    int inFlight() {
        return inFlight;
    }

    private int addSummaries(List<NodeMessage> batch) {
        int bytes = 0;
        if (allMustSync) {
            batch.add(new NodeMessage.SyncRequired(List.of()));
            allMustSync = false;
        }
        for (Iterator<Map.Entry<ConversationId, Range>> all =
                        missedRanges.entrySet().iterator();
                all.hasNext() && batch.size() < MAX_BATCH_MESSAGES; ) {
            Map.Entry<ConversationId, Range> missed = all.next();
            batch.add(new NodeMessage.MissedEntries(
                    missed.getKey(), missed.getValue().from(), missed.getValue().through()));
            bytes += 64;
            all.remove();
        }
        if (!usersToSync.isEmpty() && batch.size() < MAX_BATCH_MESSAGES) {
            batch.add(new NodeMessage.SyncRequired(List.copyOf(usersToSync)));
            bytes += 16 * usersToSync.size();
            usersToSync.clear();
        }
        for (Iterator<NodeMessage.PresenceChanged> all =
                        presenceChanges.values().iterator();
                all.hasNext() && batch.size() < MAX_BATCH_MESSAGES; ) {
            batch.add(all.next());
            bytes += 64;
            all.remove();
        }
        return bytes;
    }

    private void summarize(NodeMessage message) {
        if (message instanceof NodeMessage.Entry entry) {
            dropped++;
            addMissedRange(entry.conversation(), new Range(entry.seq(), entry.seq()));
        } else if (message instanceof NodeMessage.MissedEntries missed) {
            addMissedRange(missed.conversation(), new Range(missed.from(), missed.through()));
        } else if (message instanceof NodeMessage.Push push) {
            dropped++;
            summarize(push.frame());
        } else if (message instanceof NodeMessage.SyncRequired sync) {
            addUsersToSync(sync.users());
        } else if (message instanceof NodeMessage.PresenceChanged change) {
            // Only the latest change of a user counts, and a waiting one is later than one that was sent.
            presenceChanges.putIfAbsent(change.user(), change);
            boundSummaries();
        }
        // The other messages need no summary: revocations are polled, a node's death is detected, and the sender of a
        // frame for one connection treats a missing result as a failure.
    }

    private void summarize(AddressedFrame push) {
        if (push.frame().dropPolicy() == Frame.DropPolicy.THEN_SYNC
                && !push.recipients().isEmpty()) {
            addUsersToSync(push.recipients());
        }
    }

    private void addUsersToSync(Collection<UserId> users) {
        if (!allMustSync) {
            usersToSync.addAll(users);
            allMustSync = users.isEmpty();
            boundSummaries();
        }
    }

    private void addMissedRange(ConversationId conversation, Range range) {
        if (!allMustSync) {
            missedRanges.merge(conversation, range, Range::union);
            boundSummaries();
        }
    }

    /** Replaces too many summaries by one that makes all users of the other node sync. */
    private void boundSummaries() {
        if (missedRanges.size() + usersToSync.size() > MAX_SUMMARIES) {
            missedRanges.clear();
            usersToSync.clear();
            allMustSync = true;
        }
        if (presenceChanges.size() > MAX_SUMMARIES) {
            presenceChanges.clear();
        }
    }

    private static int estimatedBytes(NodeMessage message) {
        if (message instanceof NodeMessage.Entry entry) {
            return 64
                    + entry.frames().stream()
                            .mapToInt(NodeQueue::estimatedBytes)
                            .sum();
        }
        if (message instanceof NodeMessage.Push push) {
            return 16 + estimatedBytes(push.frame());
        }
        if (message instanceof NodeMessage.WatcherPush push) {
            return 48 + push.frame().bytes().length;
        }
        if (message instanceof NodeMessage.ConnectionFrame frame) {
            return 128 + frame.bytes().length;
        }
        return 64;
    }

    private static int estimatedBytes(AddressedFrame push) {
        return 32 + 16 * push.recipients().size() + push.frame().bytes().length;
    }
}
