package im.hongyan.location;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.Transaction;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The table {@code location_share}, which has no position. */
final class LocationStore {
    /**
     * A share with what a repeated start needs.
     *
     * @param seconds as requested
     * @param seq of the entry that says that it has started
     */
    record Started(Share share, int seconds, long seq) {
        LocationFrames.Started answer() {
            return new LocationFrames.Started(share.id(), seq, share.expiresAt());
        }
    }

    /** @param stopped whether it was stopped or found expired */
    record Found(Share share, boolean stopped) {}

    /**
     * A running share that must end.
     *
     * @param silent whether no entry says so, because the user has left or is deleted
     */
    record Unfounded(Share share, boolean silent) {}

    /** How many rows one statement of the upkeep reads or changes. */
    static final int BATCH = 200;

    private static final String COLUMNS = "s.id, s.user_id, s.session, s.conversation, s.precision, s.expires_at";

    private static final String BY_CLIENT_ID = "SELECT " + COLUMNS
            + """
            , s.seconds, s.seq
            FROM location_share s WHERE s.conversation = $1 AND s.user_id = $2 AND s.client_id = $3
            """;

    private static final String RUNNING_OF_MEMBER = "SELECT " + COLUMNS
            + " FROM location_share s WHERE s.conversation = $1 AND s.user_id = $2 AND s.stopped_at IS NULL";

    private static final String COUNT =
            "SELECT count(*) AS shares FROM location_share WHERE user_id = $1 AND stopped_at IS NULL";

    private static final String INSERT =
            """
            INSERT INTO location_share
              (id, conversation, user_id, session, client_id, seconds, precision, seq, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """;

    private static final String STOP =
            """
            UPDATE location_share SET stopped_at = least(clock_timestamp(), expires_at), cleared = $2
            WHERE id = $1 AND stopped_at IS NULL
            RETURNING expires_at > clock_timestamp() AS early
            """;

    private static final String BY_ID =
            "SELECT " + COLUMNS + ", s.stopped_at IS NOT NULL AS stopped FROM location_share s WHERE s.id = $1";

    private static final String OF_USER = "SELECT " + COLUMNS
            + """
             FROM location_share s
            WHERE s.user_id = $1 AND s.stopped_at IS NULL AND s.expires_at > clock_timestamp()
            ORDER BY s.expires_at, s.id LIMIT $2
            """;

    private static final String OF_CONVERSATION = "SELECT " + COLUMNS
            + """
             FROM location_share s
            WHERE s.conversation = $1 AND s.stopped_at IS NULL AND s.expires_at > clock_timestamp()
            """;

    private static final String EXPIRE =
            """
            UPDATE location_share SET stopped_at = expires_at WHERE id IN (
              SELECT id FROM location_share WHERE stopped_at IS NULL AND expires_at <= clock_timestamp()
              ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
            """;

    private static final String UNCLEARED = "SELECT " + COLUMNS
            + """
             FROM location_share s WHERE s.stopped_at IS NOT NULL AND NOT s.cleared
            ORDER BY s.stopped_at LIMIT $1
            """;

    private static final String CLEARED = "UPDATE location_share SET cleared = true WHERE id = ANY ($1)";

    /** Takes rows that no node has checked in this period. */
    private static final String TAKE_UNCHECKED =
            """
            UPDATE location_share SET checked_at = clock_timestamp() WHERE id IN (
              SELECT id FROM location_share
              WHERE stopped_at IS NULL AND checked_at < clock_timestamp() - $1 * interval '1 millisecond'
              ORDER BY checked_at LIMIT $2 FOR UPDATE SKIP LOCKED)
            RETURNING id
            """;

    /**
     * Running shares that must end: the user is not a member any more or is deleted, the device is signed out, or in a
     * direct conversation one user may not write to the other. The second condition says whether this ends the shares
     * of both users or only those of the one who may not write.
     */
    private static final String UNFOUNDED = "SELECT " + COLUMNS
            + """
            , coalesce(m.role, 0) = 0 OR a.deleted_at IS NOT NULL AS silent
            FROM location_share s
            JOIN account a ON a.id = s.user_id
            JOIN conversation c ON c.id = s.conversation
            LEFT JOIN member m ON m.conversation = s.conversation AND m.user_id = s.user_id
            WHERE s.stopped_at IS NULL AND %s AND (
              coalesce(m.role, 0) = 0
              OR a.deleted_at IS NOT NULL
              OR NOT EXISTS (SELECT 1 FROM session x WHERE x.id = s.session)
              OR c.kind = 1 AND EXISTS (
                SELECT 1 FROM member o
                WHERE o.conversation = s.conversation AND o.standing IN (2, 3) AND (%s OR o.user_id = s.user_id)))
            LIMIT $2
            """;

    private static final String UNFOUNDED_BY_ID = UNFOUNDED.formatted("s.id = ANY ($1)", "false");
    private static final String UNFOUNDED_OF_SESSIONS = UNFOUNDED.formatted("s.session = ANY ($1)", "false");
    private static final String UNFOUNDED_OF_CONVERSATION = UNFOUNDED.formatted("s.conversation = $1", "true");

    /** A share that has started after the user came back goes on. */
    private static final String BEFORE_LEAVING = RUNNING_OF_MEMBER + " AND s.seq < $3";

    private static final String OF_DELETED =
            "SELECT " + COLUMNS + " FROM location_share s WHERE s.user_id = $1 AND s.stopped_at IS NULL LIMIT $2";

    private final Postgres postgres;

    LocationStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /** The share that an earlier request with this client id has started. */
    Future<Optional<Started>> find(Transaction tx, ConversationId conversation, UserId user, String clientId) {
        return tx.query(BY_CLIENT_ID, Tuple.of(conversation.value(), user.value(), clientId))
                .map(rows -> stream(rows)
                        .map(row -> new Started(share(row), row.getInteger("seconds"), row.getLong("seq")))
                        .findFirst());
    }

