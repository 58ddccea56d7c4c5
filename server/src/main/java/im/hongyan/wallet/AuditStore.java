package im.hongyan.wallet;

import im.hongyan.protocol.Id;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresLimits;
import im.hongyan.wallet.Reconciliation.Finding;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Long looks at everything that money does: over one connection of its own, so that nobody waits behind them, read-only, with
 * one core of PostgreSQL's and a limit of time each.
 */
final class AuditStore {
    static final Duration MAX = Duration.ofMinutes(5);

    /**
     * Found the last time that a check was done.
     *
     * @param ageSeconds how long ago
     */
    record Last(String name, long violations, double ageSeconds) {}

    private static final String CAREFULLY =
            """
            SELECT set_config('transaction_read_only', 'on', true), set_config('statement_timeout', $1, true),
                   set_config('max_parallel_workers_per_gather', '0', true)
            """;

    private static final String CLAIM =
            """
            UPDATE reconciliation SET next_at = clock_timestamp() + make_interval(secs => $1)
            WHERE next_at <= clock_timestamp() RETURNING 1
            """;

    private static final String NEXT =
            "UPDATE reconciliation SET next_at = clock_timestamp() + make_interval(secs => $1)";

    private static final String KEEP =
            """
            INSERT INTO reconciliation_finding (name, violations, at) VALUES ($1, $2, clock_timestamp())
            ON CONFLICT (name) DO UPDATE SET violations = EXCLUDED.violations, at = EXCLUDED.at
            """;

    private static final String LAST =
            """
            SELECT name, violations, extract(epoch FROM clock_timestamp() - at)::float8 AS age
            FROM reconciliation_finding ORDER BY name LIMIT 1000
            """;

    private final Postgres postgres;
    private final Postgres slow;

    AuditStore(Postgres postgres) {
        this.postgres = postgres;
        int most = (int) MAX.toMillis();
        slow = postgres.withLimits(new PostgresLimits(1, 1, 100, most, 3_000, most + 5_000, 3_000));
    }

    Future<Void> close() {
        return slow.close();
    }

    /** The first rows of a query, which is one statement and so sees one moment. Ids are as on the wire. */
    Future<List<Map<String, Object>>> rows(String sql, int most, Duration longest) {
        return slow.transaction(tx -> tx.query(CAREFULLY, Tuple.of(Long.toString(longest.toMillis())))
                .compose(set -> tx.query("SELECT * FROM (" + sql + ") found LIMIT " + most))
                .map(rows -> {
                    List<Map<String, Object>> all = new ArrayList<>(rows.size());
                    rows.forEach(row -> all.add(named(row)));
                    return all;
                }));
    }

    /** @return whether it is this node's turn; nobody else has one for so long, unless {@link #next} says otherwise */
    Future<Boolean> claim(Duration lease) {
        return postgres.write(CLAIM, Tuple.of((double) lease.toSeconds())).map(rows -> rows.size() == 1);
    }

    Future<Void> next(Duration pause) {
        return postgres.write(NEXT, Tuple.of(pause.toMillis() / 1_000.0)).mapEmpty();
    }

    Future<Void> keep(Finding finding) {
        return postgres.write(KEEP, Tuple.of(finding.check(), finding.violations()))
                .mapEmpty();
    }

    Future<List<Last>> last() {
        return postgres.query(LAST).map(rows -> {
            List<Last> all = new ArrayList<>();
            rows.forEach(
                    row -> all.add(new Last(row.getString("name"), row.getLong("violations"), row.getDouble("age"))));
            return all;
        });
    }

    private static Map<String, Object> named(Row row) {
        Map<String, Object> named = new LinkedHashMap<>();
        for (int i = 0; i < row.size(); i++) {
            named.put(row.getColumnName(i), plain(row.getValue(i)));
        }
        return named;
    }

    private static Object plain(Object value) {
        if (value instanceof UUID id) {
            return Id.Text.encode(id);
        }
        if (value instanceof UUID[] ids) {
            return Arrays.stream(ids).map(Id.Text::encode).toList();
        }
        return value instanceof OffsetDateTime time ? time.toInstant() : value;
    }
}
