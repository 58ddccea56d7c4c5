package im.hongyan.wallet;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.Transaction;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The table {@code transfer}. */
final class TransferStore {
    /**
     * A transfer as its sender and its recipient see it.
     *
     * @param seq of the entry that announced it
     */
    record Transfer(
            TransferId transfer,
            UserId from,
            UserId to,
            long amount,
            String note,
            TransferState state,
            Instant at,
            Instant expiresAt,
            Instant settledAt,
            ConversationId conversation,
            long seq) {}

    /** @param expired by the database's clock, after the lock was acquired */
    record Locked(Transfer transfer, boolean expired) {}

    private static final String INSERT =
            """
            INSERT INTO transfer (id, conversation, sender, recipient, client_id, amount, note, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp() + make_interval(secs => $8))
            ON CONFLICT (conversation, sender, client_id) DO NOTHING
            """;

    private static final String BY_CLIENT_ID =
            "SELECT * FROM transfer WHERE conversation = $1 AND sender = $2 AND client_id = $3";

    private static final String BY_ID = "SELECT * FROM transfer WHERE id = $1";

    private static final String SET_SEQ = "UPDATE transfer SET seq = $2, at = $3 WHERE id = $1";

    private static final String LOCK = "SELECT 1 FROM transfer WHERE id = $1 FOR NO KEY UPDATE";

    private static final String LOCK_IF_FREE = LOCK + " SKIP LOCKED";

    /** Separate from the lock: a statement that waits for a lock reads the clock and the row as of before the wait. */
    private static final String READ =
            "SELECT *, clock_timestamp() >= expires_at AS expired FROM transfer WHERE id = $1";

    private static final String SETTLE = "UPDATE transfer SET state = $2, settled_at = clock_timestamp() WHERE id = $1";

    /**
     * The conditions are ranges of the index on user and id. With {@code sender = $1 ORDER BY id}, PostgreSQL may read
     * the transfers of all users in id order to find the transfers of a busy user.
     */
    private static final String LIST =
            """
            SELECT * FROM (
              (SELECT * FROM transfer
               WHERE (sender, id) > ($1, '00000000-0000-0000-0000-000000000000')
                 AND (sender, id) < ($1, coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
               ORDER BY sender DESC, id DESC LIMIT $3)
              UNION ALL
              (SELECT * FROM transfer
               WHERE (recipient, id) > ($1, '00000000-0000-0000-0000-000000000000')
                 AND (recipient, id) < ($1, coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
               ORDER BY recipient DESC, id DESC LIMIT $3)
            ) both_ways ORDER BY id DESC LIMIT $3
            """;

    private static final String DUE =
            """
            SELECT * FROM transfer
            WHERE state = 'pending' AND expires_at <= now()
              AND (expires_at, id) > (coalesce($1::timestamptz, '-infinity'),
                                      coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'))
            ORDER BY expires_at, id LIMIT $3
            """;

    private static final String PENDING_TO =
            """
            SELECT * FROM transfer
            WHERE recipient = $1 AND state = 'pending'
              AND id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
            ORDER BY id LIMIT $3
            """;

    private final Postgres postgres;

    TransferStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /** @return false if the sender has used the client id in this conversation; then nothing is changed */
    Future<Boolean> insert(Transaction tx, Transfer transfer, String clientId, Duration life) {
        return tx.query(
                        INSERT,
                        Tuple.of(
                                transfer.transfer().value(),
                                transfer.conversation().value(),
                                transfer.from().value(),
                                transfer.to().value(),
                                clientId,
                                transfer.amount(),
                                transfer.note(),
                                (double) life.toSeconds()))
                .map(inserted -> inserted.rowCount() == 1);
    }

    Future<Optional<Transfer>> find(ConversationId conversation, UserId sender, String clientId) {
        return postgres.query(BY_CLIENT_ID, Tuple.of(conversation.value(), sender.value(), clientId))
                .map(TransferStore::one);
    }

    Future<Optional<Transfer>> find(Transaction tx, ConversationId conversation, UserId sender, String clientId) {
        return tx.query(BY_CLIENT_ID, Tuple.of(conversation.value(), sender.value(), clientId))
                .map(TransferStore::one);
    }

    Future<Optional<Transfer>> find(TransferId transfer) {
        return postgres.query(BY_ID, Tuple.of(transfer.value())).map(TransferStore::one);
    }

    /** Sets the position and the time of the transfer's entry. */
    Future<Void> setSeq(Transaction tx, TransferId transfer, long seq, Instant at) {
        return tx.query(SET_SEQ, Tuple.of(transfer.value(), seq, at.atOffset(ZoneOffset.UTC)))
                .mapEmpty();
    }

    /** @return empty if another transaction holds the lock and {@code wait} is false */
    Future<Optional<Locked>> lock(Transaction tx, TransferId transfer, boolean wait) {
        Tuple id = Tuple.of(transfer.value());
        return tx.query(wait ? LOCK : LOCK_IF_FREE, id).compose(locked -> {
            if (locked.size() == 0) {
                return Future.succeededFuture(Optional.empty());
            }
            return tx.query(READ, id).map(rows -> {
                Row row = rows.iterator().next();
                return Optional.of(new Locked(transfer(row), row.getBoolean("expired")));
            });
        });
    }

    Future<Void> settle(Transaction tx, TransferId transfer, TransferState end) {
        return tx.query(SETTLE, Tuple.of(transfer.value(), end.text())).mapEmpty();
    }

    /** Transfers from and to a user, the newest first. */
    Future<List<Transfer>> list(UserId user, TransferId before, int limit) {
        return postgres.query(LIST, Tuple.of(user.value(), value(before), limit))
                .map(TransferStore::all);
    }

    /** Pending transfers that have expired, the oldest first. */
    Future<List<Transfer>> due(Transfer after, int limit) {
        OffsetDateTime time = after == null ? null : after.expiresAt().atOffset(ZoneOffset.UTC);
        return postgres.query(DUE, Tuple.of(time, value(after == null ? null : after.transfer()), limit))
                .map(TransferStore::all);
    }

    Future<List<Transfer>> pendingTo(UserId recipient, TransferId after, int limit) {
        return postgres.query(PENDING_TO, Tuple.of(recipient.value(), value(after), limit))
                .map(TransferStore::all);
    }

    private static UUID value(TransferId id) {
        return id == null ? null : id.value();
    }

    private static Optional<Transfer> one(RowSet<Row> rows) {
        return all(rows).stream().findFirst();
    }

    private static List<Transfer> all(RowSet<Row> rows) {
        List<Transfer> transfers = new ArrayList<>(rows.size());
        rows.forEach(row -> transfers.add(transfer(row)));
        return transfers;
    }

    private static Transfer transfer(Row row) {
        return new Transfer(
                new TransferId(row.getUUID("id")),
                new UserId(row.getUUID("sender")),
                new UserId(row.getUUID("recipient")),
                row.getLong("amount"),
                row.getString("note"),
                TransferState.of(row.getString("state")),
                row.getOffsetDateTime("at").toInstant(),
                row.getOffsetDateTime("expires_at").toInstant(),
                Optional.ofNullable(row.getOffsetDateTime("settled_at"))
                        .map(OffsetDateTime::toInstant)
                        .orElse(null),
                new ConversationId(row.getUUID("conversation")),
                Optional.ofNullable(row.getLong("seq")).orElse(0L));
    }
}
