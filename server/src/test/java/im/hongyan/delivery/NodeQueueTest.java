package im.hongyan.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.delivery.NodeMessage.AddressedFrame;
import im.hongyan.delivery.NodeMessage.Entry;
import im.hongyan.delivery.NodeMessage.MissedEntries;
import im.hongyan.delivery.NodeMessage.SyncRequired;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
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
    void next_withoutCredit_isNothing() {
        for (int i = 0; i < NodeQueue.CREDIT; i++) {
            queue.offer(entry(i + 1, NodeQueue.MAX_BATCH_BYTES));
            assertThat(queue.next()).hasSize(1);
        }
        queue.offer(entry(9, 10));

        assertThat(queue.next()).isNull();
        queue.receipted(List.of());
        assertThat(queue.next()).hasSize(1);
    }

    @Test
    void next_gathersWhatWaits() {
        queue.offer(entry(1, 10));
        queue.offer(entry(2, 10));
        queue.offer(new NodeMessage.Leaving());

        assertThat(queue.next()).hasSize(3);
        assertThat(queue.next()).isNull();
    }

    @Test
    void offer_beyondTheBound_becomesOneNote() {
        int each = 100 << 10;
        int most = NodeQueue.MAX_QUEUED_BYTES / each;
        for (int seq = 1; seq <= 3 * most; seq++) {
            queue.offer(entry(seq, each));
            assertThat(queue.queuedBytes()).isLessThanOrEqualTo(NodeQueue.MAX_QUEUED_BYTES);
        }

        assertThat(queue.next().get(0)).isInstanceOfSatisfying(MissedEntries.class, note -> {
            assertThat(note.from()).isBetween((long) most - 1, (long) most + 1);
            assertThat(note.through()).isEqualTo(3L * most);
        });
        assertThat(queue.skipped()).isGreaterThanOrEqualTo(2L * most);
    }

    @Test
    void lostPush_thatMayNotBeForgotten_isANoteForItsPeople() {
        queue.offer(new NodeMessage.Push(new AddressedFrame(List.of(ALICE), frame(10, Frame.DropPolicy.THEN_SYNC))));
        queue.lost(queue.next());

        assertThat(queue.next()).containsExactly(new SyncRequired(List.of(ALICE)));
    }

    @Test
    void lostPush_thatWouldBeStale_isForgotten() {
        queue.offer(new NodeMessage.Push(new AddressedFrame(List.of(ALICE), frame(10, Frame.DropPolicy.SILENTLY))));
        queue.lost(queue.next());

        assertThat(queue.next()).isNull();
    }

    @Test
    void lostPresence_isRepeatedAsItIsByThen() {
        queue.offer(new NodeMessage.PresenceChanged(ALICE, true, Instant.EPOCH));
        List<NodeMessage> first = queue.next();
        queue.offer(new NodeMessage.PresenceChanged(ALICE, false, Instant.EPOCH));
        List<NodeMessage> second = queue.next();
        queue.lost(second);
        queue.lost(first);

        List<NodeMessage> repeated = queue.next();
        assertThat(repeated).containsExactly(new NodeMessage.PresenceChanged(ALICE, false, Instant.EPOCH));
        queue.receipted(repeated);
        assertThat(queue.isIdle()).isTrue();

        queue.offer(entry(1, 10));
        queue.lost(queue.next());
        assertThat(queue.next()).as("notes go again").containsExactly(new MissedEntries(TALK, 1, 1));
    }

    @Test
    void notesWithoutEnd_becomeOneForEverybody() {
        for (int i = 0; i < 130_000; i++) {
            queue.offer(new MissedEntries(new ConversationId(new UUID(7, i)), 1, 1));
        }

        assertThat(queue.next()).startsWith(new SyncRequired(List.of()));
    }

    /** Whatever is lost on the way: each entry arrives, by itself or in a range, before the queue has nothing more to say. */
    @Property(tries = 300)
    void everyEntry_arrivesOrIsInANote(@ForAll long seed) {
        Random random = new Random(seed);
        NodeQueue any = new NodeQueue();
        TreeSet<Long> told = new TreeSet<>();
        List<List<NodeMessage>> onTheirWay = new ArrayList<>();
        int entries = 1 + random.nextInt(200);
        for (int seq = 1; seq <= entries; ) {
            switch (random.nextInt(5)) {
                case 4 -> any.offer(new NodeMessage.PresenceChanged(ALICE, random.nextBoolean(), Instant.EPOCH));
                case 0, 1 -> any.offer(entry(seq++, 1 + random.nextInt(200 << 10)));
                case 2 -> {
                    List<NodeMessage> batch = any.next();
                    if (batch != null) {
                        onTheirWay.add(batch);
                    }
                }
                default -> settle(any, onTheirWay, told, random.nextInt(3) > 0, random);
            }
        }
        while (!onTheirWay.isEmpty()) {
            settle(any, onTheirWay, told, true, random);
        }
        for (List<NodeMessage> batch = any.next(); batch != null; batch = any.next()) {
            any.receipted(batch);
            tell(batch, told);
        }

        assertThat(told).hasSize(entries);
        assertThat(any.queuedBytes()).isZero();
        assertThat(any.isIdle()).isTrue();
    }

    private static void settle(
            NodeQueue queue, List<List<NodeMessage>> onTheirWay, Set<Long> told, boolean arrives, Random random) {
        if (onTheirWay.isEmpty()) {
            return;
        }
        List<NodeMessage> batch = onTheirWay.remove(random.nextInt(onTheirWay.size()));
        if (arrives) {
            tell(batch, told);
            queue.receipted(batch);
        } else {
            queue.lost(batch);
        }
    }

    private static void tell(List<NodeMessage> batch, Set<Long> told) {
        for (NodeMessage message : batch) {
            if (message instanceof Entry entry) {
                told.add(entry.seq());
            } else if (message instanceof MissedEntries range) {
                for (long seq = range.from(); seq <= range.through(); seq++) {
                    told.add(seq);
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
