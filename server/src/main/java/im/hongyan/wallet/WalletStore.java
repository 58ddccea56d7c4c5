package im.hongyan.wallet;

import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.Transaction;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Accounts and postings as one person sees them. */
final class WalletStore {
    /** @param oldestMs until the oldest of them is a day old; 0 if there is none */
    record Sent(long count, long amount, long oldestMs) {}

    /** @param revision grows with each change, so that of two it is known which is the later */
    record Held(long balance, long revision) {}

    private static final String BALANCE = "SELECT balance, revision FROM ledger_account WHERE id = $1";

    /** Of one account ids are in the order of time: they are taken under its lock. */
    private static final String STATEMENT =
            """
            SELECT * FROM (
              (SELECT id, kind, ref, -amount AS amount, peer, at FROM posting
               WHERE debit = $1 AND id < $2 ORDER BY id DESC LIMIT $3)
              UNION ALL
              (SELECT id, kind, ref, amount, peer, at FROM posting
               WHERE credit = $1 AND id < $2 ORDER BY id DESC LIMIT $3)
            ) both_ways ORDER BY id DESC LIMIT $3
            """;

    private static final String SENT =
            """
            SELECT count(*) AS count, coalesce(sum(amount), 0)::bigint AS amount,
                   (extract(epoch FROM min(at) + interval '24 hours' - clock_timestamp()) * 1000)::bigint AS oldest_ms
            FROM (SELECT amount, at FROM posting
                  WHERE debit = $1 AND at > now() - interval '24 hours' AND kind IN ('transfer', 'envelope')
                  LIMIT $2) sent
            """;

    /** The first and the last posting: in between nothing else can be, as a node looks here before it posts. */
    private static final String OTHER_CURRENCY =
            """
            SELECT currency FROM (
              (SELECT currency FROM posting ORDER BY id LIMIT 1) UNION ALL
              (SELECT currency FROM posting ORDER BY id DESC LIMIT 1)) ends
            WHERE currency <> $1 LIMIT 1
            """;

    private final Postgres postgres;

    WalletStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /** 0 for somebody who never had anything. */
    Future<Held> balance(UserId user) {
        return postgres.query(BALANCE, Tuple.of(user.value())).map(rows -> {
            if (rows.size() == 0) {
                return new Held(0, 0);
            }
            Row row = rows.iterator().next();
            return new Held(row.getLong("balance"), row.getLong("revision"));
        });
    }

    /** @param before where the page before ended; the newest first */
    Future<List<Statement.Line>> statement(UserId user, long before, int limit) {
        return postgres.query(STATEMENT, Tuple.of(user.value(), before, limit)).map(rows -> {
            List<Statement.Line> lines = new ArrayList<>(rows.size());
            for (Row row : rows) {
                lines.add(new Statement.Line(
                        Long.toString(row.getLong("id")),
                        row.getString("kind"),
                        row.getLong("amount"),
                        Id.Text.encode(row.getUUID("ref")),
                        row.getOffsetDateTime("at").toInstant(),
                        Optional.ofNullable(row.getUUID("peer"))
                                .map(UserId::new)
                                .orElse(null)));
            }
            return lines;
        });
    }

    /** Of what left the wallet within 24 hours, at most so many postings. */
    Future<Sent> sentWithinADay(Transaction tx, UserId user, int most) {
        return tx.query(SENT, Tuple.of(user.value(), most)).map(rows -> {
            Row row = rows.iterator().next();
            Long oldest = row.getLong("oldest_ms");
            return new Sent(row.getLong("count"), row.getLong("amount"), oldest == null ? 0 : oldest);
        });
    }

    Future<Optional<String>> otherCurrency(String currency) {
        return postgres.query(OTHER_CURRENCY, Tuple.of(currency))
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(rows.iterator().next().getString("currency")));
    }
}
