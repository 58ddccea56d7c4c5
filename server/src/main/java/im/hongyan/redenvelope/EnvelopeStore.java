package im.hongyan.redenvelope;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.Claim.Outcome;
import im.hongyan.redenvelope.Claim.Refusal;
import im.hongyan.redenvelope.Claim.Taken;
import im.hongyan.redenvelope.Claim.Wanted;
import im.hongyan.store.Postgres;
import im.hongyan.store.Transaction;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The rows of envelopes and claims. Amounts are fen. */
final class EnvelopeStore {
    /**
     * An envelope that is to be sent.
     *
     * @param digest of the request, to tell a retry from another one
     */
    record NewEnvelope(
            EnvelopeId id,
            ConversationId conversation,
            UserId sender,
            String clientId,
            byte[] digest,
            EnvelopeKind kind,
            String greeting,
            UserId recipient,
            Split split,
            Duration life) {}

    /** What an earlier request with the same client id was answered. */
    record Sent(EnvelopeId id, long seq, Instant at, byte[] commitment, byte[] digest) {}

    /**
     * An envelope as it is at some time.
     *
     * @param now that time, by PostgreSQL's clock
     * @param settledAt when what was left went back; null before
     * @param claims in the order of opening
     */
    record State(
            Instant now,
            EnvelopeSpec terms,
            String greeting,
            long total,
            Instant at,
            Instant settledAt,
            byte[] seed,
            String parameters,
            String nonce,
            byte[] commitment,
            List<Long> shares,
            List<Taken> claims) {
        boolean isExhausted() {
            return claims.size() == terms.count();
        }

        /** Nothing can be taken any more. */
        boolean isClosed() {
            return isExhausted() || settledAt != null;
        }

        boolean isOver() {
            return isClosed() || !now.isBefore(terms.expiresAt());
        }

        /** As it was at an earlier time. */
        State asOf(Instant then) {
            return new State(
                    then,
                    terms,
                    greeting,
                    total,
                    at,
                    settledAt == null || settledAt.isAfter(then) ? null : settledAt,
                    seed,
                    parameters,
                    nonce,
                    commitment,
                    shares,
                    claims.stream().filter(taken -> !taken.at().isAfter(then)).toList());
        }
    }

    /** @param left when somebody left the conversation, who sees nothing of what came later; null for who is in it */
    record VisibleRange(Instant left) {}

    /**
     * Who has what of an envelope.
     *
     * @param count shares that there are
     * @param settled what was left has gone back
     * @param amounts in no order
     */
    record Holdings(int count, boolean settled, Map<UserId, Long> amounts) {
        boolean isExhausted() {
            return amounts.size() == count;
        }

        /** Nothing can be taken any more. */
        boolean isClosed() {
            return isExhausted() || settled;
        }
    }

    /** An envelope whose time was over, and what went back to its sender: 0 if all was taken. */
    record Settled(EnvelopeId id, UserId sender, long refund) {}

    /**
     * What somebody sent or received.
     *
     * @param best whether it was the best luck of an envelope that is exhausted
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
            boolean settled,
            boolean best) {}

    record Sum(long count, long amount, long best) {}

    /** What is in an envelope's account is what was not taken, or nothing once it is settled; and shares are taken as split. */
    static final String UNEQUAL =
            """
            SELECT e.id, e.total, c.amount AS claimed, a.balance, e.settled_at
            FROM envelope e LEFT JOIN ledger_account a ON a.id = e.id
            LEFT JOIN (SELECT c.envelope, sum(c.amount) AS amount, count(*) FILTER (WHERE c.amount <> e.shares[c.idx + 1]) AS wrong
                       FROM claim c JOIN envelope e ON e.id = c.envelope GROUP BY c.envelope) c ON c.envelope = e.id
            WHERE coalesce(a.balance, 0) <> CASE WHEN e.settled_at IS NULL THEN e.total - coalesce(c.amount, 0) ELSE 0 END
               OR c.amount > e.total OR c.wrong > 0 OR e.total <> (SELECT sum(s) FROM unnest(e.shares) s)
            """;

    static final String OVERDUE =
            "SELECT id FROM envelope WHERE settled_at IS NULL AND expires_at < now() - interval '5 minutes'";

    /** Of the newest envelopes of a day: nobody is so fast, so often. */
    static final String FAST =
            """
            SELECT c.user_id AS user, count(*) AS times, count(DISTINCT e.conversation) AS conversations,
                   sum(c.amount)::bigint AS amount
            FROM (SELECT * FROM envelope ORDER BY id DESC LIMIT 20000) e JOIN claim c ON c.envelope = e.id
            WHERE e.at > now() - interval '24 hours' AND c.at < e.at + interval '1 second' AND c.user_id <> e.sender
            GROUP BY c.user_id HAVING count(*) >= 10 ORDER BY times DESC
            """;

