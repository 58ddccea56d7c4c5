package im.hongyan.cluster;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The sending side of the link to one other node, and the acks that this node owes to it. Every batch has a number, and
 * is acknowledged with a batch in the opposite direction or, after a short delay, by a message of its own. A batch
 * without an ack after a second counts as lost; {@link NodeQueue} decides what is sent instead. Thread-safe.
 *
 * <p>A node of the first release sends no such acks. Until a node is known to send them, batches are sent as requests,
 * and the reply is the ack.
 */
final class NodePeer {
    /** The connection to the other node, and the event loop that everything here runs on. */
    interface Transport {
        void run(Runnable task);

        void schedule(long ms, Runnable task);

        long nanoTime();

        /** Sends a batch without any confirmation. */
        void send(List<NodeMessage> batch);

        /** @return whether the other node sends acks; fails if it did not accept the batch */
        Future<Boolean> request(List<NodeMessage> batch);

        /** Counts dropped pushes. */
        void dropped(long pushes);
    }

    static final long ACK_TIMEOUT_MS = 1_000;
    /** Acks wait this long for a batch in the opposite direction. */
    static final long ACK_DELAY_MS = 50;
    /** This many acks do not wait any longer. */
    static final int MAX_PENDING_ACKS = NodeQueue.CREDIT / 4;
    /** The pause after a loss, since the other node may be overloaded. */
    private static final long PAUSE_MS = 250;

    private record SentBatch(List<NodeMessage> messages, long at) {}

    private final Transport transport;
    private final NodeQueue queue = new NodeQueue();
    /** Batches that are not acknowledged yet, by number, oldest first. */
    private final Map<Long, SentBatch> sent = new LinkedHashMap<>();
    /** Acks for the other node's batches that are not sent yet. */
    private final List<NodeMessage> pendingAcks = new ArrayList<>();

    private long lastNumber;
    private boolean sendsAcks;
    private boolean scheduled;
    private boolean paused;
    /** Since the last loss nothing was acknowledged: single batches probe whether the other node is back. */
    private boolean probing;

    private boolean timeoutScheduled;
    private boolean ackScheduled;
    private boolean closed;
    private long droppedBefore;
    private volatile long lastContact;
    private volatile boolean answered;

    NodePeer(Transport transport) {
        this.transport = transport;
        this.lastContact = transport.nanoTime();
    }

    /** @see NodeQueue#offer */
    boolean offer(NodeMessage message) {
        boolean queued;
        synchronized (this) {
            queued = queue.offer(message);
            if (scheduled || paused) {
                return queued;
            }
            scheduled = true;
        }
        transport.run(this::sendQueued);
        return queued;
    }

    /** Sends an empty batch, so that the other node answers. */
    void ping() {
        transport.request(List.of()).onSuccess(this::contacted);
    }

    /** The other node has left: nothing more is sent to it. */
    synchronized void close() {
        closed = true;
    }

    /** Milliseconds since the other node last answered, or since the first attempt if it never did. */
    long silenceMs() {
        return TimeUnit.NANOSECONDS.toMillis(transport.nanoTime() - lastContact);
    }

    boolean hasAnswered() {
        return answered;
    }

    /** Whether every message has been acknowledged. */
    synchronized boolean isIdle() {
        return queue.isIdle();
    }

    synchronized int queuedBytes() {
        return queue.queuedBytes();
    }

    /** The other node has acknowledged a batch. */
    void acked(NodeMessage.BatchAck ack) {
        SentBatch batch;
        synchronized (this) {
            batch = sent.remove(ack.number());
        }
        // A late ack is ignored: the batch's summary is already on its way.
        if (batch != null) {
            contacted(true);
            completed(batch.messages);
        }
    }

