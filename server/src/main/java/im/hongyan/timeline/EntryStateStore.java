package im.hongyan.timeline;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Transaction;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.ZoneOffset;

/**
 * The current state of entries: what recalls, edits and reactions change in a stored entry. Which users may make them
 * is decided by the feature that owns them.
 */
final class EntryStateStore {
    /**
     * The digests of content that is about to be deleted: of the newest edit, and of the entry itself if it is recalled
     * ($3). The digests of older edits are keyed already.
     */
    private static final String DIGESTS =
            """
            SELECT e.seq, e.digest FROM entry t
            CROSS JOIN LATERAL (VALUES (t.edited_seq), (CASE WHEN $3 THEN t.seq END)) d (seq)
            JOIN LATERAL (SELECT seq, digest FROM entry WHERE conversation = $1 AND seq = d.seq LIMIT 1) e ON true
            WHERE t.conversation = $1 AND t.seq = $2 AND NOT t.recalled AND e.digest IS NOT NULL
            """;

    private static final String SET_DIGEST = "UPDATE entry SET digest = $3 WHERE conversation = $1 AND seq = $2";

    private static final String REDACT =
            """
            UPDATE entry SET recalled = true, content = '{}', summary = NULL, reacted_seq = NULL
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

    private static final String COUNT_REACTIONS =
            """
            SELECT count(*) AS total, count(DISTINCT emoji) FILTER (WHERE emoji <> $3) AS other_kinds
            FROM reaction WHERE conversation = $1 AND seq = $2
            """;

    private static final String UNREACT =
            """
            WITH gone AS (DELETE FROM reaction WHERE conversation = $1 AND seq = $2 AND emoji = $3 AND user_id = $4
                          RETURNING 1)
            UPDATE entry SET reacted_seq = $5 WHERE conversation = $1 AND seq = $2 AND EXISTS (SELECT 1 FROM gone)
            """;

    private static final String DELETE_REACTIONS = "DELETE FROM reaction WHERE conversation = $1 AND seq = $2";

    private EntryStateStore() {}

    static Future<Void> redact(Transaction transaction, DigestKey key, ConversationId conversation, long seq) {
        Tuple entry = Tuple.of(conversation.value(), seq);
        return keyDigests(transaction, key, conversation, seq, true)
                .compose(none -> transaction.query(REDACT, entry))
                .compose(none -> transaction.query(DELETE_REACTIONS, entry))
                .mapEmpty();
    }

    static Future<Void> replace(
            Transaction transaction,
            DigestKey key,
            ConversationId conversation,
            long seq,
            String content,
            String summary,
            Appended by) {
        Tuple edit = Tuple.of(
                conversation.value(), seq, content, summary, by.seq(), by.at().atOffset(ZoneOffset.UTC));
        return keyDigests(transaction, key, conversation, seq, false)
                .compose(none -> transaction.query(REPLACE, edit))
                .mapEmpty();
    }

    private static Future<Void> keyDigests(
            Transaction transaction, DigestKey key, ConversationId conversation, long seq, boolean recall) {
        return transaction
                .query(DIGESTS, Tuple.of(conversation.value(), seq, recall))
                .compose(rows -> {
                    Future<?> done = Future.succeededFuture();
                    for (Row row : rows) {
                        byte[] digest =
                                key.afterDeletion(row.getBuffer("digest").getBytes());
                        Tuple keyed = Tuple.of(conversation.value(), row.getLong("seq"), Buffer.buffer(digest));
                        done = done.compose(none -> transaction.query(SET_DIGEST, keyed));
                    }
                    return done.mapEmpty();
                });
    }

    static Future<LogTransaction.ReactionCounts> countReactions(
            Transaction transaction, ConversationId conversation, long seq, String emoji) {
        return transaction
                .query(COUNT_REACTIONS, Tuple.of(conversation.value(), seq, emoji))
                .map(rows -> rows.iterator().next())
                .map(row -> new LogTransaction.ReactionCounts(row.getLong("total"), row.getLong("other_kinds")));
    }

    /** @param by the seq of the entry that records it */
    static Future<Boolean> react(
            Transaction transaction, ConversationId conversation, long seq, UserId who, String emoji, long by) {
        return transaction
                .query(REACT, Tuple.of(conversation.value(), seq, emoji, who.value(), by))
                .map(rows -> rows.rowCount() > 0);
    }

    /** @param by the seq of the entry that records it */
    static Future<Boolean> unreact(
            Transaction transaction, ConversationId conversation, long seq, UserId who, String emoji, long by) {
        return transaction
                .query(UNREACT, Tuple.of(conversation.value(), seq, emoji, who.value(), by))
                .map(rows -> rows.rowCount() > 0);
    }
}