    private static final String INSERT =
            """
            INSERT INTO envelope (id, conversation, sender, client_id, digest, kind, greeting, recipient, total, shares, seed,
                                  parameters, nonce, commitment, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                    clock_timestamp() + $15 * interval '1 second')
            ON CONFLICT (conversation, sender, client_id) DO NOTHING
            """;

    private static final String SENT =
            """
            SELECT id, seq, at, commitment, digest FROM envelope
            WHERE conversation = $1 AND sender = $2 AND client_id = $3
            """;

    private static final String NUMBER = "UPDATE envelope SET seq = $2, at = $3 WHERE id = $1";

    private static final String TERMS =
            """
            SELECT id, conversation, sender, kind, recipient, cardinality(shares) AS count, expires_at
            FROM envelope WHERE id = $1 AND seq IS NOT NULL
            """;

    /** In one row: in one for each claim, all shares would stand beside each share. */
    private static final String STATE =
            """
            SELECT clock_timestamp() AS now, e.id, e.conversation, e.sender, e.kind, e.recipient,
                   cardinality(e.shares) AS count, e.expires_at, e.greeting, e.total, e.at AS sent_at, e.settled_at, e.seed,
                   e.parameters, e.nonce, e.commitment, e.shares, c.users, c.places, c.amounts, c.times
            FROM envelope e CROSS JOIN LATERAL (
              SELECT array_agg(user_id ORDER BY at, idx) AS users, array_agg(idx ORDER BY at, idx) AS places,
                     array_agg(amount ORDER BY at, idx) AS amounts, array_agg(at ORDER BY at, idx) AS times
              FROM claim WHERE envelope = e.id
            ) c
            WHERE e.id = $1 AND e.seq IS NOT NULL
            """;

    /** In one row: read again and again while the last of a crowd are on their way. */
    private static final String HOLDINGS =
            """
            SELECT cardinality(e.shares) AS count, e.settled_at IS NOT NULL AS settled, c.users, c.amounts
            FROM envelope e CROSS JOIN LATERAL (
              SELECT array_agg(user_id) AS users, array_agg(amount) AS amounts FROM claim WHERE envelope = e.id
            ) c
            WHERE e.id = $1 AND e.seq IS NOT NULL
            """;

    /** Those of the envelopes of which more is claimed, or which are settled, with all of their claims. */
    private static final String NEWS =
            """
            SELECT e.id, e.settled_at, c.user_id, c.idx, c.amount, c.at AS claimed_at
            FROM unnest($1::uuid[], $2::int[]) AS seen (id, taken)
            JOIN LATERAL (SELECT id, settled_at FROM envelope e WHERE e.id = seen.id LIMIT 1) e ON true
            JOIN LATERAL (SELECT count(*) AS taken FROM claim k WHERE k.envelope = seen.id) n
              ON n.taken > seen.taken OR e.settled_at IS NOT NULL
            LEFT JOIN claim c ON c.envelope = e.id
            ORDER BY e.id, c.at, c.idx
            """;

    private static final String MAY_OPEN =
            """
            SELECT 1 FROM envelope e WHERE e.id = $1 AND (
              EXISTS (SELECT 1 FROM member m WHERE m.conversation = e.conversation AND m.user_id = $2 AND m.role > 0)
              OR EXISTS (SELECT 1 FROM claim c WHERE c.envelope = e.id AND c.user_id = $2))
            """;

    private static final String CLAIM =
            "SELECT place, outcome, idx, amount, at, taken, remaining FROM envelope_claim($1, $2, $3, $4)";

    private static final String SETTLE = "SELECT id, sender, refund FROM envelope_settle($1, $2, $3)";

    /** When $1 left the conversation of {@code e}: an entry of that time is the last that he sees. Null if he is in it. */
    private static final String LEFT_AT =
            """
            CASE WHEN m.role = 0 THEN coalesce(
              (SELECT n.at FROM entry n WHERE n.conversation = e.conversation AND n.seq = upper(m.seen) - 1), e.at) END
            """;

    /** Who is in the conversation, or was when the envelope was sent. */
    private static final String SIGHT =
            """
            SELECT %s AS left_at FROM envelope e JOIN member m ON m.conversation = e.conversation AND m.user_id = $1
            WHERE e.id = $2 AND e.seq IS NOT NULL AND (m.role > 0 OR m.seen @> e.seq)
            """
                    .formatted(LEFT_AT);

