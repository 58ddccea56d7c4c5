package im.hongyan.redenvelope;

import static im.hongyan.redenvelope.EnvelopeStore.instant;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Reads the envelopes that a user has sent or received in a period. A period is a range of ids, because ids begin with
 * their time.
 */
final class EnvelopeHistoryStore {
    /**
     * An envelope that the user has sent or received.
     *
     * @param amount the total if the user sent it, else the user's share
     * @param best whether the user had the best luck of an exhausted envelope
     */
    record Item(
            EnvelopeId envelope,
            ConversationId conversation,
            EnvelopeKind kind,
            UserId sender,
            String greeting,
            long amount,
            Instant at,
            int count,
            int taken,
            boolean refunded,
            boolean best) {}

    /** Over the whole period. */
    record Totals(long count, long amount, long best) {}

    /**
     * The number of claims that $1 can see, and the largest of them (the earliest if several are equal). A user who has
     * left the conversation sees the claims made before that.
     */
    private static final String SEEN =
            """
            LEFT JOIN member m ON m.conversation = e.conversation AND m.user_id = $1
            CROSS JOIN LATERAL (SELECT coalesce(%s, 'infinity') AS until) s
            CROSS JOIN LATERAL (
              SELECT count(*)::int AS taken, (array_agg(k.idx ORDER BY k.amount DESC, k.at, k.idx))[1] AS luckiest
              FROM claim k WHERE k.envelope = e.id AND k.at <= s.until) n
            """
                    .formatted(EnvelopeStore.LEFT_AT);

    /**
     * The conditions are a range of the index on user and envelope. With {@code sender = $1 ORDER BY id}, PostgreSQL
     * may read the envelopes of all users in id order to find the envelopes of a busy user.
     */
    private static final String LIST_SENT =
            """
            SELECT e.id, e.conversation, e.sender, e.kind, e.greeting, e.total AS amount, e.at,
                   cardinality(e.shares) AS count, coalesce(e.settled_at <= s.until, false) AS settled, n.taken,
                   false AS best
            FROM envelope e %s
            WHERE (e.sender, e.id) >= ($1, $2) AND (e.sender, e.id) < ($1, $3) AND e.seq IS NOT NULL
            ORDER BY e.sender DESC, e.id DESC LIMIT $4
            """
                    .formatted(SEEN);

    /** Only an exhausted envelope has a best share. */
    private static final String BEST =
            """
            e.kind = 'lucky' AND cardinality(e.shares) > 1 AND n.taken = cardinality(e.shares) AND n.luckiest = c.idx
            """;

    /**
     * Without the OFFSET, PostgreSQL may read the envelopes of all users, because a generic plan does not know the
     * limit.
     */
    private static final String LIST_RECEIVED =
            """
            SELECT e.id, e.conversation, e.sender, e.kind, e.greeting, c.amount, c.at, cardinality(e.shares) AS count,
                   coalesce(e.settled_at <= s.until, false) AS settled, n.taken, %s AS best
            FROM (SELECT * FROM claim
                  WHERE (user_id, envelope) >= ($1, $2) AND (user_id, envelope) < ($1, $3)
                  ORDER BY user_id DESC, envelope DESC LIMIT $4) c
              CROSS JOIN LATERAL (SELECT * FROM envelope WHERE id = c.envelope OFFSET 0) e %s
            ORDER BY c.user_id DESC, c.envelope DESC
            """
                    .formatted(BEST, SEEN);

    private static final String TOTALS_SENT =
            """
            SELECT count(*) AS count, coalesce(sum(total), 0)::bigint AS amount, 0::bigint AS best
            FROM envelope WHERE sender = $1 AND id >= $2 AND id < $3 AND seq IS NOT NULL
            """;

    private static final String TOTALS_RECEIVED =
            """
            SELECT count(*) AS count, coalesce(sum(c.amount), 0)::bigint AS amount, count(*) FILTER (WHERE %s) AS best
            FROM claim c JOIN envelope e ON e.id = c.envelope %s
            WHERE c.user_id = $1 AND c.envelope >= $2 AND c.envelope < $3
            """
                    .formatted(BEST, SEEN);

    private final Postgres postgres;

    EnvelopeHistoryStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /** A page of the envelopes with ids from {@code first} to before {@code end}, the newest first. */
    Future<List<Item>> list(UserId user, boolean sent, UUID first, UUID end, int limit) {
        return postgres.query(sent ? LIST_SENT : LIST_RECEIVED, Tuple.of(user.value(), first, end, limit))
                .map(rows -> {
                    List<Item> items = new ArrayList<>();
                    rows.forEach(row -> items.add(item(row)));
                    return items;
                });
    }

    private static Item item(Row row) {
        return new Item(
                new EnvelopeId(row.getUUID("id")),
                new ConversationId(row.getUUID("conversation")),
                EnvelopeKind.of(row.getString("kind")),
                new UserId(row.getUUID("sender")),
                row.getString("greeting"),
                row.getLong("amount"),
                instant(row, "at"),
                row.getInteger("count"),
                row.getInteger("taken"),
                row.getBoolean("settled"),
                row.getBoolean("best"));
    }

    Future<Totals> totals(UserId user, boolean sent, UUID first, UUID end) {
        return postgres.query(sent ? TOTALS_SENT : TOTALS_RECEIVED, Tuple.of(user.value(), first, end))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new Totals(row.getLong("count"), row.getLong("amount"), row.getLong("best"));
                });
    }
}
