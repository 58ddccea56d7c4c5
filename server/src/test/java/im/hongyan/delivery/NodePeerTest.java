package im.hongyan.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.delivery.NodeMessage.AddressedFrame;
import im.hongyan.delivery.NodeMessage.BatchAck;
import im.hongyan.delivery.NodeMessage.BatchHeader;
import im.hongyan.delivery.NodeMessage.Entry;
import im.hongyan.delivery.NodeMessage.MissedEntries;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class NodePeerTest {
    private static final ConversationId TALK = new ConversationId(new UUID(5, 6));
    private static final UserId ALICE = new UserId(new UUID(1, 2));

    private final FakeWire wire = new FakeWire();
    private final NodePeer peer = new NodePeer(wire);

    @Test
    void batch_whileTheOtherIsUnknown_isARequest() {
        peer.offer(entry(1));
        wire.pass(0);

        assertThat(wire.asked).hasSize(1);
        assertThat(wire.asked.get(0).batch).containsExactly(entry(1));
        assertThat(wire.sent).isEmpty();
        assertThat(peer.isIdle()).isFalse();

        wire.asked.get(0).answer.complete(false);
        assertThat(peer.isIdle()).isTrue();
        assertThat(peer.hasAnswered()).isTrue();

        peer.offer(entry(2));
        wire.pass(0);
        assertThat(wire.asked).as("of the first release: it goes on like this").hasSize(2);
    }

    @Test
    void batch_forANodeThatGivesReceipts_isNumberedAndIdleWithItsReceipt() {
        knowsReceipts();
        peer.offer(entry(1));
        peer.offer(entry(2));
        wire.pass(0);

        assertThat(wire.sent).containsExactly(List.of(new BatchHeader(1), entry(1), entry(2)));
        assertThat(peer.isIdle()).isFalse();
        peer.receipted(new BatchAck(1));
        assertThat(peer.isIdle()).isTrue();
        wire.pass(NodePeer.RECEIPT_MS + 300);
        assertThat(wire.sent).as("nothing was lost").hasSize(1);
    }

    @Test
    void batch_withoutAReceiptForASecond_shrinksToANote() {
        knowsReceipts();
        peer.offer(entry(1));
        wire.pass(NodePeer.RECEIPT_MS / 2);
        peer.offer(entry(2));
        wire.pass(NodePeer.RECEIPT_MS / 2 - 1);
        assertThat(wire.sent).hasSize(2);

        wire.pass(1_000);
        assertThat(wire.sent).hasSize(3);
        assertThat(wire.sent.get(2)).containsExactly(new BatchHeader(3), new MissedEntries(TALK, 1, 2));
        peer.receipted(new BatchAck(1));
        assertThat(peer.isIdle()).as("too late: the note is on its way").isFalse();
        peer.receipted(new BatchAck(3));
        assertThat(peer.isIdle()).isTrue();
    }

    /** So that what the bus holds for a node that is frozen does not grow by all of the credit each second. */
    @Test
    void afterALoss_oneBatchAtATimeGoes_untilOneIsTaken() {
        knowsReceipts();
        peer.offer(entry(1));
        wire.pass(NodePeer.RECEIPT_MS);
        wire.pass(300);
        assertThat(wire.sent).hasSize(2);
        for (int seq = 2; seq <= 9; seq++) {
            peer.offer(entry(seq));
            wire.pass(10);
        }
        assertThat(wire.sent).hasSize(2);

        peer.receipted(new BatchAck(2));
        assertThat(wire.sent).hasSize(3);
        assertThat(wire.sent.get(2)).hasSize(1 + 8);
        peer.offer(entry(10));
        wire.pass(10);
        assertThat(wire.sent).hasSize(4);
    }

    @Test
    void silence_countsFromTheLastReceipt() {
        knowsReceipts();
        wire.pass(5_000);
        assertThat(peer.silence()).isEqualTo(5_000);
        peer.offer(entry(1));
        wire.pass(100);
        peer.receipted(new BatchAck(99));
        assertThat(peer.silence()).as("nobody's number").isEqualTo(5_100);
        peer.receipted(new BatchAck(1));
        assertThat(peer.silence()).isZero();
        wire.pass(300);
        peer.ping();
        assertThat(peer.silence()).isEqualTo(300);
        wire.asked.get(wire.asked.size() - 1).answer.fail("nobody there");
        assertThat(peer.silence()).isEqualTo(300);
    }

    @Test
    void receipt_goesWithTheNextBatch() {
        knowsReceipts();
        peer.owe(new BatchHeader(41));
        peer.owe(new BatchHeader(42));
        peer.offer(entry(1));
        wire.pass(NodePeer.OWED_MS);

        assertThat(wire.sent)
                .containsExactly(List.of(new BatchHeader(1), new BatchAck(41), new BatchAck(42), entry(1)));
    }

    @Test
    void receipt_withNoBatchToGoWith_goesAfterAMoment() {
        peer.owe(new BatchHeader(41));
        wire.pass(NodePeer.OWED_MS - 1);
        assertThat(wire.sent).isEmpty();
        wire.pass(1);

        assertThat(wire.sent).containsExactly(List.of(new BatchAck(41)));
    }

    /** Before the other side runs out of credit. */
    @Test
    void receipts_ofAFewBatches_goAtOnce() {
        for (int i = 1; i <= NodePeer.MAX_OWED; i++) {
            assertThat(wire.sent).isEmpty();
            peer.owe(new BatchHeader(i));
        }

        assertThat(wire.sent).hasSize(1);
        assertThat(wire.sent.get(0)).hasSize(NodePeer.MAX_OWED);
    }

    @Test
    void batches_withoutAReceipt_areAsManyAsThereIsCredit() {
        knowsReceipts();
        for (int i = 1; i <= NodeQueue.CREDIT + 5; i++) {
            peer.offer(entry(i));
            wire.pass(0);
        }
        assertThat(wire.sent).hasSize(NodeQueue.CREDIT);

        peer.receipted(new BatchAck(3));
        assertThat(wire.sent).hasSize(NodeQueue.CREDIT + 1);
        assertThat(wire.sent.get(NodeQueue.CREDIT))
                .as("what waited goes together")
                .hasSize(6);
    }

    @Test
    void nodeThatHasLeft_isToldNothing() {
        knowsReceipts();
        peer.offer(entry(1));
        wire.pass(0);
        peer.end();
        peer.offer(entry(2));
        peer.owe(new BatchHeader(1));
        wire.pass(5_000);

        assertThat(wire.sent).hasSize(1);
    }

    /** Two nodes, and a bus that loses what it likes, in both directions: each entry arrives, or a note of it. */
    @Property(tries = 300)
    void everyEntry_arrivesOrIsInANote_whateverTheBusLoses(@ForAll long seed) {
        Random random = new Random(seed);
        FakeWire there = new FakeWire();
        FakeWire back = new FakeWire();
        NodePeer sender = new NodePeer(there);
        NodePeer receiver = new NodePeer(back);
        sender.ping();
        there.asked.remove(0).answer.complete(true);
        Set<Long> told = new TreeSet<>();
        int entries = 1 + random.nextInt(100);
        for (int seq = 1; seq <= entries; seq++) {
            sender.offer(entry(seq));
            exchange(there, back, sender, receiver, told, random.nextInt(100), random);
            there.pass(random.nextInt(80));
            back.pass(random.nextInt(80));
        }
        for (int i = 0; i < 100 && !sender.isIdle(); i++) {
            exchange(there, back, sender, receiver, told, 0, random);
            there.pass(NodePeer.OWED_MS);
            back.pass(NodePeer.OWED_MS);
        }

        assertThat(told).hasSize(entries);
        assertThat(sender.isIdle()).isTrue();
    }

    private static void exchange(
            FakeWire there,
            FakeWire back,
            NodePeer sender,
            NodePeer receiver,
            Set<Long> told,
            int lossPercent,
            Random random) {
        take(there, lossPercent, random).forEach(message -> {
            if (message instanceof BatchHeader number) {
                receiver.owe(number);
            } else if (message instanceof Entry entry) {
                told.add(entry.seq());
            } else if (message instanceof MissedEntries range) {
                for (long seq = range.from(); seq <= range.through(); seq++) {
                    told.add(seq);
                }
            }
        });
        take(back, lossPercent, random).forEach(message -> sender.receipted((BatchAck) message));
    }

    private static List<NodeMessage> take(FakeWire wire, int lossPercent, Random random) {
        List<NodeMessage> arrived = new ArrayList<>();
        for (List<NodeMessage> batch : wire.sent) {
            if (random.nextInt(100) >= lossPercent) {
                arrived.addAll(batch);
            }
        }
        wire.sent.clear();
        return arrived;
    }

    private void knowsReceipts() {
        peer.ping();
        wire.asked.get(0).answer.complete(true);
        assertThat(wire.asked.get(0).batch).isEmpty();
    }

    private static Entry entry(long seq) {
        return new Entry(TALK, seq, 1, List.of(new AddressedFrame(List.of(ALICE), FRAME)));
    }

    private static final Frame FRAME = new Frame(new byte[10], Frame.DropPolicy.THEN_SYNC);

    /** A bus and a clock in the hands of the test. */
    private static final class FakeWire implements NodePeer.Wire {
        private record Asked(List<NodeMessage> batch, Promise<Boolean> answer) {}

        private record Task(long due, Runnable run) {}

        final List<List<NodeMessage>> sent = new ArrayList<>();
        final List<Asked> asked = new ArrayList<>();
        private final List<Task> tasks = new ArrayList<>();
        private long now = TimeUnit.SECONDS.toNanos(1_000);

        /** Lets time pass, and runs what is due. */
        void pass(long ms) {
            long until = now + TimeUnit.MILLISECONDS.toNanos(ms);
            for (Task next = due(until); next != null; next = due(until)) {
                tasks.remove(next);
                now = Math.max(now, next.due);
                next.run.run();
            }
            now = until;
        }

        private Task due(long until) {
            Task first = null;
            for (Task task : tasks) {
                if (task.due <= until && (first == null || task.due < first.due)) {
                    first = task;
                }
            }
            return first;
        }

        @Override
        public void run(Runnable task) {
            later(0, task);
        }

        @Override
        public void later(long ms, Runnable task) {
            tasks.add(new Task(now + TimeUnit.MILLISECONDS.toNanos(ms), task));
        }

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public void send(List<NodeMessage> batch) {
            sent.add(List.copyOf(batch));
        }

        @Override
        public Future<Boolean> request(List<NodeMessage> batch) {
            Promise<Boolean> answer = Promise.promise();
            asked.add(new Asked(List.copyOf(batch), answer));
            return answer.future();
        }

        @Override
        public void skipped(long pushes) {}
    }
}
