package im.hongyan.timeline;

import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;

/** The one row that names the history, and PostgreSQL's own word on which it holds. */
final class EpochStore {
    /**
     * @param id of the epoch; null if there is none yet
     * @param same whether it was named on this system and timeline
     */
    record Found(UUID id, boolean same, long system, int timeline) {}

    private static final String NOW =
            """
            SELECT e.id, e.system = s.system_identifier AND e.timeline = s.timeline AS same,
                   s.system_identifier, s.timeline
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

    private static final String ID = "SELECT id FROM epoch";

    private final Postgres postgres;

    EpochStore(Postgres postgres) {
        this.postgres = postgres;
    }

    Future<Found> find() {
        return postgres.critical(NOW, Tuple.tuple()).map(rows -> {
            Row row = rows.iterator().next();
            UUID id = row.getUUID("id");
            boolean same = id != null && row.getBoolean("same");
            return new Found(id, same, row.getLong("system_identifier"), row.getInteger("timeline"));
        });
    }

    /**
     * Names the history {@code id}, unless another node has named it in the meantime.
     *
     * @param always even then
     * @return its name now
     */
    Future<UUID> renew(UUID id, Found found, boolean always) {
        return postgres.critical(RENEW, Tuple.of(id, found.system(), found.timeline(), always))
                .compose(none -> postgres.critical(ID, Tuple.tuple()))
                .map(ids -> ids.iterator().next().getUUID("id"));
    }
}
