package im.hongyan.identity;

import static im.hongyan.identity.Columns.time;

import im.hongyan.protocol.SessionId;
import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The table {@code revocation}. */
final class RevocationStore implements RevocationLog {
    static final int PAGE = 1_000;

    private static final String READ =
            """
            SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon,
                   session_id, revoked_at, xid::text AS xid
            FROM (SELECT) AS always
            LEFT JOIN LATERAL (
                SELECT session_id, revoked_at, xid FROM revocation
                WHERE (xid, session_id) >= ($1::text::xid8, $2::uuid) AND revoked_at >= $3
                ORDER BY revocation.xid, session_id LIMIT $4) AS page ON TRUE
            """;

    private static final String SWEEP =
            """
            DELETE FROM revocation WHERE session_id IN (
                SELECT session_id FROM revocation WHERE revoked_at < $1
                ORDER BY revoked_at LIMIT $2 FOR UPDATE SKIP LOCKED)
            """;

    private final Postgres postgres;

    RevocationStore(Postgres postgres) {
        this.postgres = postgres;
    }

    @Override
    public Future<Page> read(Place place, Instant since) {
        // The horizon comes even where there is no row, hence the outer join.
        return postgres.critical(READ, Tuple.of(Long.toString(place.xid()), place.session(), time(since), PAGE + 1))
                .map(RevocationStore::page);
    }

    private static Page page(RowSet<Row> rows) {
        List<Revocation> revocations = new ArrayList<>();
        Place rest = null;
        long horizon = 0;
        for (Row row : rows) {
            horizon = Long.parseLong(row.getString("horizon"));
            UUID session = row.getUUID("session_id");
            if (session != null && revocations.size() < PAGE) {
                revocations.add(new Revocation(
                        new SessionId(session),
                        row.getOffsetDateTime("revoked_at").toInstant()));
            } else if (session != null) {
                rest = new Place(Long.parseLong(row.getString("xid")), session);
            }
        }
        return new Page(revocations, horizon, rest);
    }

    @Override
    public Future<Void> sweep(Instant before, int limit) {
        return postgres.write(SWEEP, Tuple.of(time(before), limit)).mapEmpty();
    }
}
