package im.hongyan.loadtest.client;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * How far one conversation was shown, and what arrived ahead of its turn. Pure: it is told what arrives and answers what to
 * show now, always in ascending order and each once; whether there is something to fetch says {@link #isBehind}.
 */
final class ConversationCursor {
    /** More than this ahead of a gap is dropped: reading the gap brings it again. */
    static final int MAX_AHEAD = 1_000;

    private final NavigableMap<Long, Entry> ahead = new TreeMap<>();
    private long shown;
    private long head;

    /** All that is visible up to here was shown. */
    long shown() {
        return shown;
    }

    /** The highest entry that this client knows to exist. */
    long head() {
        return head;
    }

    boolean isBehind() {
        return shown < head;
    }

    /** It is known that the log goes on to {@code seq}. */
    void knowOf(long seq) {
        head = Math.max(head, seq);
    }

    /** An entry arrived. */
    List<Entry> arrived(Entry entry) {
        knowOf(entry.seq());
        if (entry.seq() <= shown || (ahead.size() >= MAX_AHEAD && entry.seq() != shown + 1)) {
            return List.of();
        }
        ahead.put(entry.seq(), entry);
        return showRun(new ArrayList<>());
    }

    /**
     * Entries were read from {@link #shown} on.
     *
     * @param through what is absent up to here is not for this client to see
     * @param lastSeq the end of what it may see, as of the answer
     */
    List<Entry> read(long through, long lastSeq, List<Entry> entries) {
        for (Entry entry : entries) {
            if (entry.seq() > shown) {
                ahead.put(entry.seq(), entry);
            }
        }
        List<Entry> toShow = new ArrayList<>();
        while (!ahead.isEmpty() && ahead.firstKey() <= through) {
            toShow.add(ahead.pollFirstEntry().getValue());
        }
        shown = Math.max(shown, through);
        showRun(toShow);
        // What one was told of may lie outside of what one may see by now.
        head = Math.max(Math.max(shown, lastSeq), ahead.isEmpty() ? 0 : ahead.lastKey());
        return toShow;
    }

    /** What is ahead cannot be reached: forget it. */
    void giveUp() {
        ahead.clear();
        head = shown;
    }

    private List<Entry> showRun(List<Entry> toShow) {
        while (!ahead.isEmpty() && ahead.firstKey() <= shown + 1) {
            Entry next = ahead.pollFirstEntry().getValue();
            if (next.seq() == shown + 1) {
                toShow.add(next);
                shown = next.seq();
            }
        }
        return toShow;
    }
}
