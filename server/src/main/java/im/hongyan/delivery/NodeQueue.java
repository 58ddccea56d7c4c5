package im.hongyan.delivery;

import im.hongyan.delivery.NodeMessage.AddressedFrame;
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
 * What is on its way to one other node. It knows no bus and no clock: {@link NodePeer} asks it for batches while there is
 * credit, and tells it what became of them.
 *
 * <p>Memory is bounded, however slow the other node: what does not fit, and what was sent without a receipt, shrinks to a
 * note of what was missed, one range for each conversation and one name for each person. Notes are repeated until they
 * are receipted. Not thread-safe.
 */
final class NodeQueue {
    static final int MAX_BATCH_BYTES = 256 << 10;
    static final int MAX_BATCH_MESSAGES = 1_000;
    static final int MAX_QUEUED_BYTES = 4 << 20;
    /** Batches that may be without a receipt: together no more than what may wait. */
    static final int CREDIT = 16;

    private static final int MAX_NOTES = 50_000;

    /** A range of a log; ranges of the same conversation grow together. */
    private record Range(long from, long through) {
        Range union(Range other) {
            return new Range(Math.min(from, other.from), Math.max(through, other.through));
        }
    }

    private final Queue<NodeMessage> queue = new ArrayDeque<>();
    private final Map<ConversationId, Range> missed = new HashMap<>();
    private final Set<UserId> behind = new HashSet<>();
    private final Map<UserId, NodeMessage.PresenceChanged> seen = new LinkedHashMap<>();
    private boolean allBehind;
    /** The batch with the notes that are on their way. */
    private List<NodeMessage> notesInFlight;

    private int queuedBytes;
    private int inFlight;
    private long skipped;

    void offer(NodeMessage message) {
        int weight = weight(message);
        if (queuedBytes + weight > MAX_QUEUED_BYTES) {
            skip(message);
            return;
        }
        queue.add(message);
        queuedBytes += weight;
    }

    /**
     * Takes what goes out next; {@link #receipted} or {@link #lost} must follow.
     *
     * @return null if there is nothing, or no credit
     */
    List<NodeMessage> next() {
        if (inFlight >= CREDIT) {
            return null;
        }
        List<NodeMessage> batch = new ArrayList<>();
        int bytes = 0;
        if (notesInFlight == null && hasNotes()) {
            notesInFlight = batch;
            bytes = addNotes(batch);
        }
        while (!queue.isEmpty() && batch.size() < MAX_BATCH_MESSAGES && bytes < MAX_BATCH_BYTES) {
            NodeMessage message = queue.poll();
            queuedBytes -= weight(message);
            bytes += weight(message);
            batch.add(message);
        }
        if (batch.isEmpty()) {
            return null;
        }
        inFlight++;
        return batch;
    }

    void receipted(List<NodeMessage> batch) {
        ended(batch);
    }

    /** No receipt came: what was in the batch may have arrived or not. */
    void lost(List<NodeMessage> batch) {
        ended(batch);
        batch.forEach(this::skip);
    }

    private void ended(List<NodeMessage> batch) {
        inFlight--;
        if (isWithNotes(batch)) {
            notesInFlight = null;
        }
    }

    @SuppressWarnings("ReferenceEquality") // this very batch, not one that says the same
    private boolean isWithNotes(List<NodeMessage> batch) {
        return batch == notesInFlight;
    }

    /** Whether all that was offered has been receipted. */
    boolean isIdle() {
        return inFlight == 0 && queue.isEmpty() && !hasNotes();
    }

    boolean hasNotes() {
        return allBehind || !missed.isEmpty() || !behind.isEmpty() || !seen.isEmpty();
    }

    /** Pushes that became notes, since the start. */
    long skipped() {
        return skipped;
    }

    int queuedBytes() {
        return queuedBytes;
    }

    /** Batches that went out and are neither receipted nor lost. */
    int inFlight() {
        return inFlight;
    }

    private int addNotes(List<NodeMessage> batch) {
        int bytes = 0;
        if (allBehind) {
            batch.add(new NodeMessage.SyncRequired(List.of()));
            allBehind = false;
        }
        for (Iterator<Map.Entry<ConversationId, Range>> all = missed.entrySet().iterator();
                all.hasNext() && batch.size() < MAX_BATCH_MESSAGES; ) {
            Map.Entry<ConversationId, Range> one = all.next();
            batch.add(new NodeMessage.MissedEntries(
                    one.getKey(), one.getValue().from(), one.getValue().through()));
            bytes += 64;
            all.remove();
        }
        if (!behind.isEmpty() && batch.size() < MAX_BATCH_MESSAGES) {
            batch.add(new NodeMessage.SyncRequired(List.copyOf(behind)));
            bytes += 16 * behind.size();
            behind.clear();
        }
        for (Iterator<NodeMessage.PresenceChanged> all = seen.values().iterator();
                all.hasNext() && batch.size() < MAX_BATCH_MESSAGES; ) {
            batch.add(all.next());
            bytes += 64;
            all.remove();
        }
        return bytes;
    }

    private void skip(NodeMessage message) {
        if (message instanceof NodeMessage.Entry entry) {
            skipped++;
            miss(entry.conversation(), new Range(entry.seq(), entry.seq()));
        } else if (message instanceof NodeMessage.MissedEntries note) {
            miss(note.conversation(), new Range(note.from(), note.through()));
        } else if (message instanceof NodeMessage.Push push) {
            skipped++;
            skip(push.copy());
        } else if (message instanceof NodeMessage.SyncRequired note) {
            behind(note.users());
        } else if (message instanceof NodeMessage.PresenceChanged state) {
            // The latest word on somebody is the only one that counts, and one that waits is later than one that was
            // sent.
            seen.putIfAbsent(state.user(), state);
            boundNotes();
        }
        // What else there is, something surer follows: revocations are polled, a node that left is seen to have left.
    }

    private void skip(AddressedFrame copy) {
        if (copy.frame().dropPolicy() == Frame.DropPolicy.THEN_SYNC
                && !copy.to().isEmpty()) {
            behind(copy.to());
        }
    }

    private void behind(Collection<UserId> users) {
        if (!allBehind) {
            behind.addAll(users);
            allBehind = users.isEmpty();
            boundNotes();
        }
    }

    /** Too much for one note each: then everybody over there syncs. */
    private void boundNotes() {
        if (missed.size() + behind.size() > MAX_NOTES) {
            missed.clear();
            behind.clear();
            allBehind = true;
        }
        if (seen.size() > MAX_NOTES) {
            seen.clear();
        }
    }

    private void miss(ConversationId conversation, Range range) {
        if (!allBehind) {
            missed.merge(conversation, range, Range::union);
            boundNotes();
        }
    }

    private static int weight(NodeMessage message) {
        if (message instanceof NodeMessage.Entry entry) {
            return 64 + entry.copies().stream().mapToInt(NodeQueue::weight).sum();
        }
        if (message instanceof NodeMessage.Push push) {
            return 16 + weight(push.copy());
        }
        if (message instanceof NodeMessage.WatcherPush watched) {
            return 48 + watched.frame().bytes().length;
        }
        return 64;
    }

    private static int weight(AddressedFrame copy) {
        return 32 + 16 * copy.to().size() + copy.frame().bytes().length;
    }
}
