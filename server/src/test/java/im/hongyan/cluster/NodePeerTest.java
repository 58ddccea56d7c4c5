package im.hongyan.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.cluster.NodeMessage.AddressedFrame;
import im.hongyan.cluster.NodeMessage.BatchAck;
import im.hongyan.cluster.NodeMessage.BatchHeader;
import im.hongyan.cluster.NodeMessage.Entry;
import im.hongyan.cluster.NodeMessage.MissedEntries;
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

    private final FakeTransport transport = new FakeTransport();
    private final NodePeer peer = new NodePeer(transport);

    @Test
    void offer_beforeOtherSendsAcks_sendsRequest() {
        peer.offer(entry(1));
        transport.advance(0);

        assertThat(transport.requests).hasSize(1);
        assertThat(transport.requests.get(0).batch).containsExactly(entry(1));
        assertThat(transport.sent).isEmpty();
        assertThat(peer.isIdle()).isFalse();

        transport.requests.get(0).reply.complete(false);
        assertThat(peer.isIdle()).isTrue();
        assertThat(peer.hasAnswered()).isTrue();

        peer.offer(entry(2));
        transport.advance(0);
        assertThat(transport.requests)
                .as("a node of the first release gets requests only")
                .hasSize(2);
    }

    @Test
    void offer_otherSendsAcks_numbersBatchAndIsIdleAfterAck() {
        otherSendsAcks();
        peer.offer(entry(1));
        peer.offer(entry(2));
        transport.advance(0);

        assertThat(transport.sent).containsExactly(List.of(new BatchHeader(1), entry(1), entry(2)));
        assertThat(peer.isIdle()).isFalse();
        peer.acked(new BatchAck(1));
        assertThat(peer.isIdle()).isTrue();
        transport.advance(NodePeer.ACK_TIMEOUT_MS + 300);
        assertThat(transport.sent).as("no batch was lost").hasSize(1);
    }

    @Test
    void batch_withoutAckInTime_isReplacedBySummary() {
        otherSendsAcks();
        peer.offer(entry(1));
        transport.advance(NodePeer.ACK_TIMEOUT_MS / 2);
        peer.offer(entry(2));
        transport.advance(NodePeer.ACK_TIMEOUT_MS / 2 - 1);
        assertThat(transport.sent).hasSize(2);

        transport.advance(1_000);
        assertThat(transport.sent).hasSize(3);
        assertThat(transport.sent.get(2)).containsExactly(new BatchHeader(3), new MissedEntries(TALK, 1, 2));
        peer.acked(new BatchAck(1));
        assertThat(peer.isIdle()).as("a late ack does not cancel the summary").isFalse();
        peer.acked(new BatchAck(3));
        assertThat(peer.isIdle()).isTrue();
    }

    /** The bus must not queue the whole credit each second for a frozen node. */
    @Test
    void offer_afterLoss_probesWithOneBatchUntilAcked() {
        otherSendsAcks();
        peer.offer(entry(1));
        transport.advance(NodePeer.ACK_TIMEOUT_MS);
        transport.advance(300);
        assertThat(transport.sent).hasSize(2);
        for (int seq = 2; seq <= 9; seq++) {
            peer.offer(entry(seq));
            transport.advance(10);
        }
        assertThat(transport.sent).hasSize(2);

        peer.acked(new BatchAck(2));
        assertThat(transport.sent).hasSize(3);
        assertThat(transport.sent.get(2)).hasSize(1 + 8);
        peer.offer(entry(10));
        transport.advance(10);
        assertThat(transport.sent).hasSize(4);
    }

    @Test
    void silenceMs_countsFromLastAck() {
        otherSendsAcks();
        transport.advance(5_000);
        assertThat(peer.silenceMs()).isEqualTo(5_000);
        peer.offer(entry(1));
        transport.advance(100);
        peer.acked(new BatchAck(99));
        assertThat(peer.silenceMs()).as("an unknown number").isEqualTo(5_100);
        peer.acked(new BatchAck(1));
        assertThat(peer.silenceMs()).isZero();
        transport.advance(300);
        peer.ping();
        assertThat(peer.silenceMs()).isEqualTo(300);
        transport.requests.get(transport.requests.size() - 1).reply.fail("no handlers");
        assertThat(peer.silenceMs()).isEqualTo(300);
    }

    @Test
    void ackLater_withNextBatch_isSentTogether() {
        otherSendsAcks();
        peer.ackLater(new BatchHeader(41));
        peer.ackLater(new BatchHeader(42));
        peer.offer(entry(1));
        transport.advance(NodePeer.ACK_DELAY_MS);

        assertThat(transport.sent)
                .containsExactly(List.of(new BatchHeader(1), new BatchAck(41), new BatchAck(42), entry(1)));
    }

    @Test
    void ackLater_withoutBatch_isSentAfterDelay() {
        peer.ackLater(new BatchHeader(41));
        transport.advance(NodePeer.ACK_DELAY_MS - 1);
        assertThat(transport.sent).isEmpty();
        transport.advance(1);

        assertThat(transport.sent).containsExactly(List.of(new BatchAck(41)));
    }

    /** Otherwise the other side could run out of credit. */
    @Test
    void ackLater_maxPendingAcks_areSentAtOnce() {
        for (int i = 1; i <= NodePeer.MAX_PENDING_ACKS; i++) {
            assertThat(transport.sent).isEmpty();
            peer.ackLater(new BatchHeader(i));
        }

        assertThat(transport.sent).hasSize(1);
        assertThat(transport.sent.get(0)).hasSize(NodePeer.MAX_PENDING_ACKS);
    }

    @Test
    void offer_withoutAcks_stopsAtCredit() {
        otherSendsAcks();
        for (int i = 1; i <= NodeQueue.CREDIT + 5; i++) {
            peer.offer(entry(i));
            transport.advance(0);
        }
        assertThat(transport.sent).hasSize(NodeQueue.CREDIT);

        peer.acked(new BatchAck(3));
        assertThat(transport.sent).hasSize(NodeQueue.CREDIT + 1);
        assertThat(transport.sent.get(NodeQueue.CREDIT))
                .as("waiting messages share a batch")
                .hasSize(6);
    }

    @Test
    void close_queuedMessages_areNotSent() {
        otherSendsAcks();
        peer.offer(entry(1));
        transport.advance(0);
        peer.close();
        peer.offer(entry(2));
        peer.ackLater(new BatchHeader(1));
        transport.advance(5_000);

        assertThat(transport.sent).hasSize(1);
    }

    /** Two nodes and a bus that loses batches in both directions. */
    @Property(tries = 300)
    void anyLoss_everyEntryArrivesOrIsSummarized(@ForAll long seed) {
        Random random = new Random(seed);
        FakeTransport there = new FakeTransport();
        FakeTransport back = new FakeTransport();
        NodePeer sender = new NodePeer(there);
        NodePeer receiver = new NodePeer(back);
        sender.ping();
        there.requests.remove(0).reply.complete(true);
        Set<Long> known = new TreeSet<>();
        int entries = 1 + random.nextInt(100);
        for (int seq = 1; seq <= entries; seq++) {
            sender.offer(entry(seq));
            exchange(there, back, sender, receiver, known, random.nextInt(100), random);
            there.advance(random.nextInt(80));
            back.advance(random.nextInt(80));
        }
        for (int i = 0; i < 100 && !sender.isIdle(); i++) {
            exchange(there, back, sender, receiver, known, 0, random);
            there.advance(NodePeer.ACK_DELAY_MS);
            back.advance(NodePeer.ACK_DELAY_MS);
        }

        assertThat(known).hasSize(entries);
        assertThat(sender.isIdle()).isTrue();
    }

    private static void exchange(
            FakeTransport there,
            FakeTransport back,
            NodePeer sender,
            NodePeer receiver,
            Set<Long> known,
            int lossPercent,
            Random random) {
        take(there, lossPercent, random).forEach(message -> {
            if (message instanceof BatchHeader number) {
                receiver.ackLater(number);
            } else if (message instanceof Entry entry) {
                known.add(entry.seq());
            } else if (message instanceof MissedEntries range) {
                for (long seq = range.from(); seq <= range.through(); seq++) {
                    known.add(seq);
                }
            }
        });
        take(back, lossPercent, random).forEach(message -> sender.acked((BatchAck) message));
    }

    private static List<NodeMessage> take(FakeTransport transport, int lossPercent, Random random) {
        List<NodeMessage> arrived = new ArrayList<>();
        for (List<NodeMessage> batch : transport.sent) {
            if (random.nextInt(100) >= lossPercent) {
                arrived.addAll(batch);
            }
        }
        transport.sent.clear();
        return arrived;
    }

    private void otherSendsAcks() {
        peer.ping();
        transport.requests.get(0).reply.complete(true);
        assertThat(transport.requests.get(0).batch).isEmpty();
    }

    private static Entry entry(long seq) {
        return new Entry(TALK, seq, 1, List.of(new AddressedFrame(List.of(ALICE), FRAME)));
    }

    private static final Frame FRAME = new Frame(new byte[10], Frame.DropPolicy.THEN_SYNC);

    /** A transport and a clock that the test controls. */
    private static final class FakeTransport implements NodePeer.Transport {
        private record Request(List<NodeMessage> batch, Promise<Boolean> reply) {}

        private record Task(long due, Runnable run) {}

        final List<List<NodeMessage>> sent = new ArrayList<>();
        final List<Request> requests = new ArrayList<>();
        private final List<Task> tasks = new ArrayList<>();
        private long now = TimeUnit.SECONDS.toNanos(1_000);

        /** Advances the clock and runs the tasks that are due. */
        void advance(long ms) {
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
            schedule(0, task);
        }

        @Override
        public void schedule(long ms, Runnable task) {
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
            Promise<Boolean> reply = Promise.promise();
            requests.add(new Request(List.copyOf(batch), reply));
            return reply.future();
        }

        @Override
        public void dropped(long pushes) {}
    }
}
