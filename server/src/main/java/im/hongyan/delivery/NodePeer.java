package im.hongyan.delivery;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One other node: what is on its way there, and when it last answered. Each batch has a number, and its receipt comes with
 * a batch that goes the other way, or a moment later by itself. Without it, after a second, {@link NodeQueue} says what
 * becomes of the batch. Thread-safe.
 *
 * <p>A node of the first release gives no such receipts; until a node is known to, its batches are requests, and the answer
 * is the receipt.
 */
final class NodePeer {
    /** The way to the other node, and the one event loop that all of this runs on. */
    interface Wire {
        void run(Runnable task);

        void later(long ms, Runnable task);

        long nanoTime();

        /** Nobody says whether it arrives. */
        void send(List<NodeMessage> batch);

        /** @return whether the other node gives receipts; fails if it did not take the batch */
        Future<Boolean> request(List<NodeMessage> batch);

        void skipped(long pushes);
    }

    static final long RECEIPT_MS = 1_000;
    /** Receipts wait for a batch that goes the other way, but not longer, and not more than a few. */
    static final long OWED_MS = 50;

    static final int MAX_OWED = NodeQueue.CREDIT / 4;
    /** After a loss: not at once again, the other side may be busy. */
    private static final long PAUSE_MS = 250;

    private record Sent(List<NodeMessage> batch, long at) {}

    private final Wire wire;
    private final NodeQueue queue = new NodeQueue();
    /** Without a receipt yet, by number, the oldest first. */
    private final Map<Long, Sent> sent = new LinkedHashMap<>();
    /** What came from there and has no receipt yet. */
    private final List<NodeMessage> owed = new ArrayList<>();

    private long lastNumber;
    private boolean givesReceipts;
    private boolean scheduled;
    private boolean paused;
    /** Since the last loss nothing was taken: one batch at a time finds out whether the other node is there again. */
    private boolean doubted;

    private boolean watched;
    private boolean owing;
    private boolean ended;
    private long skippedBefore;
    private volatile long contact;
    private volatile boolean answered;

    NodePeer(Wire wire) {
        this.wire = wire;
        this.contact = wire.nanoTime();
    }

    void offer(NodeMessage message) {
        synchronized (this) {
            queue.offer(message);
            if (scheduled || paused) {
                return;
            }
            scheduled = true;
        }
        wire.run(this::pump);
    }

    /** Asks whether the other node is there. */
    void ping() {
        wire.request(List.of()).onSuccess(this::answered);
    }

    /** The other node has left: what is still to be told is told to nobody. */
    synchronized void end() {
        ended = true;
    }

    /** Milliseconds since the other node last answered; since it was first tried, if it never did. */
    long silence() {
        return TimeUnit.NANOSECONDS.toMillis(wire.nanoTime() - contact);
    }

    boolean hasAnswered() {
        return answered;
    }

    /** Whether all that was to be told has been receipted. */
    synchronized boolean isIdle() {
        return queue.isIdle();
    }

    synchronized int queuedBytes() {
        return queue.queuedBytes();
    }

    /** The other node has taken a batch. */
    void receipted(NodeMessage.BatchAck receipt) {
        Sent taken;
        synchronized (this) {
            taken = sent.remove(receipt.number());
        }
        // Otherwise it comes late: what was in the batch is on its way again, as a note.
        if (taken != null) {
            answered(true);
            taken(taken.batch);
        }
    }

    /** A batch of the other node has come, and is to be receipted. */
    void owe(NodeMessage.BatchHeader batch) {
        boolean now;
        boolean wait;
        synchronized (this) {
            owed.add(new NodeMessage.BatchAck(batch.number()));
            now = owed.size() >= MAX_OWED;
            wait = !now && !owing;
            owing |= wait;
        }
        if (now) {
            giveReceipts();
        } else if (wait) {
            wire.later(OWED_MS, this::giveReceiptsNow);
        }
    }

    private void giveReceiptsNow() {
        synchronized (this) {
            owing = false;
        }
        giveReceipts();
    }

    private void giveReceipts() {
        List<NodeMessage> batch = new ArrayList<>();
        synchronized (this) {
            moveReceipts(batch);
            if (batch.isEmpty() || ended) {
                return;
            }
        }
        wire.send(batch);
    }

    private void moveReceipts(List<NodeMessage> batch) {
        batch.addAll(owed);
        owed.clear();
    }

    private void pump() {
        for (List<NodeMessage> batch = next(); batch != null; batch = next()) {
            put(batch);
        }
    }

    private synchronized List<NodeMessage> next() {
        scheduled = false;
        boolean mayNot = paused || ended || (doubted && queue.inFlight() > 0);
        List<NodeMessage> batch = mayNot ? null : queue.next();
        wire.skipped(queue.skipped() - skippedBefore);
        skippedBefore = queue.skipped();
        return batch;
    }

    private void put(List<NodeMessage> batch) {
        List<NodeMessage> numbered;
        boolean watch;
        synchronized (this) {
            numbered = givesReceipts ? numbered(batch) : null;
            watch = numbered != null && !watched;
            watched |= watch;
        }
        if (numbered == null) {
            wire.request(batch).onSuccess(this::answered).onComplete(answer -> {
                if (answer.succeeded()) {
                    taken(batch);
                } else {
                    lost(batch);
                }
            });
            return;
        }
        wire.send(numbered);
        if (watch) {
            wire.later(RECEIPT_MS, this::lookForLost);
        }
    }

    private List<NodeMessage> numbered(List<NodeMessage> batch) {
        sent.put(++lastNumber, new Sent(batch, wire.nanoTime()));
        List<NodeMessage> all = new ArrayList<>(batch.size() + 1 + owed.size());
        all.add(new NodeMessage.BatchHeader(lastNumber));
        moveReceipts(all);
        all.addAll(batch);
        return all;
    }

    private void answered(boolean givesReceipts) {
        contact = wire.nanoTime();
        answered = true;
        synchronized (this) {
            this.givesReceipts |= givesReceipts;
        }
    }

    private void taken(List<NodeMessage> batch) {
        synchronized (this) {
            queue.receipted(batch);
            doubted = false;
        }
        pump();
    }

    private void lookForLost() {
        List<List<NodeMessage>> lost = new ArrayList<>();
        long leftNanos = -1;
        synchronized (this) {
            long deadline = wire.nanoTime() - TimeUnit.MILLISECONDS.toNanos(RECEIPT_MS);
            for (Iterator<Sent> oldest = sent.values().iterator(); oldest.hasNext() && leftNanos < 0; ) {
                Sent one = oldest.next();
                if (one.at > deadline) {
                    leftNanos = one.at - deadline;
                } else {
                    lost.add(one.batch);
                    oldest.remove();
                }
            }
            watched = leftNanos >= 0;
        }
        lost.forEach(this::lost);
        if (leftNanos >= 0) {
            wire.later(1 + TimeUnit.NANOSECONDS.toMillis(leftNanos), this::lookForLost);
        }
    }

    private void lost(List<NodeMessage> batch) {
        synchronized (this) {
            queue.lost(batch);
            doubted = true;
            if (paused || ended) {
                return;
            }
            paused = true;
        }
        wire.later(PAUSE_MS, this::goOn);
    }

    private void goOn() {
        synchronized (this) {
            paused = false;
        }
        pump();
    }
}