    /** Acknowledges a batch of the other node soon. */
    void ackLater(NodeMessage.BatchHeader batch) {
        boolean now;
        boolean schedule;
        synchronized (this) {
            pendingAcks.add(new NodeMessage.BatchAck(batch.number()));
            now = pendingAcks.size() >= MAX_PENDING_ACKS;
            schedule = !now && !ackScheduled;
            ackScheduled |= schedule;
        }
        if (now) {
            sendAcks();
        } else if (schedule) {
            transport.schedule(ACK_DELAY_MS, this::sendDelayedAcks);
        }
    }

    private void sendDelayedAcks() {
        synchronized (this) {
            ackScheduled = false;
        }
        sendAcks();
    }

    private void sendAcks() {
        List<NodeMessage> batch = new ArrayList<>();
        synchronized (this) {
            moveAcksTo(batch);
            if (batch.isEmpty() || closed) {
                return;
            }
        }
        transport.send(batch);
    }

    private void moveAcksTo(List<NodeMessage> batch) {
        batch.addAll(pendingAcks);
        pendingAcks.clear();
    }

    private void sendQueued() {
        for (List<NodeMessage> batch = next(); batch != null; batch = next()) {
            send(batch);
        }
    }

    private synchronized List<NodeMessage> next() {
        scheduled = false;
        boolean blocked = paused || closed || (probing && queue.inFlight() > 0);
        List<NodeMessage> batch = blocked ? null : queue.next();
        transport.dropped(queue.dropped() - droppedBefore);
        droppedBefore = queue.dropped();
        return batch;
    }

    private void send(List<NodeMessage> batch) {
        List<NodeMessage> numbered;
        boolean schedule;
        synchronized (this) {
            numbered = sendsAcks ? numbered(batch) : null;
            schedule = numbered != null && !timeoutScheduled;
            timeoutScheduled |= schedule;
        }
        if (numbered == null) {
            transport.request(batch).onSuccess(this::contacted).onComplete(reply -> {
                if (reply.succeeded()) {
                    completed(batch);
                } else {
                    lost(batch);
                }
            });
            return;
        }
        transport.send(numbered);
        if (schedule) {
            transport.schedule(ACK_TIMEOUT_MS, this::checkTimeouts);
        }
    }

    private List<NodeMessage> numbered(List<NodeMessage> batch) {
        sent.put(++lastNumber, new SentBatch(batch, transport.nanoTime()));
        List<NodeMessage> all = new ArrayList<>(batch.size() + 1 + pendingAcks.size());
        all.add(new NodeMessage.BatchHeader(lastNumber));
        moveAcksTo(all);
        all.addAll(batch);
        return all;
    }

    private void contacted(boolean otherSendsAcks) {
        lastContact = transport.nanoTime();
        answered = true;
        synchronized (this) {
            sendsAcks |= otherSendsAcks;
        }
    }

    private void completed(List<NodeMessage> batch) {
        synchronized (this) {
            queue.acked(batch);
            probing = false;
        }
        sendQueued();
    }

    private void checkTimeouts() {
        List<List<NodeMessage>> lost = new ArrayList<>();
        long leftNanos = -1;
        synchronized (this) {
            long deadline = transport.nanoTime() - TimeUnit.MILLISECONDS.toNanos(ACK_TIMEOUT_MS);
            for (Iterator<SentBatch> oldest = sent.values().iterator(); oldest.hasNext() && leftNanos < 0; ) {
                SentBatch batch = oldest.next();
                if (batch.at > deadline) {
                    leftNanos = batch.at - deadline;
                } else {
                    lost.add(batch.messages);
                    oldest.remove();
                }
            }
            timeoutScheduled = leftNanos >= 0;
        }
        lost.forEach(this::lost);
        if (leftNanos >= 0) {
            transport.schedule(1 + TimeUnit.NANOSECONDS.toMillis(leftNanos), this::checkTimeouts);
        }
    }

    private void lost(List<NodeMessage> batch) {
        synchronized (this) {
            queue.lost(batch);
            probing = true;
            if (paused || closed) {
                return;
            }
            paused = true;
        }
        transport.schedule(PAUSE_MS, this::resume);
    }

    private void resume() {
        synchronized (this) {
            paused = false;
        }
        sendQueued();
    }
}
