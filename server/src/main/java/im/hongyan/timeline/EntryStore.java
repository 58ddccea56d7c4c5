package im.hongyan.timeline;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.Transaction;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Reads entries in their current state, and changes that state. What a person may not see is never selected: each read
 * goes through the windows of a member, one index scan for each window, so that a long absence costs nothing.
 */
final class EntryStore {
    /**
     * An entry as it is stored, and with what its target holds now.
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
            e.conversation, e.seq, e.kind, e.sender, e.client_id, e.at, e.summary, e.counts, e.edited_seq, e.edited_at,
            e.recalled OR %2$s AS recalled,
            CASE WHEN %2$s THEN '{}' ELSE e.content END AS content,
            CASE WHEN e.kind = '%4$s' THEN
              (SELECT t.content FROM entry t
               WHERE t.conversation = e.conversation AND t.seq = e.target AND NOT t.recalled AND %1$s)
            END AS target_content,
            CASE WHEN %3$s THEN e.reacted_seq END AS reacted_seq,
            CASE WHEN %3$s AND e.reacted_seq IS NOT NULL THEN
              (SELECT json_agg(json_build_object('emoji', r.emoji, 'count', r.count, 'mine', r.mine) ORDER BY r.count DESC, r.emoji)
               FROM (SELECT emoji, count(*) AS count, bool_or(user_id = $1) AS mine
                     FROM reaction r WHERE r.conversation = e.conversation AND r.seq = e.seq GROUP BY emoji) r)
            END AS reactions
            """;

    private static final String AFTER = page("e.seq > a.bound", "ASC");
    private static final String BEFORE = page("e.seq < a.bound", "DESC");

    private static final String BETWEEN =
            "SELECT e.target, " + ENTRY.formatted("true", "false", "false", EntryKind.EDIT.name())
                    + """
            FROM entry e WHERE e.conversation = $2 AND e.seq BETWEEN $3 AND $4 ORDER BY e.seq
            """;

    /**
     * The digest of an edit is one of its text, which could be guessed from it; so only the newest edit of an entry keeps
     * its own, and none when the entry is recalled.
     */
    private static final String FORGET_EDIT =
            """
            UPDATE entry SET digest = NULL
            WHERE conversation = $1 AND seq = (SELECT t.edited_seq FROM entry t WHERE t.conversation = $1 AND t.seq = $2)
            """;

    private static final String REDACT =
            """
            UPDATE entry SET recalled = true, content = '{}', summary = NULL, digest = NULL, reacted_seq = NULL
            WHERE conversation = $1 AND seq = $2
            """;

    private static final String REPLACE =
            """
            UPDATE entry SET content = $3, summary = $4, edited_seq = $5, edited_at = $6
            WHERE conversation = $1 AND seq = $2
            """;

    private static final String REACT =
            """
            WITH added AS (INSERT INTO reaction (conversation, seq, emoji, user_id) VALUES ($1, $2, $3, $4)
                           ON CONFLICT DO NOTHING RETURNING 1)
            UPDATE entry SET reacted_seq = $5 WHERE conversation = $1 AND seq = $2 AND EXISTS (SELECT 1 FROM added)
            """;

    private static final String OTHER_EMOJI =
            """
            SELECT count(*) AS kinds
            FROM (SELECT 1 FROM reaction WHERE conversation = $1 AND seq = $2 AND emoji <> $3 GROUP BY emoji) kind
            """;

    private static final String UNREACT =
            """
            WITH gone AS (DELETE FROM reaction WHERE conversation = $1 AND seq = $2 AND emoji = $3 AND user_id = $4
                          RETURNING 1)
            UPDATE entry SET reacted_seq = $5 WHERE conversation = $1 AND seq = $2 AND EXISTS (SELECT 1 FROM gone)
            """;

    private static final UUID NOBODY = new UUID(0, 0);

    private final Postgres postgres;

    EntryStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /**
     * The columns of {@link #entry}; $1 is the reader. An edit is stored without its text: it shows what its target holds
     * now, so that a recall has one place to clear, and only to those who may see the target.
     *
     * <p>What was edited after somebody left is to him as if it were recalled: the new text is not his to see, and the old
     * one is nowhere any more. Sums of reactions that hold a later one are left out, too.
     *
     * @param windows an expression: what the reader may see
     */
    static String columns(String windows) {
        return ENTRY.formatted(
                windows + " @> t.seq AND NOT " + later("t.edited_seq", windows),
                later("e.edited_seq", windows),
                "NOT " + later("greatest(e.reacted_seq, e.edited_seq)", windows),
                EntryKind.EDIT.name());
    }

