package im.hongyan.identity;

import static im.hongyan.identity.Columns.array;
import static im.hongyan.identity.Columns.bytes;
import static im.hongyan.identity.Columns.time;

import im.hongyan.protocol.Profile;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.Transaction;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The table {@code session}. Each statement that deletes a session also inserts its revocation. */
final class SessionStore {
    private static final String INSERT =
            """
            INSERT INTO session
                (id, user_id, device, network, generation, token_hash, tag_key, created_at, rotated_at, expires_at)
            SELECT id, user_id, device, network, 0, token_hash, tag_key, created_at, created_at, expires_at
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::bytea[],
                        $7::timestamptz[], $8::timestamptz[])
                AS fresh (id, user_id, device, network, token_hash, tag_key, created_at, expires_at)
            """;

    private static final String OPEN =
            """
            INSERT INTO session
                (id, user_id, device, network, generation, token_hash, tag_key, created_at, rotated_at, expires_at)
            SELECT $1, id, $4, $9, 0, $5, $6, $7, $7, $8 FROM account WHERE id = $2 AND password = $3 FOR SHARE
            """;

    private static final String FIND =
            """
            SELECT user_id, username, display_name,
                   generation, token_hash, nonce, tag_key, rotated_at, expires_at
            FROM session JOIN account ON account.id = user_id
            WHERE session.id = $1 AND deleted_at IS NULL
            """;

    private static final String ROTATE =
            """
            UPDATE session
            SET generation = $2, token_hash = $3, nonce = $4, rotated_at = $5, expires_at = $6, network = $7
            WHERE id = $1 AND generation = $2 - 1
            """;

    private static final String LIST =
            """
            SELECT id, device, created_at, rotated_at FROM session WHERE user_id = $1
            ORDER BY rotated_at DESC, id DESC
            """;

    private static final String REVOKE =
            """
            WITH gone AS (DELETE FROM session WHERE %s RETURNING id)
            INSERT INTO revocation (session_id, revoked_at) SELECT id, $1 FROM gone
            ON CONFLICT (session_id) DO NOTHING
            RETURNING session_id""";
    private static final String REVOKE_ONE = REVOKE.formatted("id = $2 AND user_id = $3");
    private static final String REVOKE_OTHERS = REVOKE.formatted("user_id = $2 AND id <> $3");
    private static final String REVOKE_ALL = REVOKE.formatted("user_id = $2");
    private static final String REVOKE_OLDEST = REVOKE.formatted(
            "id IN (SELECT id FROM session WHERE user_id = $2 ORDER BY rotated_at DESC, id DESC OFFSET $3)");
    private static final String REVOKE_EXPIRED = REVOKE.formatted(
            """
            id IN (SELECT id FROM session WHERE expires_at <= $1
                   ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)""");

    private final Postgres postgres;

    SessionStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /** What a refresh needs: the user, and the state of the token. */
    record Refreshable(Profile user, RefreshTokenRotation.State token) {}

    /** Stores sessions of accounts that were created in the same transaction. */
    Future<Void> create(Transaction transaction, List<SessionRow> sessions) {
        return transaction
                .query(
                        INSERT,
                        Tuple.of(
                                column(sessions, UUID[]::new, session -> session.id()
                                        .value()),
                                column(sessions, UUID[]::new, session -> session.user()
                                        .value()),
                                column(sessions, String[]::new, SessionRow::device),
                                column(sessions, String[]::new, SessionRow::network),
                                column(
                                        sessions,
                                        Buffer[]::new,
                                        session -> bytes(session.token().hash())),
                                column(
                                        sessions,
                                        Buffer[]::new,
                                        session -> bytes(session.token().tagKey())),
                                column(sessions, OffsetDateTime[]::new, session -> time(session.createdAt())),
                                column(
                                        sessions,
                                        OffsetDateTime[]::new,
                                        session -> time(session.token().expiresAt()))))
                .mapEmpty();
    }

    private static <T> T[] column(List<SessionRow> sessions, IntFunction<T[]> array, Function<SessionRow, T> value) {
        return sessions.stream().map(value).toArray(array);
    }

