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
 * Runs long queries over the ledger, and stores what the reconciliation found. The queries use a connection of their
 * own, so that requests do not wait for them. They are read-only, use one core of PostgreSQL, and have a time limit.
 */
final class ReconciliationStore {
    static final Duration TIMEOUT = Duration.ofMinutes(5);

    /**
     * The most recent result of a check, on any node.
     *
     * @param ageSeconds how long ago the check ran
     */
    record Last(String name, long violations, double ageSeconds) {}

    private static final String LIMITS =
            """
            SELECT set_config('transaction_read_only', 'on', true), set_config('statement_timeout', $1, true),
                   set_config('max_parallel_workers_per_gather', '0', true)
            """;

    private static final String ROWS = "SELECT * FROM (%s) found LIMIT %d";

    private static final String CLAIM_RUN =
            """
            UPDATE reconciliation SET next_at = clock_timestamp() + make_interval(secs => $1)
            WHERE next_at <= clock_timestamp() RETURNING 1
            """;

    private static final String SCHEDULE =
            "UPDATE reconciliation SET next_at = clock_timestamp() + make_interval(secs => $1)";

    private static final String SAVE =
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

    ReconciliationStore(Postgres postgres) {
        this.postgres = postgres;
        int timeout = (int) TIMEOUT.toMillis();
        slow = postgres.withLimits(new PostgresLimits(1, 1, 100, timeout, 3_000, timeout + 5_000, 3_000));
    }

    Future<Void> close() {
        return slow.close();
    }

    /** The first rows of a query, which sees one snapshot. Ids are formatted as in the protocol. */
    Future<List<Map<String, Object>>> rows(String sql, int limit, Duration timeout) {
        return slow.transaction(tx -> tx.query(LIMITS, Tuple.of(Long.toString(timeout.toMillis())))
                .compose(set -> tx.query(ROWS.formatted(sql, limit)))
                .map(rows -> {
                    List<Map<String, Object>> all = new ArrayList<>(rows.size());
                    rows.forEach(row -> all.add(named(row)));
                    return all;
                }));
    }

    /**
     * @return whether this node has claimed the run; no other node can until the lease ends or {@link #schedule} is
     *     called
     */
    Future<Boolean> claim(Duration lease) {
        return postgres.write(CLAIM_RUN, Tuple.of((double) lease.toSeconds())).map(rows -> rows.size() == 1);
    }

    Future<Void> schedule(Duration pause) {
        return postgres.write(SCHEDULE, Tuple.of(pause.toMillis() / 1_000.0)).mapEmpty();
    }

    Future<Void> save(Finding finding) {
        return postgres.write(SAVE, Tuple.of(finding.check(), finding.violations()))
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