    /** What of an envelope $1 sees: of one whose conversation he has left, what was until then. */
    private static final String SEEN =
            """
            LEFT JOIN member m ON m.conversation = e.conversation AND m.user_id = $1
            CROSS JOIN LATERAL (SELECT coalesce(%s, 'infinity') AS until) s
            CROSS JOIN LATERAL (SELECT count(*)::int AS taken FROM claim k WHERE k.envelope = e.id AND k.at <= s.until) n
            """
                    .formatted(LEFT_AT);

    /** $2 and $3 are the ids between which a year's are; ids begin with their time. */
    private static final String LIST_SENT =
            """
            SELECT e.id, e.conversation, e.sender, e.kind, e.greeting, e.total AS amount, e.at, cardinality(e.shares) AS count,
                   coalesce(e.settled_at <= s.until, false) AS settled, n.taken, false AS best
            FROM envelope e %s
            WHERE e.sender = $1 AND e.id >= $2 AND e.id < $3 AND e.seq IS NOT NULL ORDER BY e.id DESC LIMIT $4
            """
                    .formatted(SEEN);

    /** The best luck is the largest share, and the first of them, of an envelope of which all are taken. */
    private static final String BEST =
            """
            e.kind = 'lucky' AND cardinality(e.shares) > 1 AND n.taken = cardinality(e.shares) AND NOT EXISTS (
              SELECT 1 FROM claim o WHERE o.envelope = c.envelope
                AND (o.amount > c.amount OR (o.amount = c.amount AND (o.at, o.idx) < (c.at, c.idx))))
            """;

    private static final String LIST_RECEIVED =
            """
            SELECT e.id, e.conversation, e.sender, e.kind, e.greeting, c.amount, c.at, cardinality(e.shares) AS count,
                   coalesce(e.settled_at <= s.until, false) AS settled, n.taken, %s AS best
            FROM claim c JOIN envelope e ON e.id = c.envelope %s
            WHERE c.user_id = $1 AND c.envelope >= $2 AND c.envelope < $3 ORDER BY c.envelope DESC LIMIT $4
            """
                    .formatted(BEST, SEEN);

    private static final String SUM_SENT =
            """
            SELECT count(*) AS count, coalesce(sum(total), 0)::bigint AS amount, 0::bigint AS best
            FROM envelope WHERE sender = $1 AND id >= $2 AND id < $3 AND seq IS NOT NULL
            """;

    private static final String SUM_RECEIVED =
            """
            SELECT count(*) AS count, coalesce(sum(c.amount), 0)::bigint AS amount, count(*) FILTER (WHERE %s) AS best
            FROM claim c JOIN envelope e ON e.id = c.envelope %s
            WHERE c.user_id = $1 AND c.envelope >= $2 AND c.envelope < $3
            """
                    .formatted(BEST, SEEN);

    private final Postgres postgres;
    private final String currency;

    EnvelopeStore(Postgres postgres, String currency) {
        this.postgres = postgres;
        this.currency = currency;
    }

    /** @return false if there is one with this client id; then nothing is changed */
    Future<Boolean> insert(Transaction tx, NewEnvelope draft) {
        Tuple arguments = Tuple.of(draft.id.value(), draft.conversation.value(), draft.sender.value(), draft.clientId)
                .addBuffer(Buffer.buffer(draft.digest))
                .addString(draft.kind.text())
                .addString(draft.greeting)
                .addUUID(draft.recipient == null ? null : draft.recipient.value())
                .addLong(draft.split.total())
                .addArrayOfLong(boxed(draft.split.shares()))
                .addBuffer(Buffer.buffer(draft.split.seed()))
                .addString(draft.split.parameters())
                .addString(draft.split.nonce())
                .addBuffer(Buffer.buffer(draft.split.commitment()))
                .addDouble(draft.life.toMillis() / 1_000.0);
        return tx.query(INSERT, arguments).map(rows -> rows.rowCount() == 1);
    }

    Future<Optional<Sent>> sent(Transaction tx, ConversationId conversation, UserId sender, String clientId) {
        return tx.query(SENT, Tuple.of(conversation.value(), sender.value(), clientId))
                .map(EnvelopeStore::sent);
    }

    Future<Optional<Sent>> sent(ConversationId conversation, UserId sender, String clientId) {
        return postgres.query(SENT, Tuple.of(conversation.value(), sender.value(), clientId))
                .map(EnvelopeStore::sent);
    }

