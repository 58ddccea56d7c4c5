package im.hongyan.timeline;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.timeline.ConversationStore.VisibleRange;
import io.vertx.core.Future;
import java.util.List;

/** The frame {@code entries.read}: pages of a log in both directions. */
public final class EntriesReadHandler {
    private static final int LIMIT = 50;
    private static final int MAX = 100;

    /** The maximum number of visible entries that a request examines, even if few of them are messages. */
    static final int MAX_EXAMINED = 2_000;

    record Read(ConversationId conversation, Long after, Long before, Integer limit, String view) {
        public Read {
            Check.present("conversation", conversation);
            if (after != null && before != null) {
                throw Rejection.field("before", "field.exclusive", "give 'after' or 'before', not both");
            }
            if (after != null) {
                Check.seq("after", after, 0);
            }
            if (before != null) {
                Check.seq("before", before, 1);
            }
            limit = Check.limit(limit, LIMIT, MAX);
            if (view != null && !view.equals("all") && !view.equals("messages")) {
                throw Rejection.field("view", "field.value", "'view' is all or messages");
            }
        }

        boolean shownOnly() {
            return "messages".equals(view);
        }
    }

    /**
     * Entries in order.
     *
     * @param from,through the range that this page covers: entries missing inside it are invisible to the user or were
     *     not requested; empty if {@code from > through}
     */
    record Page(List<Entry> entries, long from, long through, long firstSeq, long lastSeq) {}

    private final EntryStore entries;
    private final ConversationStore conversations;

    public EntriesReadHandler(Timeline timeline) {
        this.entries = timeline.entries();
        this.conversations = timeline.conversations();
    }

    public void register(FrameRoutes routes) {
        routes.on("entries.read", Read.class, Page.class, this::read);
    }

    private Future<Page> read(Principal caller, Read read) {
        // Reads the end before the entries, so that entries appended in between are beyond the range that the page
        // covers.
        return conversations.visibleRange(read.conversation, caller.user()).compose(range -> {
            if (read.after != null) {
                long through = read.shownOnly() ? range.endOfNext(MAX_EXAMINED, read.after) : Long.MAX_VALUE;
                return entries.after(
                                caller.user(), read.conversation, read.after, through, read.limit, read.shownOnly())
                        .map(found -> forward(read, through, range, found));
            }
            long before = read.before == null ? range.lastSeq() + 1 : Math.min(read.before, range.lastSeq() + 1);
            long from = read.shownOnly() ? range.startOfPrevious(MAX_EXAMINED, before) : 1;
            return entries.before(caller.user(), read.conversation, before, from, read.limit, read.shownOnly())
                    .map(found -> backward(read, from, before, range, found));
        });
    }

    /** @param through the last entry that was examined; the maximum if all were */
    private static Page forward(Read read, long through, VisibleRange range, List<Entry> found) {
        List<Entry> fit = fitting(found, Conversations.ANSWER_BYTES);
        boolean all = fit.size() == found.size() && found.size() < read.limit;
        long last = fit.isEmpty() ? 0 : fit.get(fit.size() - 1).seq();
        // Never beyond the end of the log: by a cursor beyond it, a client notices that the history was replaced.
        long end = Math.max(last, range.lastSeq());
        return new Page(fit, read.after + 1, all ? Math.min(through, end) : last, range.firstSeq(), end);
    }

    /** @param first the first entry that was examined; 1 if all were */
    private static Page backward(Read read, long first, long before, VisibleRange range, List<Entry> found) {
        List<Entry> fit = fittingAtEnd(found, Conversations.ANSWER_BYTES);
        boolean all = fit.size() == found.size() && found.size() < read.limit;
        long from = all ? first : fit.get(0).seq();
        return new Page(fit, from, before - 1, range.firstSeq(), range.lastSeq());
    }

    /** The longest beginning of at most {@code bytes}, but one entry at least. */
    static List<Entry> fitting(List<Entry> entries, int bytes) {
        int room = bytes;
        for (int i = 0; i < entries.size(); i++) {
            room -= entries.get(i).weight();
            if (room < 0 && i > 0) {
                return List.copyOf(entries.subList(0, i));
            }
        }
        return entries;
    }

    /** The longest end of at most {@code bytes}, but one entry at least. */
    static List<Entry> fittingAtEnd(List<Entry> entries, int bytes) {
        int room = bytes;
        for (int i = entries.size() - 1; i >= 0; i--) {
            room -= entries.get(i).weight();
            if (room < 0 && i < entries.size() - 1) {
                return List.copyOf(entries.subList(i + 1, entries.size()));
            }
        }
        return entries;
    }
}
