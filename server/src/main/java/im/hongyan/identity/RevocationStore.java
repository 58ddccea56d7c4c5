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
final class RevocationStore implements Revocations.Rows {
    static final int PAGE = 1_000;

    private static final UUID LOWEST = new UUID(0, 0);

    private final Postgres postgres;

    RevocationStore(Postgres postgres) {
        this.postgres = postgres;
    }

    record Revocation(SessionId session, Instant at) {}

    /** A place in the order of revocations: everything at or after it has not been read. */
    record Place(long xid, UUID session) {
        static Place from(long xid) {
            return new Place(xid, LOWEST);
        }
    }

    /**
     * @param horizon a reader that has read this page and all after it goes on from here: what its snapshot did not show
     *     is at or above it
     * @param rest null on the last page
     */
    record Page(List<Revocation> revocations, long horizon, Place rest) {}

    @Override
    public Future<Page> read(Place place, Instant since) {
        // The horizon comes even where there is no row, hence the outer join.
        return postgres.query(
                        """
                        select pg_snapshot_xmin(pg_current_snapshot())::text as horizon,
                               session_id, revoked_at, xid::text as xid
                        from (select) as always
                        left join lateral (
                            select session_id, revoked_at, xid from revocation
                            where (xid, session_id) >= ($1::text::xid8, $2::uuid) and revoked_at >= $3
                            order by revocation.xid, session_id limit $4) as page on true""",
                        Tuple.of(Long.toString(place.xid()), place.session(), time(since), PAGE + 1))
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
        return postgres.query(
                        """
                        delete from revocation where session_id in (
                            select session_id from revocation where revoked_at < $1
                            order by revoked_at limit $2 for update skip locked)""",
                        Tuple.of(time(before), limit))
                .mapEmpty();
    }
}
