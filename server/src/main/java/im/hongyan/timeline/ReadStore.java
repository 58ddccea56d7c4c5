package im.hongyan.timeline;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** How far members have read: one number for each, which only grows. */
final class ReadStore {
    record Mark(ConversationId conversation, UserId user) {}

    record Reader(UserId user, long seq) {}

    /**
     * Locks the rows in order, because two nodes may mark the same ones. Returns the cursor of each member, whether it
     * moved or not. A cursor is never beyond the last entry that the user may see.
     */
    private static final String MARK =
            """
            WITH asked AS (
              SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS a (conversation, user_id, seq)
            ), locked AS (
              SELECT m.conversation, m.user_id, m.read_seq,
                     least(a.seq, CASE WHEN upper_inf(m.seen) THEN c.last_seq ELSE upper(m.seen) - 1 END) AS seq
              FROM asked a
              JOIN member m ON m.conversation = a.conversation AND m.user_id = a.user_id
              JOIN conversation c ON c.id = m.conversation
              ORDER BY m.conversation, m.user_id
              FOR NO KEY UPDATE OF m
            ), moved AS (
              UPDATE member m SET read_seq = l.seq, opened = true, changed = pg_current_xact_id()
              FROM locked l
              WHERE m.conversation = l.conversation AND m.user_id = l.user_id AND l.seq > l.read_seq
            )
            SELECT conversation, user_id, greatest(seq, read_seq) AS seq, seq > read_seq AS moved FROM locked
            """;

    /** Users who joined later have a cursor, too, but have not read earlier entries. */
    private static final String READERS =
            """
            SELECT user_id, read_seq FROM member
            WHERE conversation = $1 AND role > 0 AND read_seq >= $2 AND joined_seq <= $2
              AND user_id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
            ORDER BY user_id LIMIT $4
            """;

    /** @param moved false if the cursor was there already, or further */
    record Marked(long seq, boolean moved) {}

    private final Postgres postgres;

    ReadStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /** Marks of users who never were members are absent from the result. */
    Future<Map<Mark, Marked>> mark(Map<Mark, Long> marks) {
        UUID[] conversations = new UUID[marks.size()];
        UUID[] users = new UUID[marks.size()];
        Long[] seqs = new Long[marks.size()];
        int i = 0;
        for (Map.Entry<Mark, Long> mark : marks.entrySet()) {
            conversations[i] = mark.getKey().conversation().value();
            users[i] = mark.getKey().user().value();
            seqs[i++] = mark.getValue();
        }
        return postgres.write(MARK, Tuple.of(conversations, users, seqs)).map(rows -> {
            Map<Mark, Marked> marked = new HashMap<>();
            for (Row row : rows) {
                marked.put(
                        new Mark(new ConversationId(row.getUUID("conversation")), new UserId(row.getUUID("user_id"))),
                        new Marked(row.getLong("seq"), row.getBoolean("moved")));
            }
            return marked;
        });
    }

    Future<List<Reader>> readers(ConversationId conversation, long seq, UserId after, int limit) {
        return postgres.query(READERS, Tuple.of(conversation.value(), seq, after == null ? null : after.value(), limit))
                .map(rows -> {
                    List<Reader> readers = new ArrayList<>();
                    for (Row row : rows) {
                        readers.add(new Reader(new UserId(row.getUUID("user_id")), row.getLong("read_seq")));
                    }
                    return readers;
                });
    }
}
