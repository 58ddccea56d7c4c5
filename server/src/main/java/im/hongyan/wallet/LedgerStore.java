package im.hongyan.wallet;

import im.hongyan.store.Transaction;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Writes postings, and adds up what an account has sent. All methods run in the caller's transaction. */
final class LedgerStore {
    /** The constraints that fail if an account does not have enough money, or does not exist. */
    private static final Set<String> NOT_ENOUGH = Set.of("ledger_account_not_overdrawn", "posting_debit_fkey");

    /** @param oldestMs until the oldest posting is 24 hours old, in milliseconds; 0 if there is none */
    record Sent(long count, long amount, long oldestMs) {}

    private static final String POST =
            """
            SELECT ledger_post($1, $2, $3, ARRAY[$4::uuid], ARRAY[0], ARRAY[$5::uuid], ARRAY[$6::uuid],
                               ARRAY[$7::bigint], ARRAY[$8::uuid])
            """;

    private static final String SENT =
            """
            SELECT count(*) AS count, coalesce(sum(amount), 0)::bigint AS amount,
                   (extract(epoch FROM min(at) + interval '24 hours' - clock_timestamp()) * 1000)::bigint AS oldest_ms
            FROM (%s LIMIT $2) sent
            """;

    /** One branch for each kind, because each kind has a partial index of its own. */
    private static final String SENT_OF_KIND =
            """
            SELECT amount, at FROM posting
            WHERE debit = $1 AND at > now() - interval '24 hours' AND kind = '%s'
            """;

    Future<Void> post(Transaction tx, Posting posting, String currency) {
        return tx.query(
                        POST,
                        Tuple.of(
                                posting.kind().name(),
                                currency,
                                posting.kind().opens().name(),
                                posting.ref(),
                                posting.debit(),
                                posting.credit(),
                                posting.amount(),
                                posting.peer()))
                .mapEmpty();
    }

    /** Whether a posting failed because the debited account does not have enough money. */
    static boolean isNotEnough(Throwable failure) {
        return failure instanceof PgException refused && NOT_ENOUGH.contains(String.valueOf(refused.getConstraint()));
    }

    /**
     * Adds up the postings of the last 24 hours that debit an account.
     *
     * @param kinds the names of the kinds that count; at least one
     * @param limit the maximum number of postings to read
     */
    Future<Sent> sentWithinADay(Transaction tx, UUID account, List<String> kinds, int limit) {
        String branches = kinds.stream().map(SENT_OF_KIND::formatted).collect(Collectors.joining("UNION ALL\n"));
        return tx.query(SENT.formatted(branches), Tuple.of(account, limit)).map(rows -> {
            Row row = rows.iterator().next();
            Long oldest = row.getLong("oldest_ms");
            return new Sent(row.getLong("count"), row.getLong("amount"), oldest == null ? 0 : oldest);
        });
    }
}
