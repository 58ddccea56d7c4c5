package im.hongyan.wallet;

import im.hongyan.store.StoreUnavailable;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks that the ledger is consistent by recomputing it. One node runs all checks every minute, and the results are in
 * the metrics of all nodes. After a slow run the pause is twenty times as long as the run, so that the checks use at
 * most 5% of the time.
 *
 * <p>Features add checks of their own money while the server is put together.
 */
public final class Reconciliation {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);
    private static final Duration PERIOD = Duration.ofMinutes(1);
    private static final int PAUSE_FACTOR = 20;
    /** For all checks of a run. Checks that have not started by then fail. */
    private static final Duration RUN_TIMEOUT = Duration.ofMinutes(10);
    /** If a node dies during a run, another one takes over after this time. */
    static final Duration LEASE = RUN_TIMEOUT.plus(ReconciliationStore.TIMEOUT);

    private static final int MAX_VIOLATIONS = 1_000;
    private static final int MAX_EXAMPLES = 5;

    private static final String BALANCES =
            """
            SELECT a.id, a.balance, coalesce(p.amount, 0) AS postings
            FROM ledger_account a
            LEFT JOIN (SELECT id, sum(amount) AS amount
                       FROM (SELECT credit AS id, amount FROM posting
                             UNION ALL SELECT debit, -amount FROM posting) sides
                       GROUP BY id) p ON p.id = a.id
            WHERE a.balance <> coalesce(p.amount, 0)
            """;

    private static final String SUM = "SELECT sum(balance)::text AS sum FROM ledger_account HAVING sum(balance) <> 0";

    private static final String CURRENCY = "SELECT id FROM posting WHERE currency <> '%s'";

    private static final String TRANSFERS =
            """
            SELECT t.id, t.state, t.amount, a.balance
            FROM transfer t LEFT JOIN ledger_account a ON a.id = t.id
            WHERE coalesce(a.balance, 0) <> CASE WHEN t.state = 'pending' THEN t.amount ELSE 0 END
            """;

    private static final String OVERDUE =
            "SELECT id FROM transfer WHERE state = 'pending' AND expires_at < now() - interval '5 minutes'";

    private static final String TOP_UPS =
            """
            SELECT coalesce(t.id, p.ref) AS id, t.state, t.amount, p.amount AS posted
            FROM (SELECT ref, sum(amount) AS amount, array_agg(credit) AS credit
                  FROM posting WHERE kind = 'topup' GROUP BY ref) p FULL JOIN top_up t ON t.id = p.ref
            WHERE (t.state = 'credited') IS DISTINCT FROM (p.ref IS NOT NULL)
               OR (p.ref IS NOT NULL AND (t.amount <> p.amount OR ARRAY[t.user_id] <> p.credit))
            """;

    private static final String OVERDRAWN =
            "SELECT id, kind, balance FROM ledger_account WHERE balance < 0 AND kind <> 'world'";

    private static final String UNPAID =
            "SELECT id FROM top_up WHERE state = 'pending' AND at < now() - interval '24 hours'";

    /**
     * The result of a check.
     *
     * @param violations 0 if the check passed; counting stops at 1,000
     * @param examples some of the violations
     * @param failure why the check could not run; null if it ran
     */
    public record Finding(String check, long violations, List<String> examples, String failure) {
        static Finding failed(String check, Throwable failure) {
            return new Finding(check, 0, List.of(), failure.toString());
        }

        public boolean passed() {
            return violations == 0 && failure == null;
        }
    }

    public record Last(List<ReconciliationStore.Last> checks) {}

    /** The result of a check that is not an SQL query. */
    public record Violations(long count, List<String> examples) {}

    private final ReconciliationStore store;
    private final MeterRegistry registry;
    private final Map<String, Supplier<Future<Violations>>> checks = new LinkedHashMap<>();
    private final Map<String, ReconciliationStore.Last> last = new ConcurrentHashMap<>();
    private volatile long refreshedAt = System.nanoTime();

    Reconciliation(ReconciliationStore store, String currency, MeterRegistry registry) {
        this.store = store;
        this.registry = registry;
        Gauge.builder("hongyan.ledger.reconciliation.age", this, Reconciliation::ageSeconds)
                .description("Time since the least recent check of the ledger, on any node")
                .baseUnit("seconds")
                .register(registry);
        check("balances", BALANCES);
        check("sum", SUM);
        check("overdrawn", OVERDRAWN);
        check("currency", CURRENCY.formatted(currency.replace("'", "''")));
        check("transfers", TRANSFERS);
        check("transfers_overdue", OVERDUE);
        check("top_ups", TOP_UPS);
        check("top_ups_unpaid", UNPAID);
    }

    /**
     * Adds a check while the server is put together.
     *
     * @param name a short name, which is a label of the metric
     * @param sql a query without parameters. Each row is a violation, and its columns are shown as an example. It runs
     *     read-only, for at most five minutes
     */
    public void check(String name, String sql) {
        check(name, () -> store.rows(sql, MAX_VIOLATIONS, ReconciliationStore.TIMEOUT)
                .map(rows -> new Violations(
                        rows.size(),
                        rows.stream().limit(MAX_EXAMPLES).map(Map::toString).toList())));
    }

    /** Adds a check that is not an SQL query. A failed future means that the check could not run. */
    public void check(String name, Supplier<Future<Violations>> check) {
        if (checks.putIfAbsent(name, check) != null) {
            throw new IllegalStateException("the check '" + name + "' has two owners");
        }
        Gauge.builder("hongyan.ledger.violations", last, all -> violations(all.get(name)))
                .description("Violations that the most recent run of this ledger check found, on any node")
                .tag("check", name)
                .register(registry);
    }

    /** Runs all checks now, one after the other. */
    public Future<List<Finding>> run() {
        long began = System.nanoTime();
        List<Finding> findings = new ArrayList<>();
        Future<Void> done = Future.succeededFuture();
        for (Map.Entry<String, Supplier<Future<Violations>>> check : checks.entrySet()) {
            done = done.compose(none -> System.nanoTime() - began > RUN_TIMEOUT.toNanos()
                            ? Future.failedFuture("not run, because the previous checks took too long")
                            : check.getValue().get())
                    .map(found -> new Finding(check.getKey(), found.count(), found.examples(), null))
                    .otherwise(failure -> Finding.failed(check.getKey(), failure))
                    .onSuccess(findings::add)
                    .mapEmpty();
        }
        return done.map(none -> List.copyOf(findings));
    }

    /** The most recent result of each check, on any node. */
    public Future<Last> last() {
        return store.last().map(Last::new);
    }

    /** Runs the checks if a run is due and no other node has claimed it. Then refreshes this node's metrics. */
    Future<Void> runIfDue() {
        return store.claim(LEASE)
                .compose(claimed -> claimed ? runAndSave() : Future.succeededFuture())
                .eventually(this::refresh);
    }

    private Future<Void> runAndSave() {
        long began = System.nanoTime();
        return run().onSuccess(findings ->
                        findings.stream().filter(finding -> !finding.passed()).forEach(Reconciliation::log))
                .compose(findings -> Future.join(findings.stream()
                        .filter(finding -> finding.failure() == null)
                        .map(store::save)
                        .toList()))
                .eventually(() -> {
                    Duration pause = Duration.ofNanos(PAUSE_FACTOR * (System.nanoTime() - began));
                    return store.schedule(pause.compareTo(PERIOD) > 0 ? pause : PERIOD.minusSeconds(5));
                })
                .mapEmpty();
    }

    private static void log(Finding finding) {
        if (finding.failure() != null) {
            LOG.warn("the ledger check '{}' could not run: {}", finding.check(), finding.failure());
        } else {
            LOG.error(
                    "the ledger is inconsistent: the check '{}' found {} violations, for example {}",
                    finding.check(),
                    finding.violations(),
                    finding.examples());
        }
    }

    private Future<Void> refresh() {
        return store.last()
                .onSuccess(found -> {
                    found.forEach(each -> last.put(each.name(), each));
                    refreshedAt = System.nanoTime();
                })
                .<Void>mapEmpty()
                .recover(failure ->
                        failure instanceof StoreUnavailable ? Future.succeededFuture() : Future.failedFuture(failure));
    }

    private static double violations(ReconciliationStore.Last found) {
        return found == null ? Double.NaN : found.violations();
    }

    /** A check that has never run counts from the start of this node. */
    private double ageSeconds() {
        double sinceRefresh = (System.nanoTime() - refreshedAt) / 1e9;
        return sinceRefresh
                + checks.keySet().stream()
                        .map(last::get)
                        .mapToDouble(found -> found == null ? 0 : found.ageSeconds())
                        .max()
                        .orElse(0);
    }
}
