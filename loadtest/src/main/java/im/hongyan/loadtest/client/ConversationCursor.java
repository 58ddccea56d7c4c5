package im.hongyan.loadtest.client;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * How far one conversation was shown, and which entries arrived early. Pure: it takes arrivals and returns the entries
 * to show now, in ascending order and each once. {@link #isBehind} says whether there are entries to fetch.
 */
final class ConversationCursor {
    /** Entries that are further ahead of a gap are dropped. Reading the gap returns them again. */
    static final int MAX_AHEAD = 1_000;

    private final NavigableMap<Long, Entry> ahead = new TreeMap<>();
    private long shown;
    private long head;

    /** Everything visible up to here was shown. */
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

    /** Records that the log reaches {@code seq}. */
    void knowOf(long seq) {
        head = Math.max(head, seq);
    }

    /** Records an arriving entry. */
    List<Entry> arrived(Entry entry) {
        knowOf(entry.seq());
        if (entry.seq() <= shown || (ahead.size() >= MAX_AHEAD && entry.seq() != shown + 1)) {
            return List.of();
        }
        ahead.put(entry.seq(), entry);
        return showRun(new ArrayList<>());
    }

    /**
     * Records a read of the entries after {@link #shown}.
     *
     * @param through entries up to here that are absent are not visible to this client
     * @param lastSeq the last visible entry, according to the answer
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
        // An entry that was announced earlier may no longer be visible.
        head = Math.max(Math.max(shown, lastSeq), ahead.isEmpty() ? 0 : ahead.lastKey());
        return toShow;
    }

    /** Discards entries that cannot be reached. */
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
