package im.hongyan.timeline;

import im.hongyan.protocol.Id;
import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which history the database holds. A client that finds another epoch than the one it knew drops its cursors.
 *
 * <p>A promotion or a point-in-time recovery starts a new timeline of PostgreSQL, and a dump that is loaded into another
 * cluster meets another system identifier: both are noticed here. A folder that was copied back is not, after that an
 * operator renews the epoch himself.
 */
public final class Epoch {
    private static final Logger log = LoggerFactory.getLogger(Epoch.class);
    private static final long CHECK_MS = 10_000;

    private static final String NOW =
            """
            SELECT e.id, e.system = s.system_identifier AND e.timeline = s.timeline AS same, s.system_identifier, s.timeline
            FROM (SELECT system_identifier,
                         ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int AS timeline
                  FROM pg_control_system()) s
            LEFT JOIN epoch e ON true
            """;

    private static final String RENEW =
            """
            INSERT INTO epoch (id, system, timeline) VALUES ($1, $2, $3)
            ON CONFLICT (one) DO UPDATE
            SET id = EXCLUDED.id, system = EXCLUDED.system, timeline = EXCLUDED.timeline, renewed_at = clock_timestamp()
            WHERE $4 OR epoch.system <> EXCLUDED.system OR epoch.timeline <> EXCLUDED.timeline
            """;

    private final Postgres postgres;
    private volatile String current = "";
    private volatile Runnable onChange = () -> {};

    public Epoch(Postgres postgres) {
        this.postgres = postgres;
    }

    /** Reads the epoch and keeps looking at it. {@code onChange} is called on an event loop when it is another one. */
    public Future<Void> start(Vertx vertx, Runnable onChange) {
        this.onChange = onChange;
        return check().onSuccess(none -> lookAgain(vertx));
    }

    public String current() {
        return current;
    }

    /** Makes all clients drop their cursors: after a restore that PostgreSQL itself does not know of. */
    public Future<String> renew() {
        return check(true).map(none -> current);
    }

    private void lookAgain(Vertx vertx) {
        vertx.timer(CHECK_MS, TimeUnit.MILLISECONDS).onSuccess(none -> check().onComplete(done -> lookAgain(vertx)));
    }

    private Future<Void> check() {
        return check(false);
    }

    private Future<Void> check(boolean always) {
        return postgres.query(NOW).compose(rows -> {
            var row = rows.iterator().next();
            if (!always && row.getUUID("id") != null && row.getBoolean("same")) {
                set(row.getUUID("id"));
                return Future.succeededFuture();
            }
            Tuple fresh = Tuple.of(Id.next(), row.getLong("system_identifier"), row.getInteger("timeline"), always);
            return postgres.query(RENEW, fresh)
                    .compose(none -> postgres.query("SELECT id FROM epoch"))
                    .onSuccess(ids -> set(ids.iterator().next().getUUID("id")))
                    .mapEmpty();
        });
    }

    private void set(UUID id) {
        String before = current;
        current = Id.Text.encode(id);
        if (!before.isEmpty() && !before.equals(current)) {
            log.warn("the database holds another history now: clients drop their cursors");
            onChange.run();
        }
    }
}
