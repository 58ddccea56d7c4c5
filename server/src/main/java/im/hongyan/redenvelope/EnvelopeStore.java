package im.hongyan.redenvelope;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
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
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The table {@code envelope}: sends envelopes and reads single ones. Amounts are in fen. */
final class EnvelopeStore {
    /**
     * An envelope to send.
     *
     * @param digest of the request, to tell a retry from a different request
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

    /** The answer to the first request with a client id, and that request's digest. */
    record Sent(EnvelopeId id, long seq, Instant at, byte[] commitment, byte[] digest) {}

    /** @param left when the user left the conversation, and with it the sight of later events; null for a member */
    record VisibleRange(Instant left) {}

    private static final String INSERT =
            """
            INSERT INTO envelope (id, conversation, sender, client_id, digest, kind, greeting, recipient, total, shares,
                                  seed, parameters, nonce, commitment, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                    clock_timestamp() + $15 * interval '1 second')
            ON CONFLICT (conversation, sender, client_id) DO NOTHING
            """;

    private static final String SENT =
            """
            SELECT id, seq, at, commitment, digest FROM envelope
            WHERE conversation = $1 AND sender = $2 AND client_id = $3
            """;

    private static final String SET_SEQ = "UPDATE envelope SET seq = $2, at = $3 WHERE id = $1";

    private static final String SPEC =
            """
            SELECT id, conversation, sender, kind, recipient, cardinality(shares) AS count, expires_at
            FROM envelope WHERE id = $1 AND seq IS NOT NULL
            """;

    /** One row with arrays: with a row for each claim, the shares would be repeated in each row. */
    private static final String STATE =
            """
            SELECT clock_timestamp() AS now, e.id, e.conversation, e.sender, e.kind, e.recipient,
                   cardinality(e.shares) AS count, e.expires_at, e.greeting, e.total, e.at AS sent_at, e.settled_at,
                   e.seed, e.parameters, e.nonce, e.commitment, e.shares, c.users, c.places, c.amounts, c.times
            FROM envelope e CROSS JOIN LATERAL (
              SELECT array_agg(user_id ORDER BY at, idx) AS users, array_agg(idx ORDER BY at, idx) AS places,
                     array_agg(amount ORDER BY at, idx) AS amounts, array_agg(at ORDER BY at, idx) AS times
              FROM claim WHERE envelope = e.id
            ) c
            WHERE e.id = $1 AND e.seq IS NOT NULL
            """;

    private static final String MAY_OPEN =
            """
            SELECT 1 FROM envelope e WHERE e.id = $1 AND (
              EXISTS (SELECT 1 FROM member m WHERE m.conversation = e.conversation AND m.user_id = $2 AND m.role > 0
                        AND m.seen @> e.seq)
              OR EXISTS (SELECT 1 FROM claim c WHERE c.envelope = e.id AND c.user_id = $2))
            """;

    /**
     * When the user $1, of row {@code m}, left the conversation of {@code e}: the time of the last entry that the user
     * can see. Null for a member.
     */
    static final String LEFT_AT =
            """
            CASE WHEN m.role = 0 THEN coalesce(
              (SELECT n.at FROM entry n WHERE n.conversation = e.conversation AND n.seq = upper(m.seen) - 1), e.at) END
            """;

    /** Those of the users $2 who may see what happens to the envelope. */
    private static final String AUDIENCE =
            """
            SELECT m.user_id FROM envelope e JOIN member m ON m.conversation = e.conversation AND m.user_id = ANY($2)
            WHERE e.id = $1 AND m.role > 0 AND m.seen @> e.seq
            """;

    /** Members who may see the envelope: at most as many as a group has. */
    private static final String OPENERS =
            """
            SELECT m.user_id FROM envelope e JOIN member m ON m.conversation = e.conversation
            WHERE e.id = $1 AND m.role > 0 AND m.seen @> e.seq
            """;

    /** For members and former members who can see the envelope's entry. */
    private static final String VISIBLE_RANGE =
            """
            SELECT %s AS left_at FROM envelope e JOIN member m ON m.conversation = e.conversation AND m.user_id = $1
            WHERE e.id = $2 AND e.seq IS NOT NULL AND m.seen @> e.seq
            """
                    .formatted(LEFT_AT);

    private final Postgres postgres;

    EnvelopeStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /** @return false if the sender has used the client id in this conversation; then nothing is changed */
    Future<Boolean> insert(Transaction tx, NewEnvelope envelope) {
        Split split = envelope.split();
        Tuple arguments = Tuple.of(
                        envelope.id().value(),
                        envelope.conversation().value(),
                        envelope.sender().value(),
                        envelope.clientId())
                .addBuffer(Buffer.buffer(envelope.digest()))
                .addString(envelope.kind().text())
                .addString(envelope.greeting())
                .addUUID(
                        envelope.recipient() == null
                                ? null
                                : envelope.recipient().value())
                .addLong(split.total())
                .addArrayOfLong(boxed(split.shares()))
                .addBuffer(Buffer.buffer(split.seed()))
                .addString(split.parameters())
                .addString(split.nonce())
                .addBuffer(Buffer.buffer(split.commitment()))
                .addDouble(envelope.life().toMillis() / 1_000.0);
        return tx.query(INSERT, arguments).map(rows -> rows.rowCount() == 1);
    }

