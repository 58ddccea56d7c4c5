package im.hongyan.delivery;

import im.hongyan.delivery.Delivery.OutboundEntry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Puts one conversation's entries in order on their way out. It knows nothing of time: {@link Delivery} decides how
 * long a gap is waited for.
 *
 * <p>Entries go out under the lock, so that two threads cannot swap them; going out only queues, it never waits.
 */
final class ReorderBuffer {
    /** The entries {@code from…through} are missing, and later ones wait for them. */
    record Gap(long from, long through) {
        long size() {
            return through - from + 1;
        }
    }

    private static final int MAX_HELD = 1_000;
    private static final int MAX_SKIPPED = 8;

    private final Consumer<OutboundEntry> out;
    private final TreeMap<Long, OutboundEntry> held = new TreeMap<>();
    /** Gaps that were given up, the latest last. */
    private final Deque<Gap> skipped = new ArrayDeque<>();

    private long first;
    private long next;
    private boolean watched;

    ReorderBuffer(Consumer<OutboundEntry> out) {
        this.out = out;
    }

    /** This entry is on its way: as long as nothing went out, what comes after it waits for it. */
    synchronized void expect(long seq) {
        if (next == 0 || (next == first && held.isEmpty() && seq < next)) {
            first = seq;
            next = seq;
        }
    }

    /** @return whether a gap has opened that nobody looks after yet: the caller has to, by {@link #gap} in a moment */
    synchronized boolean offer(OutboundEntry parcel) {
        expect(parcel.seq());
        if (parcel.seq() <= next) {
            if (parcel.seq() == next || isNews(parcel.seq())) {
                send(parcel);
            }
            flush();
            return false;
        }
        held.putIfAbsent(parcel.seq(), parcel);
        if (held.size() > MAX_HELD) {
            skipTo(held.firstKey());
        }
        boolean opened = !watched && !held.isEmpty();
        watched |= opened;
        return opened;
    }

    /** @return what is missing before the first entry that waits; null if nothing is, and then the watch is over */
    synchronized Gap gap() {
        watched = !held.isEmpty();
        return watched ? new Gap(next, held.firstKey() - 1) : null;
    }

    /** @return whether there is another gap behind this one, which has to be looked after as well */
    synchronized boolean fill(Gap gap, List<OutboundEntry> parcels) {
        for (OutboundEntry parcel : parcels) {
            if (parcel.seq() >= next) {
                // One of them may have come by itself meanwhile.
                skipTo(parcel.seq());
                if (parcel.seq() >= next) {
                    send(parcel);
                }
            }
        }
        return giveUp(gap);
    }

    /**
     * Lets go what waits behind the gap; clients see the hole and read the log themselves.
     *
     * @return as {@link #fill}
     */
    synchronized boolean giveUp(Gap gap) {
        skipTo(gap.through() + 1);
        watched = !held.isEmpty();
        return watched;
    }

    /** Whether an earlier entry has not gone out: it is older than all that did, or was given up and comes late. */
    private boolean isNews(long seq) {
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
        for (Map.Entry<Long, OutboundEntry> lowest = held.firstEntry();
                lowest != null && lowest.getKey() <= next;
                lowest = held.firstEntry()) {
            held.pollFirstEntry();
            send(lowest.getValue());
        }
    }

    private void send(OutboundEntry parcel) {
        out.accept(parcel);
        next = Math.max(next, parcel.seq() + 1);
    }
}