    private static Optional<Sent> sent(RowSet<Row> rows) {
        if (rows.size() == 0) {
            return Optional.empty();
        }
        Row row = rows.iterator().next();
        return Optional.of(new Sent(
                new EnvelopeId(row.getUUID("id")),
                row.getLong("seq"),
                instant(row, "at"),
                row.getBuffer("commitment").getBytes(),
                row.getBuffer("digest").getBytes()));
    }

    Future<Void> number(Transaction tx, EnvelopeId id, long seq, Instant at) {
        return tx.query(NUMBER, Tuple.of(id.value(), seq, at.atOffset(java.time.ZoneOffset.UTC)))
                .mapEmpty();
    }

    Future<Optional<EnvelopeSpec>> terms(EnvelopeId id) {
        return postgres.query(TERMS, Tuple.of(id.value())).map(rows -> {
            if (rows.size() == 0) {
                return Optional.empty();
            }
            return Optional.of(terms(rows.iterator().next()));
        });
    }

    /** What somebody may know of an envelope; nothing if he may not know that there is one. */
    Future<Optional<VisibleRange>> sight(EnvelopeId id, UserId user) {
        return postgres.query(SIGHT, Tuple.of(user.value(), id.value())).map(rows -> {
            if (rows.size() == 0) {
                return Optional.empty();
            }
            return Optional.of(new VisibleRange(instant(rows.iterator().next(), "left_at")));
        });
    }

    /** Whether somebody is in the conversation, or has a share from when he was. */
    Future<Boolean> mayOpen(EnvelopeId id, UserId user) {
        return postgres.query(MAY_OPEN, Tuple.of(id.value(), user.value())).map(rows -> rows.size() > 0);
    }

    Future<Optional<State>> state(EnvelopeId id) {
        return postgres.query(STATE, Tuple.of(id.value())).map(rows -> {
            if (rows.size() == 0) {
                return Optional.empty();
            }
            Row row = rows.iterator().next();
            return Optional.of(new State(
                    instant(row, "now"),
                    terms(row),
                    row.getString("greeting"),
                    row.getLong("total"),
                    instant(row, "sent_at"),
                    instant(row, "settled_at"),
                    row.getBuffer("seed").getBytes(),
                    row.getString("parameters"),
                    row.getString("nonce"),
                    row.getBuffer("commitment").getBytes(),
                    List.of(row.getArrayOfLongs("shares")),
                    claims(row)));
        });
    }

    Future<Optional<Holdings>> holdings(EnvelopeId id) {
        return postgres.query(HOLDINGS, Tuple.of(id.value())).map(rows -> {
            if (rows.size() == 0) {
                return Optional.empty();
            }
            Row row = rows.iterator().next();
            return Optional.of(new Holdings(row.getInteger("count"), row.getBoolean("settled"), amounts(row)));
        });
    }

    private static Map<UserId, Long> amounts(Row row) {
        Map<UserId, Long> amounts = new HashMap<>();
        UUID[] users = row.getArrayOfUUIDs("users");
        if (users != null) {
            Long[] each = row.getArrayOfLongs("amounts");
            for (int i = 0; i < users.length; i++) {
                amounts.put(new UserId(users[i]), each[i]);
            }
        }
        return amounts;
    }

    /** News of an envelope: all that is claimed of it so far, and whether it is over. */
    record News(List<Taken> claims, boolean settled) {}

    /** @param seen how many claims are known already; what has no news is absent from the answer */
    Future<Map<EnvelopeId, News>> news(Map<EnvelopeId, Integer> seen) {
        UUID[] ids = seen.keySet().stream().map(EnvelopeId::value).toArray(UUID[]::new);
        Integer[] taken = seen.values().toArray(Integer[]::new);
        return postgres.query(NEWS, Tuple.tuple().addArrayOfUUID(ids).addArrayOfInteger(taken))
                .map(rows -> {
                    Map<EnvelopeId, News> news = new LinkedHashMap<>();
                    for (Row row : rows) {
                        News one = news.computeIfAbsent(
                                new EnvelopeId(row.getUUID("id")),
                                id -> new News(new ArrayList<>(), row.getValue("settled_at") != null));
                        if (row.getUUID("user_id") != null) {
                            one.claims.add(taken(row, "claimed_at"));
                        }
                    }
                    return news;
                });
    }

