package im.hongyan.timeline;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Reads entries in their current state. Entries that a user may not see are never selected: each
 * read goes through the windows of a member in order, with one index scan for each window, and stops at its limit. An
 * absence costs nothing, however long. {@link GroupStore#MAX_WINDOWS} bounds the number of windows.
 */
final class EntryStore {
    /**
     * An entry as it is stored, and with the current content of its target.
     *
     * @param target the entry that this one refers to; null if none
     */
    record Logged(Entry stored, Entry whole, Long target) {
        boolean showsTarget() {
            return !stored.content().equals(whole.content());
        }
    }

    private static final String ENTRY =
            """
            e.conversation, e.seq, e.kind, e.sender, e.client_id, e.at, e.counts, e.edited_seq, e.edited_at,
            e.recalled OR %2$s AS recalled,
            CASE WHEN NOT %2$s THEN e.summary END AS summary,
            CASE WHEN %2$s THEN '{}' ELSE e.content END AS content,
            CASE WHEN e.kind = '%4$s' THEN
              (SELECT t.content FROM entry t
               WHERE t.conversation = e.conversation AND t.seq = e.target AND NOT t.recalled AND %1$s)
            END AS target_content,
            CASE WHEN %3$s THEN e.reacted_seq END AS reacted_seq,
            CASE WHEN %3$s AND e.reacted_seq IS NOT NULL THEN
              (SELECT json_agg(json_build_object('emoji', r.emoji, 'count', r.count, 'mine', r.mine)
                               ORDER BY r.count DESC, r.emoji)
               FROM (SELECT emoji, count(*) AS count, bool_or(user_id = $1) AS mine
                     FROM reaction r WHERE r.conversation = e.conversation AND r.seq = e.seq GROUP BY emoji) r)
            END AS reactions
            """;

    private static final String AFTER =
            page("e.seq > a.bound AND e.seq <= $6", "w.stop > a.bound AND w.start <= $6", "ASC");
    private static final String BEFORE =
            page("e.seq < a.bound AND e.seq >= $6", "w.start < a.bound AND w.stop > $6", "DESC");

    private static final String BETWEEN =
            "SELECT e.target, " + ENTRY.formatted("true", "false", "false", EntryKind.EDIT.name())
                    + """
            FROM entry e WHERE e.conversation = $2 AND e.seq BETWEEN $3 AND $4 ORDER BY e.seq
            """;

    private static final UUID NOBODY = new UUID(0, 0);

    private final Postgres postgres;

    EntryStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /**
     * The columns of {@link #entry}; $1 is the reader. An edit is stored without its content and shows the current
     * content of its target, so that a recall has one place to clear, and only to users who may see the target.
     *
     * <p>An entry that was edited while the reader was away looks recalled, even after the reader is back: they may not
     * see the new content, and the old one is deleted. Sums whose newest reaction the reader may not see are left out,
     * too.
     *
     * @param windows an expression: what the reader may see
     */
    static String columns(String windows) {
        return ENTRY.formatted(
                windows + " @> t.seq AND NOT " + outside("t.edited_seq", windows),
                outside("e.edited_seq", windows),
                "NOT (" + outside("e.reacted_seq", windows) + " OR " + outside("e.edited_seq", windows) + ")",
                EntryKind.EDIT.name());
    }

    /** Whether a change was made that the reader may not see; false if there was none. */
    private static String outside(String seq, String windows) {
        return "coalesce(NOT " + windows + " @> " + seq + ", false)";
    }

    /**
     * $1 reader, $2 conversations, $3 a bound for each, $4 how many entries of each, $5 whether to return only shown
     * entries, $6 the last entry to examine. Entries that are not shown are read and dropped, so with $5 only $6 bounds
     * the cost.
     *
     * <p>Windows do not overlap, so that the order by window and then by entry is that of the log. PostgreSQL can
     * therefore stop after the windows that fill the page. Both ends of a window are conditions of the index: a filter
     * would read the rest of the log for each window.
     *
     * @param window leaves out the windows that lie wholly on the other side of the bound
     */
    private static String page(String bound, String window, String order) {
        return "SELECT x.* FROM unnest($2::uuid[], $3::bigint[]) AS a (conversation, bound), LATERAL ("
                + "SELECT y.* FROM (SELECT w.* FROM (SELECT lower(s.stay) AS start,"
                + " coalesce(upper(s.stay), 9223372036854775807) AS stop, m.seen FROM member m, unnest(m.seen) s (stay)"
                + " WHERE m.conversation = a.conversation AND m.user_id = $1) w WHERE " + window
                + " ORDER BY w.start " + order + ") w,"
                + " LATERAL (SELECT " + columns("w.seen") + " FROM entry e WHERE e.conversation = a.conversation AND "
                + bound
                + " AND e.seq >= w.start AND e.seq < w.stop"
                + " AND (e.shown OR NOT $5::boolean) ORDER BY e.seq " + order + " LIMIT $4) y"
                + " ORDER BY w.start " + order + ", y.seq " + order + " LIMIT $4) x";
    }

    /** Entries that the reader may see, the first {@code limit} after the bound of each conversation, in order. */
    Future<Map<ConversationId, List<Entry>>> after(UserId reader, Map<ConversationId, Long> bounds, int limit) {
        return read(AFTER, reader, bounds, limit, false, Long.MAX_VALUE);
    }

    /** Entries that the reader may see, the last {@code limit} before the bound of each conversation, in order. */
    Future<Map<ConversationId, List<Entry>>> before(UserId reader, Map<ConversationId, Long> bounds, int limit) {
        return read(BEFORE, reader, bounds, limit, false, 0);
    }

    /** Entries that the reader may see: the first {@code limit} with {@code after < seq <= through}, in order. */
    Future<List<Entry>> after(
            UserId reader, ConversationId conversation, long after, long through, int limit, boolean shownOnly) {
        return read(AFTER, reader, Map.of(conversation, after), limit, shownOnly, through)
                .map(found -> found.getOrDefault(conversation, List.of()));
    }

    /** Entries that the reader may see: the last {@code limit} with {@code from <= seq < before}, in order. */
    Future<List<Entry>> before(
            UserId reader, ConversationId conversation, long before, long from, int limit, boolean shownOnly) {
        return read(BEFORE, reader, Map.of(conversation, before), limit, shownOnly, from)
                .map(found -> found.getOrDefault(conversation, List.of()));
    }

    private Future<Map<ConversationId, List<Entry>>> read(
            String sql, UserId reader, Map<ConversationId, Long> bounds, int limit, boolean shownOnly, long last) {
        if (bounds.isEmpty()) {
            return Future.succeededFuture(Map.of());
        }
        UUID[] conversations = new UUID[bounds.size()];
        Long[] seqs = new Long[bounds.size()];
        int i = 0;
        for (Map.Entry<ConversationId, Long> bound : bounds.entrySet()) {
            conversations[i] = bound.getKey().value();
            seqs[i++] = bound.getValue();
        }
        Tuple arguments = Tuple.of(reader.value(), conversations, seqs, limit, shownOnly, last);
        return postgres.query(sql, arguments).map(rows -> {
            Map<ConversationId, List<Entry>> found = new HashMap<>();
            for (Row row : rows) {
                Entry entry = entry(row);
                found.computeIfAbsent(entry.conversation(), id -> new ArrayList<>())
                        .add(entry);
            }
            found.values().forEach(entries -> entries.sort(Comparator.comparingLong(Entry::seq)));
            return found;
        });
    }

    /**
     * A range of the log for delivery, whichever users may see it. Without reactions: a push is the same for all users,
     * and the entries of the reactions follow.
     */
    Future<List<Logged>> between(ConversationId conversation, long from, long through) {
        return postgres.audience(BETWEEN, Tuple.of(NOBODY, conversation.value(), from, through))
                .map(rows -> {
                    List<Logged> found = new ArrayList<>(rows.size());
                    for (Row row : rows) {
                        Entry whole = entry(row);
                        found.add(new Logged(whole.with(row.getString("content")), whole, row.getLong("target")));
                    }
                    return found;
                });
    }

    static Entry entry(Row row) {
        Long editedSeq = row.getLong("edited_seq");
        boolean recalled = row.getBoolean("recalled");
        return new Entry(
                new ConversationId(row.getUUID("conversation")),
                row.getLong("seq"),
                row.getString("kind"),
                new UserId(row.getUUID("sender")),
                row.getString("client_id"),
                LogStore.instant(row, "at"),
                content(row),
                row.getString("summary"),
                (row.getBoolean("counts") && !recalled) ? true : null,
                recalled ? true : null,
                editedSeq == null || recalled ? null : new Entry.Edited(editedSeq, LogStore.instant(row, "edited_at")),
                row.getLong("reacted_seq"),
                reactions((JsonArray) row.getJson("reactions")));
    }

    private static String content(Row row) {
        String own = row.getString("content");
        String target = row.getString("target_content");
        return target == null ? own : own.substring(0, own.length() - 1) + ",\"content\":" + target + "}";
    }

    private static List<Entry.Reaction> reactions(JsonArray reactions) {
        if (reactions == null) {
            return null;
        }
        List<Entry.Reaction> all = new ArrayList<>();
        for (Object each : reactions) {
            JsonObject reaction = (JsonObject) each;
            all.add(new Entry.Reaction(
                    reaction.getString("emoji"), reaction.getLong("count"), reaction.getBoolean("mine")));
        }
        return all;
    }
}
