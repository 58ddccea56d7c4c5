package im.hongyan.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.cluster.NodeMessage.AddressedFrame;
import im.hongyan.cluster.NodeMessage.Entry;
import im.hongyan.cluster.NodeMessage.MissedEntries;
import im.hongyan.cluster.NodeMessage.SyncRequired;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class NodeQueueTest {
    private static final ConversationId TALK = new ConversationId(new UUID(5, 6));
    private static final UserId ALICE = new UserId(new UUID(1, 2));

    private final NodeQueue queue = new NodeQueue();

    @Test
    void next_withoutCredit_returnsNull() {
        for (int i = 0; i < NodeQueue.CREDIT; i++) {
            queue.offer(entry(i + 1, NodeQueue.MAX_BATCH_BYTES));
            assertThat(queue.next()).hasSize(1);
        }
        queue.offer(entry(9, 10));

        assertThat(queue.next()).isNull();
        queue.acked(List.of());
        assertThat(queue.next()).hasSize(1);
    }

    @Test
    void next_severalQueued_returnsOneBatch() {
        queue.offer(entry(1, 10));
        queue.offer(entry(2, 10));
        queue.offer(new NodeMessage.Leaving());

        assertThat(queue.next()).hasSize(3);
        assertThat(queue.next()).isNull();
    }

    @Test
    void offer_beyondMaxBytes_becomesOneSummary() {
        int each = 100 << 10;
        int max = NodeQueue.MAX_QUEUED_BYTES / each;
        for (int seq = 1; seq <= 3 * max; seq++) {
            queue.offer(entry(seq, each));
            assertThat(queue.queuedBytes()).isLessThanOrEqualTo(NodeQueue.MAX_QUEUED_BYTES);
        }

        assertThat(queue.next().get(0)).isInstanceOfSatisfying(MissedEntries.class, missed -> {
            assertThat(missed.from()).isBetween((long) max - 1, (long) max + 1);
            assertThat(missed.through()).isEqualTo(3L * max);
        });
        assertThat(queue.dropped()).isGreaterThanOrEqualTo(2L * max);
    }

    @Test
    void lost_pushWithSyncPolicy_makesRecipientsSync() {
        queue.offer(new NodeMessage.Push(new AddressedFrame(List.of(ALICE), frame(10, Frame.DropPolicy.THEN_SYNC))));
        queue.lost(queue.next());

        assertThat(queue.next()).containsExactly(new SyncRequired(List.of(ALICE)));
    }

    @Test
    void lost_pushWithForgetPolicy_isDropped() {
        queue.offer(new NodeMessage.Push(new AddressedFrame(List.of(ALICE), frame(10, Frame.DropPolicy.SILENTLY))));
        queue.lost(queue.next());

        assertThat(queue.next()).isNull();
    }

    /** Its sender gets no result and treats that as a failure: a late frame would be out of order. */
    @Test
    void lost_connectionFrame_isNotRepeated() {
        queue.offer(connectionFrame(10));
        queue.lost(queue.next());

        assertThat(queue.next()).isNull();
    }

    @Test
    void offer_connectionFrameBeyondMaxBytes_isRefused() {
        int size = 64 << 10;
        int queued = 0;
        while (queue.offer(connectionFrame(size))) {
            queued++;
        }

        assertThat(queued).isEqualTo(NodeQueue.MAX_QUEUED_BYTES / (size + 128));
        assertThat(queue.queuedBytes()).isLessThanOrEqualTo(NodeQueue.MAX_QUEUED_BYTES);
        assertThat(queue.next()).allMatch(message -> message instanceof NodeMessage.ConnectionFrame);
        assertThat(queue.offer(connectionFrame(size))).isTrue();
    }

    private static NodeMessage connectionFrame(int size) {
        return new NodeMessage.ConnectionFrame(
                1, new Principal(ALICE, new SessionId(new UUID(3, 4)), "a socket"), new byte[size]);
    }

    @Test
    void lost_presence_repeatsLatestState() {
        queue.offer(new NodeMessage.PresenceChanged(ALICE, true, Instant.EPOCH));
        List<NodeMessage> first = queue.next();
        queue.offer(new NodeMessage.PresenceChanged(ALICE, false, Instant.EPOCH));
        List<NodeMessage> second = queue.next();
        queue.lost(second);
        queue.lost(first);

        List<NodeMessage> repeated = queue.next();
        assertThat(repeated).containsExactly(new NodeMessage.PresenceChanged(ALICE, false, Instant.EPOCH));
        queue.acked(repeated);
        assertThat(queue.isIdle()).isTrue();

        queue.offer(entry(1, 10));
        queue.lost(queue.next());
        assertThat(queue.next()).as("summaries are sent again").containsExactly(new MissedEntries(TALK, 1, 1));
    }

    @Test
    void offer_tooManySummaries_makesAllUsersSync() {
        for (int i = 0; i < 130_000; i++) {
            queue.offer(new MissedEntries(new ConversationId(new UUID(7, i)), 1, 1));
        }

        assertThat(queue.next()).startsWith(new SyncRequired(List.of()));
    }

    /** Whatever batches are lost: every entry arrives, by itself or in a range, before the queue is idle. */
    @Property(tries = 300)
    void anyLoss_everyEntryArrivesOrIsSummarized(@ForAll long seed) {
        Random random = new Random(seed);
        NodeQueue any = new NodeQueue();
        TreeSet<Long> known = new TreeSet<>();
        List<List<NodeMessage>> inFlight = new ArrayList<>();
        int entries = 1 + random.nextInt(200);
        for (int seq = 1; seq <= entries; ) {
            switch (random.nextInt(5)) {
                case 4 -> any.offer(new NodeMessage.PresenceChanged(ALICE, random.nextBoolean(), Instant.EPOCH));
                case 0, 1 -> any.offer(entry(seq++, 1 + random.nextInt(200 << 10)));
                case 2 -> {
                    List<NodeMessage> batch = any.next();
                    if (batch != null) {
                        inFlight.add(batch);
                    }
                }
                default -> settle(any, inFlight, known, random.nextInt(3) > 0, random);
            }
        }
        while (!inFlight.isEmpty()) {
            settle(any, inFlight, known, true, random);
        }
        for (List<NodeMessage> batch = any.next(); batch != null; batch = any.next()) {
            any.acked(batch);
            collect(batch, known);
        }

        assertThat(known).hasSize(entries);
        assertThat(any.queuedBytes()).isZero();
        assertThat(any.isIdle()).isTrue();
    }

    private static void settle(
            NodeQueue queue, List<List<NodeMessage>> inFlight, Set<Long> known, boolean arrives, Random random) {
        if (inFlight.isEmpty()) {
            return;
        }
        List<NodeMessage> batch = inFlight.remove(random.nextInt(inFlight.size()));
        if (arrives) {
            collect(batch, known);
            queue.acked(batch);
        } else {
            queue.lost(batch);
        }
    }

    private static void collect(List<NodeMessage> batch, Set<Long> known) {
        for (NodeMessage message : batch) {
            if (message instanceof Entry entry) {
                known.add(entry.seq());
            } else if (message instanceof MissedEntries range) {
                for (long seq = range.from(); seq <= range.through(); seq++) {
                    known.add(seq);
                }
            }
        }
    }

    private static Entry entry(long seq, int bytes) {
        return new Entry(
                TALK, seq, 1, List.of(new AddressedFrame(List.of(ALICE), frame(bytes, Frame.DropPolicy.THEN_SYNC))));
    }

    private static Frame frame(int bytes, Frame.DropPolicy loss) {
        return new Frame(new byte[bytes], loss);
    }
}
