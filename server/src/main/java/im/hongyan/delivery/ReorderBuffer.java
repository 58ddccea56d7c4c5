package im.hongyan.delivery;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Puts the entries of one conversation in order before they are sent. It has no notion of time: {@link Delivery}
 * decides how long to wait for a missing entry.
 *
 * <p>Entries are sent under the lock, so that two threads cannot swap them; sending only queues and never waits.
 */
final class ReorderBuffer {
    /** The entries {@code from…through} are missing while later ones wait. */
    record Gap(long from, long through) {
        long size() {
            return through - from + 1;
        }
    }

    private static final int MAX_WAITING = 1_000;
    private static final int MAX_SKIPPED = 8;

    private final Consumer<OutboundEntry> out;
    private final TreeMap<Long, OutboundEntry> waiting = new TreeMap<>();
    /** Gaps that were skipped, latest last. */
    private final Deque<Gap> skipped = new ArrayDeque<>();

    private long first;
    private long next;
    /** Whether the caller has promised to call {@link #firstGap} soon. */
    private boolean repairScheduled;

    ReorderBuffer(Consumer<OutboundEntry> out) {
        this.out = out;
    }

    /** Announces an entry: while nothing has been sent, later entries wait for it. */
    synchronized void expect(long seq) {
        if (next == 0 || (next == first && waiting.isEmpty() && seq < next)) {
            first = seq;
            next = seq;
        }
    }

    /**
     * Sends an entry, or holds it until the missing ones before it arrive.
     *
     * @return whether a gap opened that needs a repair: the caller must call {@link #firstGap} soon
     */
    synchronized boolean offer(OutboundEntry entry) {
        expect(entry.seq());
        if (entry.seq() <= next) {
            if (entry.seq() == next || isUnsent(entry.seq())) {
                send(entry);
            }
            flush();
            return false;
        }
        waiting.putIfAbsent(entry.seq(), entry);
        if (waiting.size() > MAX_WAITING) {
            skipTo(waiting.firstKey());
        }
        boolean repairNeeded = !repairScheduled && !waiting.isEmpty();
        repairScheduled |= repairNeeded;
        return repairNeeded;
    }

    /** Returns the gap before the first waiting entry; null if no entry waits, and then the repair is complete. */
    synchronized Gap firstGap() {
        repairScheduled = !waiting.isEmpty();
        return repairScheduled ? new Gap(next, waiting.firstKey() - 1) : null;
    }

    /**
     * Fills a gap with entries from the log; those that are not among them are skipped.
     *
     * @return whether another gap follows, which needs a repair as well
     */
    synchronized boolean fill(Gap gap, List<OutboundEntry> entries) {
        for (OutboundEntry entry : entries) {
            if (entry.seq() >= next) {
                // Skipping may send this entry, if it has arrived by itself in the meantime.
                skipTo(entry.seq());
                if (entry.seq() >= next) {
                    send(entry);
                }
            }
        }
        return skip(gap);
    }

    /**
     * Sends the entries after a gap without filling it. Clients notice the gap and read the log themselves.
     *
     * @return as {@link #fill}
     */
    synchronized boolean skip(Gap gap) {
        skipTo(gap.through() + 1);
        repairScheduled = !waiting.isEmpty();
        return repairScheduled;
    }

    /** Whether an entry before {@link #next} has not been sent: it precedes all that were, or its gap was skipped. */
    private boolean isUnsent(long seq) {
        return seq < first || skipped.stream().anyMatch(gap -> gap.from <= seq && seq <= gap.through);
    }

    private void skipTo(long seq) {
        if (seq > next) {
            skipped.addLast(new Gap(next, seq - 1));
            if (skipped.size() > MAX_SKIPPED) {
                skipped.removeFirst();
            }
            next = seq;
        }
        flush();
    }

    private void flush() {
        for (Map.Entry<Long, OutboundEntry> lowest = waiting.firstEntry();
                lowest != null && lowest.getKey() <= next;
                lowest = waiting.firstEntry()) {
            waiting.pollFirstEntry();
            send(lowest.getValue());
        }
    }

    private void send(OutboundEntry entry) {
        out.accept(entry);
        next = Math.max(next, entry.seq() + 1);
    }
}
