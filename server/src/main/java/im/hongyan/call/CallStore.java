package im.hongyan.call;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.Transaction;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The table {@code call}. */
final class CallStore {
    /**
     * @param digest the digest of the request that started the call
     * @param ended whether its end is recorded
     */
    record StoredCall(
            CallId id, ConversationId conversation, UserId caller, CallMedia media, byte[] digest, boolean ended) {}

    private static final String COLUMNS = "id, conversation, caller, media, digest, ended_at IS NOT NULL AS ended";

    private static final String INSERT =
            """
            INSERT INTO call (id, conversation, caller, client_id, digest, media) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (conversation, caller, client_id) DO NOTHING
            """;

    private static final String BY_CLIENT_ID =
            "SELECT " + COLUMNS + " FROM call WHERE conversation = $1 AND caller = $2 AND client_id = $3";

    private static final String BY_ID = "SELECT " + COLUMNS + " FROM call WHERE id = $1";

    private static final String DELETE = "DELETE FROM call WHERE id = $1 AND ended_at IS NULL";

    private static final String CLOSE =
            """
            UPDATE call SET ended_at = clock_timestamp(), outcome = $2, reason = $3, seconds = $4
            WHERE id = $1 AND ended_at IS NULL
            """;

    private static final String ENDS =
            """
            SELECT id, conversation, ended_at IS NOT NULL AS ended, outcome, reason, seconds
            FROM call WHERE id = ANY ($1)
            """;

    private static final String WITH_OPEN_CALL =
            "SELECT DISTINCT conversation FROM call WHERE conversation = ANY ($1) AND ended_at IS NULL";

    private static final String MISS =
            """
            UPDATE call SET missing_since = coalesce(missing_since, clock_timestamp())
            WHERE conversation = $1 AND id <> $2 AND ended_at IS NULL
            RETURNING
            """
                    + COLUMNS
                    + ", clock_timestamp() - missing_since > $3 * interval '1 millisecond' AS lost";

    /** Claims open calls that no node has checked within this period. */
    private static final String CHECK =
            """
            UPDATE call SET checked_at = clock_timestamp() WHERE id IN (
              SELECT id FROM call
              WHERE ended_at IS NULL AND checked_at < clock_timestamp() - $1 * interval '1 millisecond'
              ORDER BY checked_at LIMIT 200 FOR UPDATE SKIP LOCKED)
            RETURNING
            """
                    + COLUMNS;

    private static final String SET_MISSING =
            """
            UPDATE call SET missing_since = CASE WHEN $2 THEN coalesce(missing_since, clock_timestamp()) END
            WHERE id = $1 AND ended_at IS NULL AND (missing_since IS NOT NULL OR $2)
            RETURNING missing_since IS NOT NULL
              AND clock_timestamp() - missing_since > $3 * interval '1 millisecond' AS lost
            """;

    private final Postgres postgres;

    CallStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /** @return false if the caller has used the client id in this conversation before */
    Future<Boolean> insert(CallRoom.Info info, String clientId, byte[] digest) {
        return postgres.write(
                        INSERT,
                        Tuple.of(
                                info.id().value(),
                                info.conversation().value(),
                                info.creator().value(),
                                clientId,
                                digest,
                                info.media().text()))
                .map(rows -> rows.rowCount() > 0);
    }

    /** The call that an earlier request with this client id has started. */
    Future<Optional<StoredCall>> find(ConversationId conversation, UserId caller, String clientId) {
        return postgres.critical(BY_CLIENT_ID, Tuple.of(conversation.value(), caller.value(), clientId))
                .map(CallStore::first);
    }

    Future<Optional<StoredCall>> find(CallId call) {
        return postgres.critical(BY_ID, Tuple.of(call.value())).map(CallStore::first);
    }

    /** Deletes a call whose start failed. */
    Future<Void> delete(CallId call) {
        return postgres.write(DELETE, Tuple.of(call.value())).mapEmpty();
    }

    /** @return false if the call is closed already, or unknown */
    Future<Boolean> close(Transaction tx, CallFrames.Ended end) {
        return tx.query(
                        CLOSE,
                        Tuple.of(
                                end.call().value(),
                                end.outcome().text(),
                                end.reason().text(),
                                (int) end.seconds()))
                .map(rows -> rows.rowCount() > 0);
    }

    /** The ends of these calls; empty for an open call. Calls without a row are left out. */
    Future<Map<CallId, Optional<CallFrames.Ended>>> ends(Collection<CallId> calls) {
        return postgres.critical(ENDS, Tuple.of((Object)
                        calls.stream().map(CallId::value).toArray(UUID[]::new)))
                .map(rows ->
                        stream(rows).collect(Collectors.toMap(row -> new CallId(row.getUUID("id")), CallStore::end)));
    }

    private static Optional<CallFrames.Ended> end(Row row) {
        return row.getBoolean("ended")
                ? Optional.of(new CallFrames.Ended(
                        new CallId(row.getUUID("id")),
                        new ConversationId(row.getUUID("conversation")),
                        CallReason.parse(row.getString("reason")),
                        CallOutcome.parse(row.getString("outcome")),
                        row.getInteger("seconds")))
                : Optional.empty();
    }

    /** The conversations, among these, that may have a call in progress. */
    Future<List<ConversationId>> withOpenCall(List<ConversationId> conversations) {
        return postgres.query(WITH_OPEN_CALL, Tuple.of((Object)
                        conversations.stream().map(ConversationId::value).toArray(UUID[]::new)))
                .map(rows -> stream(rows)
                        .map(row -> new ConversationId(row.getUUID("conversation")))
                        .toList());
    }

    /**
     * Marks the open calls of a conversation as missing, because it has no room.
     *
     * @param except the call that is about to start
     * @param lostAfter how long a room must be missing before its call is lost
     * @return the open calls, and whether each is lost
     */
    Future<Map<StoredCall, Boolean>> missing(ConversationId conversation, CallId except, Duration lostAfter) {
        return postgres.write(MISS, Tuple.of(conversation.value(), except.value(), (double) lostAfter.toMillis()))
                .map(rows -> {
                    Map<StoredCall, Boolean> found = new LinkedHashMap<>();
                    rows.forEach(row -> found.put(row(row), row.getBoolean("lost")));
                    return found;
                });
    }

    /** Claims open calls that no node has checked within this period. No other node gets them. */
    Future<List<StoredCall>> takeUnchecked(Duration period) {
        return postgres.write(CHECK, Tuple.of((double) period.toMillis()))
                .map(rows -> stream(rows).map(CallStore::row).toList());
    }

    /**
     * Records whether an open call has a room.
     *
     * @return whether the call has had no room for {@code lostAfter}
     */
    Future<Boolean> setMissing(CallId call, boolean missing, Duration lostAfter) {
        return postgres.write(SET_MISSING, Tuple.of(call.value(), missing, (double) lostAfter.toMillis()))
                .map(rows -> rows.size() > 0 && rows.iterator().next().getBoolean("lost"));
    }

    private static Stream<Row> stream(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false);
    }

    private static Optional<StoredCall> first(RowSet<Row> rows) {
        return stream(rows).findFirst().map(CallStore::row);
    }

    private static StoredCall row(Row row) {
        return new StoredCall(
                new CallId(row.getUUID("id")),
                new ConversationId(row.getUUID("conversation")),
                new UserId(row.getUUID("caller")),
                CallMedia.parse(row.getString("media")),
                row.getBuffer("digest").getBytes(),
                row.getBoolean("ended"));
    }
}