    Future<Optional<Sent>> findSent(Transaction tx, ConversationId conversation, UserId sender, String clientId) {
        return tx.query(SENT, Tuple.of(conversation.value(), sender.value(), clientId))
                .map(EnvelopeStore::sent);
    }

    Future<Optional<Sent>> findSent(ConversationId conversation, UserId sender, String clientId) {
        return postgres.query(SENT, Tuple.of(conversation.value(), sender.value(), clientId))
                .map(EnvelopeStore::sent);
    }

    private static Optional<Sent> sent(RowSet<Row> rows) {
        return first(rows)
                .map(row -> new Sent(
                        new EnvelopeId(row.getUUID("id")),
                        row.getLong("seq"),
                        instant(row, "at"),
                        row.getBuffer("commitment").getBytes(),
                        row.getBuffer("digest").getBytes()));
    }

    /** Sets the position and the time of the envelope's entry. */
    Future<Void> setSeq(Transaction tx, EnvelopeId id, long seq, Instant at) {
        return tx.query(SET_SEQ, Tuple.of(id.value(), seq, at.atOffset(ZoneOffset.UTC)))
                .mapEmpty();
    }

    Future<Optional<EnvelopeSpec>> spec(EnvelopeId id) {
        return postgres.query(SPEC, Tuple.of(id.value()))
                .map(rows -> first(rows).map(EnvelopeStore::spec));
    }

    /** What a user may see of an envelope; empty if the user may not know that it exists. */
    Future<Optional<VisibleRange>> visibleRange(EnvelopeId id, UserId user) {
        return postgres.query(VISIBLE_RANGE, Tuple.of(user.value(), id.value()))
                .map(rows -> first(rows).map(row -> new VisibleRange(instant(row, "left_at"))));
    }

    /** Those of the users who are members and can see the envelope's entry, as of now. */
    Future<Set<UserId>> audience(EnvelopeId id, Collection<UserId> users) {
        UUID[] ids = users.stream().map(UserId::value).toArray(UUID[]::new);
        return postgres.query(AUDIENCE, Tuple.tuple().addUUID(id.value()).addArrayOfUUID(ids))
                .map(EnvelopeStore::users);
    }

    /** The members who can see the envelope's entry, as of now. */
    Future<Set<UserId>> openers(EnvelopeId id) {
        return postgres.query(OPENERS, Tuple.of(id.value())).map(EnvelopeStore::users);
    }

    private static Set<UserId> users(RowSet<Row> rows) {
        Set<UserId> users = new HashSet<>();
        rows.forEach(row -> users.add(new UserId(row.getUUID("user_id"))));
        return users;
    }

    /** Whether a user is a member who can see the envelope's entry, or has a share from an earlier membership. */
    Future<Boolean> mayOpen(EnvelopeId id, UserId user) {
        return postgres.query(MAY_OPEN, Tuple.of(id.value(), user.value())).map(rows -> rows.size() > 0);
    }

    Future<Optional<EnvelopeState>> state(EnvelopeId id) {
        return postgres.query(STATE, Tuple.of(id.value()))
                .map(rows -> first(rows).map(EnvelopeStore::state));
    }

    private static EnvelopeState state(Row row) {
        return new EnvelopeState(
                instant(row, "now"),
                spec(row),
                row.getString("greeting"),
                row.getLong("total"),
                instant(row, "sent_at"),
                instant(row, "settled_at"),
                row.getBuffer("seed").getBytes(),
                row.getString("parameters"),
                row.getString("nonce"),
                row.getBuffer("commitment").getBytes(),
                List.of(row.getArrayOfLongs("shares")),
                claims(row));
    }

    private static EnvelopeSpec spec(Row row) {
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

    private static List<ClaimedShare> claims(Row row) {
        UUID[] users = row.getArrayOfUUIDs("users");
        if (users == null) {
            return List.of();
        }
        Integer[] places = row.getArrayOfIntegers("places");
        Long[] amounts = row.getArrayOfLongs("amounts");
        OffsetDateTime[] times = row.getArrayOfOffsetDateTimes("times");
        List<ClaimedShare> claims = new ArrayList<>(users.length);
        for (int i = 0; i < users.length; i++) {
            claims.add(new ClaimedShare(new UserId(users[i]), places[i], amounts[i], times[i].toInstant()));
        }
        return claims;
    }

    private static Optional<Row> first(RowSet<Row> rows) {
        return rows.size() == 0 ? Optional.empty() : Optional.of(rows.iterator().next());
    }

    /** Null if the column is. */
    static Instant instant(Row row, String column) {
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
