package im.hongyan.wallet;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What money does that a person should look at: none of it is wrong by itself. Each pattern is one bounded query over what
 * happened last, asked for by an admin and never by itself. Features add their own while the server is put together.
 */
public final class AnomalyReports {
    private static final Duration MAX = Duration.ofSeconds(30);
    private static final int MAX_ROWS = 100;

    /** The newest postings, and of those the ones of a day: a scan backwards that ends, however large the ledger is. */
    private static final String RECENT =
            """
            WITH newest AS MATERIALIZED (SELECT * FROM posting ORDER BY id DESC LIMIT 200000),
                 recent AS MATERIALIZED (SELECT * FROM newest WHERE at > now() - interval '24 hours')
            """;

    private static final String CIRCLES = RECENT
            + """
            , paid AS (SELECT peer AS payer, credit AS payee, sum(amount)::bigint AS amount, count(*) AS times FROM recent
                       WHERE kind IN ('transfer_accept', 'envelope_claim') AND peer <> credit GROUP BY peer, credit)
            SELECT there.payer AS one, there.payee AS other, there.amount AS there, back.amount AS back,
                   there.times + back.times AS times
            FROM paid there JOIN paid back ON back.payer = there.payee AND back.payee = there.payer
            WHERE there.payer < there.payee
            ORDER BY least(there.amount, back.amount) DESC
            """;

    private static final String BURSTS = RECENT
            + """
            , counted AS (SELECT credit, at, amount, count(*) OVER w AS times, sum(amount) OVER w AS amount_so_far
                          FROM recent WHERE kind = 'topup'
                          WINDOW w AS (PARTITION BY credit ORDER BY at RANGE BETWEEN interval '10 minutes' PRECEDING AND CURRENT ROW))
            SELECT credit AS user, max(times) AS times, max(amount_so_far)::bigint AS amount, max(at) AS last
            FROM counted GROUP BY credit HAVING max(times) >= 5 ORDER BY times DESC, amount DESC
            """;

    private static final String AT_THEIR_LIMIT = RECENT
            + """
            SELECT debit AS user, sum(amount)::bigint AS sent, count(*) AS times
            FROM recent WHERE kind IN ('transfer', 'envelope')
            GROUP BY debit HAVING sum(amount) >= 0.9 * %d ORDER BY sent DESC
            """;

    private record Pattern(String about, String sql) {}

    /**
     * @param found at most a hundred rows, the most striking first
     * @param failure why it could not be looked for; null if it was
     */
    public record Found(String pattern, String about, List<Map<String, Object>> found, String failure) {}

    public record All(List<Found> patterns) {}

    private final AuditStore store;
    private final Map<String, Pattern> patterns = new LinkedHashMap<>();

    AnomalyReports(AuditStore store, WalletSettings settings) {
        this.store = store;
        pattern("circles", "pairs who paid each other within 24 hours, by what went both ways", CIRCLES);
        pattern("top_up_bursts", "people with five top-ups or more within ten minutes", BURSTS);
        pattern(
                "at_daily_limit",
                "people who have sent nine tenths of what they may within 24 hours",
                AT_THEIR_LIMIT.formatted(settings.maxDaily()));
    }

    /**
     * Adds a pattern while the server is put together.
     *
     * @param about who is found
     * @param sql a query without parameters, bounded by itself, the most striking rows first. It runs read-only, for at most 30
     *     seconds
     */
    public void pattern(String name, String about, String sql) {
        if (patterns.putIfAbsent(name, new Pattern(about, sql)) != null) {
            throw new IllegalStateException("the pattern '" + name + "' has two owners");
        }
    }

    /** All of them, one after the other. */
    public Future<All> find() {
        List<Found> all = new ArrayList<>();
        Future<Void> done = Future.succeededFuture();
        for (Map.Entry<String, Pattern> each : patterns.entrySet()) {
            String about = each.getValue().about();
            done = done.compose(none -> store.rows(each.getValue().sql(), MAX_ROWS, MAX))
                    .map(rows -> new Found(each.getKey(), about, rows, null))
                    .otherwise(failure -> new Found(each.getKey(), about, List.of(), failure.toString()))
                    .onSuccess(all::add)
                    .mapEmpty();
        }
        return done.map(none -> new All(List.copyOf(all)));
    }
}