    /** Claims in one transaction of their own; no two of the same person and envelope. An outcome for each, in order. */
    Future<List<Outcome>> claim(List<Wanted> wanted) {
        Tuple arguments = Tuple.tuple()
                .addArrayOfUUID(
                        wanted.stream().map(one -> one.envelope().value()).toArray(UUID[]::new))
                .addArrayOfUUID(wanted.stream().map(one -> one.user().value()).toArray(UUID[]::new))
                .addArrayOfInteger(wanted.stream().map(Wanted::idx).toArray(Integer[]::new))
                .addString(currency);
        return postgres.write(CLAIM, arguments).map(rows -> {
            List<Outcome> outcomes = new ArrayList<>(wanted.size());
            for (Row row : rows) {
                outcomes.add(outcome(row, wanted.get(outcomes.size()).user()));
            }
            if (outcomes.size() != wanted.size()) {
                throw new IllegalStateException("claimed " + wanted.size() + ", answered " + outcomes.size());
            }
            return outcomes;
        });
    }

    /** Gives back what is left of at most so many envelopes whose time is over; of each once, whoever else does it, too. */
    Future<List<Settled>> settle(int most) {
        return settle(most, 0);
    }

    /**
     * As {@link #settle(int)}.
     *
     * @param passed how many are passed over, of those that wait longest
     */
    Future<List<Settled>> settle(int most, int passed) {
        return postgres.write(SETTLE, Tuple.of(most, currency, passed)).map(rows -> {
            List<Settled> settled = new ArrayList<>();
            rows.forEach(row -> settled.add(new Settled(
                    new EnvelopeId(row.getUUID("id")), new UserId(row.getUUID("sender")), row.getLong("refund"))));
            return settled;
        });
    }

    /** A page of a history, the newest first, of the ids from {@code first} to before {@code end}. */
    Future<List<Item>> history(UserId user, boolean sent, UUID first, UUID end, int limit) {
        return postgres.query(sent ? LIST_SENT : LIST_RECEIVED, Tuple.of(user.value(), first, end, limit))
                .map(rows -> {
                    List<Item> items = new ArrayList<>();
                    rows.forEach(row -> items.add(new Item(
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
                            row.getBoolean("best"))));
                    return items;
                });
    }

    Future<Sum> sum(UserId user, boolean sent, UUID first, UUID end) {
        return postgres.query(sent ? SUM_SENT : SUM_RECEIVED, Tuple.of(user.value(), first, end))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new Sum(row.getLong("count"), row.getLong("amount"), row.getLong("best"));
                });
    }

    private static Outcome outcome(Row row, UserId user) {
        return switch (row.getInteger("outcome")) {
            case 0, 1 ->
                new Outcome.Has(
                        new Taken(user, row.getInteger("idx"), row.getLong("amount"), instant(row, "at")),
                        row.getInteger("outcome") == 0,
                        row.getInteger("taken"),
                        row.getLong("remaining"));
            case 2 -> new Outcome.NotThatOne();
            case 3 -> new Outcome.Expired();
            case 4 -> new Outcome.Refused(Refusal.NOT_FOUND);
            case 5 -> new Outcome.Refused(Refusal.NOT_RECIPIENT);
            case 6 -> new Outcome.Refused(Refusal.OWN);
            default -> new Outcome.Empty();
        };
    }

    private static EnvelopeSpec terms(Row row) {
        UUID recipient = row.getUUID("recipient");
        return new EnvelopeSpec(
                new EnvelopeId(row.getUUID("id")),
                new ConversationId(row.getUUID("conversation")),
                new UserId(row.getUUID("sender")),
                EnvelopeKind.of(row.getString("kind")),
                recipient == null ? null : new UserId(recipient),
                row.getInteger("count"),
                instant(row, "expires_at"));
    }

    private static List<Taken> claims(Row row) {
        UUID[] users = row.getArrayOfUUIDs("users");
        if (users == null) {
            return List.of();
        }
        Integer[] places = row.getArrayOfIntegers("places");
        Long[] amounts = row.getArrayOfLongs("amounts");
        OffsetDateTime[] times = row.getArrayOfOffsetDateTimes("times");
        List<Taken> claims = new ArrayList<>(users.length);
        for (int i = 0; i < users.length; i++) {
            claims.add(new Taken(new UserId(users[i]), places[i], amounts[i], times[i].toInstant()));
        }
        return claims;
    }

    private static Taken taken(Row row, String at) {
        return new Taken(
                new UserId(row.getUUID("user_id")), row.getInteger("idx"), row.getLong("amount"), instant(row, at));
    }

    private static Instant instant(Row row, String column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : time.toInstant();
    }

    private static Long[] boxed(long[] values) {
        Long[] boxed = new Long[values.length];
        for (int i = 0; i < values.length; i++) {
            boxed[i] = values[i];
        }
        return boxed;
    }
}
