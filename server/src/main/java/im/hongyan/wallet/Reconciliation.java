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
 * Does the money add up? Everything is counted again, each minute, by one node; what is found is in the metrics of all nodes.
 * A run that takes long makes the next one wait for twenty times as long.
 *
 * <p>Features add what must hold of their own money while the server is put together.
 */
public final class Reconciliation {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);
    private static final Duration EVERY = Duration.ofMinutes(1);
    private static final int PAUSE = 20;
    /** Of a whole run; what is not done by then has failed. */
    private static final Duration MAX_RUN = Duration.ofMinutes(10);
    /** A node that ended in the middle of a run is not waited for any longer. */
    static final Duration LEASE = MAX_RUN.plus(AuditStore.MAX);

    private static final int MAX_COUNTED = 1_000;
    private static final int EXAMPLES = 5;

    private static final String BALANCES =
            """
            SELECT a.id, a.balance, coalesce(p.amount, 0) AS postings
            FROM ledger_account a
            LEFT JOIN (SELECT id, sum(amount) AS amount
                       FROM (SELECT credit AS id, amount FROM posting UNION ALL SELECT debit, -amount FROM posting) sides
                       GROUP BY id) p ON p.id = a.id
            WHERE a.balance <> coalesce(p.amount, 0)
            """;

    private static final String SUM = "SELECT sum(balance)::text AS sum FROM ledger_account HAVING sum(balance) <> 0";

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
     * What came of a check.
     *
     * @param violations 0 if all is well; counting stops at a thousand
     * @param examples some of them
     * @param failure why the check could not be done; null if it was
     */
    public record Finding(String check, long violations, List<String> examples, String failure) {
        static Finding failed(String check, Throwable failure) {
            return new Finding(check, 0, List.of(), failure.toString());
        }

        public boolean isWell() {
            return violations == 0 && failure == null;
        }
    }

    public record Last(List<AuditStore.Last> checks) {}

    /** What an asynchronous check found. */
    public record Violations(long count, List<String> examples) {}

    private final AuditStore store;
    private final MeterRegistry registry;
    private final Map<String, Supplier<Future<Violations>>> checks = new LinkedHashMap<>();
    private final Map<String, AuditStore.Last> last = new ConcurrentHashMap<>();
    private volatile long lookedAt = System.nanoTime();

    Reconciliation(AuditStore store, String currency, MeterRegistry registry) {
        this.store = store;
        this.registry = registry;
        Gauge.builder("hongyan.ledger.reconciliation.age", this, Reconciliation::ageSeconds)
                .description("Time since the check that was done longest ago, whatever it found")
                .baseUnit("seconds")
                .register(registry);
        check("balances", BALANCES);
        check("sum", SUM);
        check("overdrawn", OVERDRAWN);
        check("currency", "SELECT id FROM posting WHERE currency <> '" + currency.replace("'", "''") + "'");
        check("transfers", TRANSFERS);
        check("transfers_overdue", OVERDUE);
        check("top_ups", TOP_UPS);
        check("top_ups_unpaid", UNPAID);
    }

    /**
     * Adds a check while the server is put together.
     *
     * @param name short, as a label of the metric
     * @param sql a query without parameters whose every row is a violation; its columns are the example. It runs read-only,
     *     for at most five minutes
     */
    public void check(String name, String sql) {
        check(name, () -> store.rows(sql, MAX_COUNTED, AuditStore.MAX)
                .map(rows -> new Violations(
                        rows.size(),
                        rows.stream().limit(EXAMPLES).map(Map::toString).toList())));
    }

    /** As {@link #check(String, String)}, of what is not in PostgreSQL. A failure means that it could not be done. */
    public void check(String name, Supplier<Future<Violations>> check) {
        if (checks.putIfAbsent(name, check) != null) {
            throw new IllegalStateException("the check '" + name + "' has two owners");
        }
        Gauge.builder("hongyan.ledger.violations", last, all -> violations(all.get(name)))
                .description("What this check of the ledger found wrong the last time, on whichever node")
                .tag("check", name)
                .register(registry);
    }

    /** Does all checks now, one after the other. */
    public Future<List<Finding>> run() {
        long began = System.nanoTime();
        List<Finding> findings = new ArrayList<>();
        Future<Void> done = Future.succeededFuture();
        for (Map.Entry<String, Supplier<Future<Violations>>> check : checks.entrySet()) {
            done = done.compose(none -> System.nanoTime() - began > MAX_RUN.toNanos()
                            ? Future.failedFuture("the checks before it took too long")
                            : check.getValue().get())
                    .map(found -> new Finding(check.getKey(), found.count(), found.examples(), null))
                    .otherwise(failure -> Finding.failed(check.getKey(), failure))
                    .onSuccess(findings::add)
                    .mapEmpty();
        }
        return done.map(none -> List.copyOf(findings));
    }

    /** What was found the last time that each check was done, on whichever node. */
    public Future<Last> last() {
        return store.last().map(Last::new);
    }

    /** A run if one is due and no other node has taken it on; in any case what was found last. */
    Future<Void> everyMinute() {
        return store.claim(LEASE)
                .compose(mine -> mine ? runAndKeep() : Future.succeededFuture())
                .eventually(this::look);
    }

    private Future<Void> runAndKeep() {
        long began = System.nanoTime();
        return run().onSuccess(findings ->
                        findings.stream().filter(finding -> !finding.isWell()).forEach(Reconciliation::tell))
                .compose(findings -> Future.join(findings.stream()
                        .filter(finding -> finding.failure() == null)
                        .map(store::keep)
                        .toList()))
                .eventually(() -> {
                    Duration pause = Duration.ofNanos(PAUSE * (System.nanoTime() - began));
                    return store.next(pause.compareTo(EVERY) > 0 ? pause : EVERY.minusSeconds(5));
                })
                .mapEmpty();
    }

    private static void tell(Finding finding) {
        if (finding.failure() != null) {
            LOG.warn("the check '{}' of the ledger could not be done: {}", finding.check(), finding.failure());
        } else {
            LOG.error(
                    "the ledger does not add up, {}: {} violations, such as {}",
                    finding.check(),
                    finding.violations(),
                    finding.examples());
        }
    }

    private Future<Void> look() {
        return store.last()
                .onSuccess(found -> {
                    found.forEach(each -> last.put(each.name(), each));
                    lookedAt = System.nanoTime();
                })
                .<Void>mapEmpty()
                .recover(failure ->
                        failure instanceof StoreUnavailable ? Future.succeededFuture() : Future.failedFuture(failure));
    }

    private static double violations(AuditStore.Last found) {
        return found == null ? Double.NaN : found.violations();
    }

    /** Of a check that was never done it is the age of this node. */
    private double ageSeconds() {
        double sinceLook = (System.nanoTime() - lookedAt) / 1e9;
        return sinceLook
                + checks.keySet().stream()
                        .map(last::get)
                        .mapToDouble(found -> found == null ? 0 : found.ageSeconds())
                        .max()
                        .orElse(0);
    }
}