    /**
     * Stores a session if the account still has the password that was verified. The lock on the account serializes this
     * with password changes and deletions: a later one finds the session and ends it.
     *
     * @return false if the password has changed or the account no longer exists
     */
    Future<Boolean> open(SessionRow session, Account account) {
        return postgres.critical(
                        OPEN,
                        Tuple.of(
                                session.id().value(),
                                account.id().value(),
                                account.password(),
                                session.device(),
                                bytes(session.token().hash()),
                                bytes(session.token().tagKey()),
                                time(session.createdAt()),
                                time(session.token().expiresAt()),
                                session.network()))
                .map(rows -> rows.rowCount() == 1);
    }

    Future<Optional<Refreshable>> find(SessionId session) {
        return postgres.critical(FIND, Tuple.of(session.value()))
                .map(rows -> stream(rows).findFirst().map(SessionStore::refreshable));
    }

    private static Refreshable refreshable(Row row) {
        return new Refreshable(
                Profile.of(
                        new UserId(row.getUUID("user_id")), row.getString("username"), row.getString("display_name")),
                new RefreshTokenRotation.State(
                        row.getInteger("generation"),
                        array(row.getBuffer("token_hash")),
                        array(row.getBuffer("nonce")),
                        array(row.getBuffer("tag_key")),
                        row.getOffsetDateTime("rotated_at").toInstant(),
                        row.getOffsetDateTime("expires_at").toInstant()));
    }

    /** @return false if the token was rotated meanwhile: one of two concurrent requests wins */
    Future<Boolean> rotate(RefreshTokenRotation.Rotate rotation, String network, Instant now, Instant expiresAt) {
        RefreshToken successor = rotation.successor();
        return postgres.critical(
                        ROTATE,
                        Tuple.of(
                                successor.session().value(),
                                successor.generation(),
                                bytes(successor.hash()),
                                bytes(rotation.nonce()),
                                time(now),
                                time(expiresAt),
                                network))
                .map(rows -> rows.rowCount() == 1);
    }

    /** The sessions of a user, the most recently used first. */
    Future<List<IdentityResponses.Device>> list(UserId user, SessionId current) {
        return postgres.critical(LIST, Tuple.of(user.value())).map(rows -> stream(rows)
                .map(row -> new IdentityResponses.Device(
                        new SessionId(row.getUUID("id")),
                        row.getString("device"),
                        row.getOffsetDateTime("created_at").toInstant(),
                        row.getOffsetDateTime("rotated_at").toInstant(),
                        row.getUUID("id").equals(current.value())))
                .toList());
    }

    /** @return empty if the user has no such session */
    Future<List<SessionId>> revoke(UserId user, SessionId session, Instant now) {
        return revoked(postgres.critical(REVOKE_ONE, Tuple.of(time(now), session.value(), user.value())));
    }

    Future<List<SessionId>> revokeOthers(Transaction transaction, UserId user, SessionId kept, Instant now) {
        return revoked(transaction.query(REVOKE_OTHERS, Tuple.of(time(now), user.value(), kept.value())));
    }

    Future<List<SessionId>> revokeAll(Transaction transaction, UserId user, Instant now) {
        return revoked(transaction.query(REVOKE_ALL, Tuple.of(time(now), user.value())));
    }

    /** Ends all but the {@code kept} most recently used sessions of a user. */
    Future<List<SessionId>> revokeOldest(UserId user, int kept, Instant now) {
        return revoked(postgres.critical(REVOKE_OLDEST, Tuple.of(time(now), user.value(), kept)));
    }

    /** Ends up to {@code limit} expired sessions. */
    Future<List<SessionId>> revokeExpired(Instant now, int limit) {
        return revoked(postgres.write(REVOKE_EXPIRED, Tuple.of(time(now), limit)));
    }

    private static Future<List<SessionId>> revoked(Future<RowSet<Row>> rows) {
        return rows.map(ids ->
                stream(ids).map(row -> new SessionId(row.getUUID("session_id"))).toList());
    }

    private static Stream<Row> stream(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false);
    }
}
