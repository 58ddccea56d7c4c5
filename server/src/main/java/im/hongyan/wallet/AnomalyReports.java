package im.hongyan.wallet;

import im.hongyan.wallet.PostingKind.Purpose;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Reports of unusual behaviour for an operator to review. A finding is not a proof of fraud. Each report is one bounded
 * query over recent postings; it runs only when an operator requests it. Features add their own reports while the
 * server is put together.
 */
public final class AnomalyReports {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int MAX_ROWS = 100;

    /** Reads a fixed number of the newest postings, so that the cost does not depend on the size of the ledger. */
    private static final String RECENT =
            """
            WITH newest AS MATERIALIZED (SELECT * FROM posting ORDER BY id DESC LIMIT 200000),
                 recent AS MATERIALIZED (SELECT * FROM newest WHERE at > now() - interval '24 hours')
            """;

    private static final String CIRCLES = RECENT
            + """
            , paid AS (SELECT peer AS payer, credit AS payee, sum(amount)::bigint AS amount, count(*) AS times
                       FROM recent WHERE kind IN (%s) AND peer <> credit GROUP BY peer, credit)
            SELECT there.payer AS one, there.payee AS other, there.amount AS there, back.amount AS back,
                   there.times + back.times AS times
            FROM paid there JOIN paid back ON back.payer = there.payee AND back.payee = there.payer
            WHERE there.payer < there.payee
            ORDER BY least(there.amount, back.amount) DESC
            """;

    private static final String BURSTS = RECENT
            + """
            , counted AS (
              SELECT credit, at, amount, count(*) OVER w AS times, sum(amount) OVER w AS amount_so_far
              FROM recent WHERE kind = 'topup'
              WINDOW w AS (PARTITION BY credit ORDER BY at
                           RANGE BETWEEN interval '10 minutes' PRECEDING AND CURRENT ROW))
            SELECT credit AS user, max(times) AS times, max(amount_so_far)::bigint AS amount, max(at) AS last
            FROM counted GROUP BY credit HAVING max(times) >= 5 ORDER BY times DESC, amount DESC
            """;

    private static final String AT_DAILY_LIMIT = RECENT
            + """
            SELECT debit AS user, sum(amount)::bigint AS sent, count(*) AS times
            FROM recent WHERE kind IN (%s)
            GROUP BY debit HAVING sum(amount) >= 0.9 * %d ORDER BY sent DESC
            """;

    /** The query is built when the report runs, after all features have registered their kinds of postings. */
    private record Report(String description, Supplier<String> sql) {}

    /**
     * The result of one report.
     *
     * @param rows at most 100 rows, the most striking first
     * @param failure why the report failed; null if it succeeded
     */
    public record Result(String name, String description, List<Map<String, Object>> rows, String failure) {}

    public record Results(List<Result> reports) {}

    private final ReconciliationStore store;
    private final Map<String, Report> reports = new LinkedHashMap<>();

    AnomalyReports(ReconciliationStore store, Ledger ledger, WalletSettings settings) {
        this.store = store;
        add(
                "circles",
                "pairs of users who paid each other within 24 hours, by the smaller of both amounts",
                () -> CIRCLES.formatted(quoted(ledger.kinds(Purpose.RECEIVE))));
        add("top_up_bursts", "users with five or more top-ups within ten minutes", () -> BURSTS);
        add(
                "at_daily_limit",
                "users who have sent at least 90% of their daily limit within 24 hours",
                () -> AT_DAILY_LIMIT.formatted(quoted(ledger.kinds(Purpose.SEND)), settings.maxDaily()));
    }

    /**
     * Adds a report while the server is put together.
     *
     * @param description what the rows are
     * @param sql a query without parameters that limits its own cost and returns the most striking rows first. It runs
     *     read-only, for at most 30 seconds
     */
    public void add(String name, String description, String sql) {
        add(name, description, () -> sql);
    }

    private void add(String name, String description, Supplier<String> sql) {
        if (reports.putIfAbsent(name, new Report(description, sql)) != null) {
            throw new IllegalStateException("the report '" + name + "' has two owners");
        }
    }

    /** Runs all reports, one after the other. */
    public Future<Results> run() {
        List<Result> results = new ArrayList<>();
        Future<Void> done = Future.succeededFuture();
        for (Map.Entry<String, Report> each : reports.entrySet()) {
            String description = each.getValue().description();
            done = done.compose(none -> store.rows(each.getValue().sql().get(), MAX_ROWS, TIMEOUT))
                    .map(rows -> new Result(each.getKey(), description, rows, null))
                    .otherwise(failure -> new Result(each.getKey(), description, List.of(), failure.toString()))
                    .onSuccess(results::add)
                    .mapEmpty();
        }
        return done.map(none -> new Results(List.copyOf(results)));
    }

    private static String quoted(List<String> names) {
        return names.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
    }
}