    /** The windows of a member have no upper end: then this is false. */
    private static String later(String seq, String windows) {
        return "coalesce(" + seq + " >= upper(" + windows + "), false)";
    }

    /** $1 reader, $2 conversations, $3 a bound for each, $4 how many of each, $5 whether only what is shown. */
    private static String page(String bound, String order) {
        return "SELECT x.* FROM unnest($2::uuid[], $3::bigint[]) AS a (conversation, bound), LATERAL ("
                + "SELECT y.* FROM (SELECT unnest(m.seen) AS stay, m.seen FROM member m"
                + " WHERE m.conversation = a.conversation AND m.user_id = $1) w,"
                + " LATERAL (SELECT " + columns("w.seen") + " FROM entry e WHERE e.conversation = a.conversation AND "
                + bound
                + " AND e.seq >= lower(w.stay) AND (upper_inf(w.stay) OR e.seq < upper(w.stay))"
                + " AND (e.shown OR NOT $5::boolean) ORDER BY e.seq " + order + " LIMIT $4) y"
                + " ORDER BY y.seq " + order + " LIMIT $4) x";
    }

    /** Entries that the reader may see, the first {@code limit} after the bound of each conversation, in order. */
    Future<Map<ConversationId, List<Entry>>> after(
            UserId reader, Map<ConversationId, Long> bounds, int limit, boolean shownOnly) {
        return read(AFTER, reader, bounds, limit, shownOnly);
    }

    /** Entries that the reader may see, the last {@code limit} before the bound of each conversation, in order. */
    Future<Map<ConversationId, List<Entry>>> before(
            UserId reader, Map<ConversationId, Long> bounds, int limit, boolean shownOnly) {
        return read(BEFORE, reader, bounds, limit, shownOnly);
    }

    private Future<Map<ConversationId, List<Entry>>> read(
            String sql, UserId reader, Map<ConversationId, Long> bounds, int limit, boolean shownOnly) {
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
        Tuple arguments = Tuple.of(reader.value(), conversations, seqs, limit, shownOnly);
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
     * A stretch of the log for delivery, whoever may see it. Without reactions: what is pushed is the same for everybody,
     * and the entries that tell of them follow.
     */
    Future<List<Logged>> between(ConversationId conversation, long from, long through) {
        return postgres.query(BETWEEN, Tuple.of(NOBODY, conversation.value(), from, through))
                .map(rows -> {
                    List<Logged> found = new ArrayList<>(rows.size());
                    for (Row row : rows) {
                        Entry whole = entry(row);
                        found.add(new Logged(whole.with(row.getString("content")), whole, row.getLong("target")));
                    }
                    return found;
                });
    }

    Future<Void> redact(Transaction transaction, ConversationId conversation, long seq) {
        Tuple entry = Tuple.of(conversation.value(), seq);
        return transaction
                .query(FORGET_EDIT, entry)
                .compose(none -> transaction.query(REDACT, entry))
                .compose(none -> transaction.query("DELETE FROM reaction WHERE conversation = $1 AND seq = $2", entry))
                .mapEmpty();
    }

    Future<Void> replace(
            Transaction transaction,
            ConversationId conversation,
            long seq,
            String content,
            String summary,
            Appended by) {
        Tuple edit = Tuple.of(
                conversation.value(), seq, content, summary, by.seq(), by.at().atOffset(ZoneOffset.UTC));
        return transaction
                .query(FORGET_EDIT, Tuple.of(conversation.value(), seq))
                .compose(none -> transaction.query(REPLACE, edit))
                .mapEmpty();
    }

    /** How many kinds of reactions there are to an entry, besides this one. */
    Future<Long> otherEmoji(Transaction transaction, ConversationId conversation, long seq, String emoji) {
        return transaction
                .query(OTHER_EMOJI, Tuple.of(conversation.value(), seq, emoji))
                .map(rows -> rows.iterator().next().getLong("kinds"));
    }

    /** @param by the seq of the entry that tells of it */
    Future<Boolean> react(
            Transaction transaction, ConversationId conversation, long seq, UserId who, String emoji, long by) {
        return transaction
                .query(REACT, Tuple.of(conversation.value(), seq, emoji, who.value(), by))
                .map(rows -> rows.rowCount() > 0);
    }

    /** @param by the seq of the entry that tells of it */
    Future<Boolean> unreact(
            Transaction transaction, ConversationId conversation, long seq, UserId who, String emoji, long by) {
        return transaction
                .query(UNREACT, Tuple.of(conversation.value(), seq, emoji, who.value(), by))
                .map(rows -> rows.rowCount() > 0);
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