    /** The share of a user that runs in a conversation, or has expired without having been swept. */
    Future<Optional<Share>> running(Transaction tx, ConversationId conversation, UserId user) {
        return tx.query(RUNNING_OF_MEMBER, Tuple.of(conversation.value(), user.value()))
                .map(rows -> stream(rows).map(LocationStore::share).findFirst());
    }

    /** The number of shares of a user in all conversations. */
    Future<Long> count(Transaction tx, UserId user) {
        return tx.query(COUNT, Tuple.of(user.value()))
                .map(rows -> rows.iterator().next().getLong("shares"));
    }

    Future<?> insert(Transaction tx, Started started, String clientId) {
        Share share = started.share();
        return tx.query(
                INSERT,
                Tuple.of(
                        share.id().value(),
                        share.conversation().value(),
                        share.user().value(),
                        share.session().value(),
                        clientId,
                        started.seconds(),
                        share.precision().text(),
                        started.seq(),
                        share.expiresAt().atOffset(ZoneOffset.UTC)));
    }

    /**
     * Stops a share unless it is stopped.
     *
     * @param cleared whether its position was deleted
     * @return whether this has ended it before its time; false, too, if it was stopped already
     */
    Future<Boolean> stop(Transaction tx, ShareId share, boolean cleared) {
        return tx.query(STOP, Tuple.of(share.value(), cleared))
                .map(rows -> rows.size() > 0 && rows.iterator().next().getBoolean("early"));
    }

    Future<Optional<Found>> find(ShareId share) {
        return postgres.critical(BY_ID, Tuple.of(share.value())).map(rows -> stream(rows)
                .map(row -> new Found(share(row), row.getBoolean("stopped")))
                .findFirst());
    }

    /** The running shares of a user, the first to expire first. */
    Future<List<Share>> ofUser(UserId user, int limit) {
        return postgres.query(OF_USER, Tuple.of(user.value(), limit)).map(LocationStore::shares);
    }

    /** The running shares of a conversation: at most one for each member. */
    Future<List<Share>> ofConversation(ConversationId conversation) {
        return postgres.query(OF_CONVERSATION, Tuple.of(conversation.value())).map(LocationStore::shares);
    }

    /** Closes expired shares, at most {@value #BATCH}; returns how many. Nodes do not close the same ones. */
    Future<Integer> expire() {
        return postgres.write(EXPIRE, Tuple.of(BATCH)).map(RowSet::rowCount);
    }

    /** Shares that have ended and whose positions may still be in Redis. */
    Future<List<Share>> uncleared() {
        return postgres.query(UNCLEARED, Tuple.of(BATCH)).map(LocationStore::shares);
    }

    Future<Void> cleared(Collection<Share> shares) {
        return shares.isEmpty()
                ? Future.succeededFuture()
                : postgres.write(CLEARED, Tuple.of((Object)
                                shares.stream().map(share -> share.id().value()).toArray(UUID[]::new)))
                        .mapEmpty();
    }

    /** Running shares that no node has checked in this period, at most {@value #BATCH}. No other node gets them. */
    Future<List<ShareId>> takeUnchecked(Duration period) {
        return postgres.write(TAKE_UNCHECKED, Tuple.of((double) period.toMillis(), BATCH))
                .map(rows ->
                        stream(rows).map(row -> new ShareId(row.getUUID("id"))).toList());
    }

    /** Those of at most {@value #BATCH} shares that must end. */
    Future<List<Unfounded>> unfounded(List<ShareId> shares) {
        return shares.isEmpty()
                ? Future.succeededFuture(List.of())
                : unfounded(UNFOUNDED_BY_ID, shares.stream().map(ShareId::value).toArray(UUID[]::new));
    }

    /** Shares of devices that are signed out, at most {@value #BATCH}. */
    Future<List<Unfounded>> unfoundedOfSessions(Collection<SessionId> sessions) {
        return unfounded(
                UNFOUNDED_OF_SESSIONS, sessions.stream().map(SessionId::value).toArray(UUID[]::new));
    }

    /** Shares of a conversation that must end, in a direct one those of both users. */
    Future<List<Unfounded>> unfoundedOfConversation(ConversationId conversation) {
        return unfounded(UNFOUNDED_OF_CONVERSATION, conversation.value());
    }

    /** @param seq of the entry that says that the user has left */
    Future<List<Share>> beforeLeaving(ConversationId conversation, UserId user, long seq) {
        return postgres.critical(BEFORE_LEAVING, Tuple.of(conversation.value(), user.value(), seq))
                .map(LocationStore::shares);
    }

    /** The shares of a deleted user, at most {@value #BATCH}. */
    Future<List<Share>> ofDeleted(UserId user) {
        return postgres.critical(OF_DELETED, Tuple.of(user.value(), BATCH)).map(LocationStore::shares);
    }

    private Future<List<Unfounded>> unfounded(String sql, Object selected) {
        return postgres.critical(sql, Tuple.of(selected, BATCH)).map(rows -> stream(rows)
                .map(row -> new Unfounded(share(row), row.getBoolean("silent")))
                .toList());
    }

    private static Stream<Row> stream(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false);
    }

    private static List<Share> shares(RowSet<Row> rows) {
        return stream(rows).map(LocationStore::share).toList();
    }

    private static Share share(Row row) {
        return new Share(
                new ShareId(row.getUUID("id")),
                new UserId(row.getUUID("user_id")),
                new SessionId(row.getUUID("session")),
                new ConversationId(row.getUUID("conversation")),
                Precision.parse(row.getString("precision")),
                row.getOffsetDateTime("expires_at").toInstant());
    }
}
