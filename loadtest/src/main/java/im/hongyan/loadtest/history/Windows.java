package im.hongyan.loadtest.history;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** What one user may see of one conversation: closed ranges [joined, left], the last one possibly open. */
final class Windows {
    /** The first and the last seq of each window; the last is {@link Long#MAX_VALUE} while the user is a member. */
    private final NavigableMap<Long, Long> ranges = new TreeMap<>();

    /**
     * Builds the windows from joins and leaves in the order of their seq, whatever the order in which they were
     * recorded: the answers to two concurrent changes may arrive in reverse order. A join inside an open window
     * changes nothing.
     */
    static Windows of(NavigableMap<Long, Boolean> joinedAt) {
        Windows windows = new Windows();
        for (Map.Entry<Long, Boolean> change : joinedAt.entrySet()) {
            if (change.getValue()) {
                windows.join(change.getKey());
            } else {
                windows.leave(change.getKey());
            }
        }
        return windows;
    }

    private void join(long seq) {
        Map.Entry<Long, Long> last = ranges.lastEntry();
        if (last == null || last.getValue() != Long.MAX_VALUE) {
            ranges.put(seq, Long.MAX_VALUE);
        }
    }

    private void leave(long seq) {
        Map.Entry<Long, Long> last = ranges.lastEntry();
        if (last != null && last.getValue() == Long.MAX_VALUE) {
            ranges.put(last.getKey(), seq);
        }
    }

    boolean contains(long seq) {
        Map.Entry<Long, Long> range = ranges.floorEntry(seq);
        return range != null && seq <= range.getValue();
    }

    NavigableMap<Long, Long> ranges() {
        return ranges;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        ranges.forEach((from, to) -> text.append('[')
                .append(from)
                .append("..")
                .append(to == Long.MAX_VALUE ? "" : to)
                .append(']'));
        return text.toString();
    }
}
