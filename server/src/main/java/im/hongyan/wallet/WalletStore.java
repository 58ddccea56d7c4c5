package im.hongyan.wallet;

import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the accounts and postings of one user. */
final class WalletStore {
    /** @param revision grows with each change, so that a reader can tell which of two balances is newer */
    record Held(long balance, long revision) {}

    private static final String BALANCE = "SELECT balance, revision FROM ledger_account WHERE id = $1";

    /**
     * The ids of an account's postings are in chronological order, because they are assigned under its lock.
     *
     * <p>The conditions are ranges of the index on account and id. With {@code debit = $1 ORDER BY id}, PostgreSQL may
     * read the whole ledger in id order to find the postings of a busy account.
     */
    private static final String STATEMENT =
            """
            SELECT * FROM (
              (SELECT id, kind, ref, -amount AS amount, peer, at FROM posting
               WHERE (debit, id) >= ($1, 0) AND (debit, id) < ($1, $2) ORDER BY debit DESC, id DESC LIMIT $3)
              UNION ALL
              (SELECT id, kind, ref, amount, peer, at FROM posting
               WHERE (credit, id) >= ($1, 0) AND (credit, id) < ($1, $2) ORDER BY credit DESC, id DESC LIMIT $3)
            ) both_ways ORDER BY id DESC LIMIT $3
            """;

    /** The first and the last posting are enough, because each node checks them before it starts to post. */
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

    /** The balance is 0 if the user has no account yet. */
    Future<Held> balance(UserId user) {
        return postgres.query(BALANCE, Tuple.of(user.value())).map(rows -> {
            if (rows.size() == 0) {
                return new Held(0, 0);
            }
            Row row = rows.iterator().next();
            return new Held(row.getLong("balance"), row.getLong("revision"));
        });
    }

    /**
     * A page of postings, the newest first.
     *
     * @param before the last posting of the previous page
     */
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

    /** The currency of existing postings if it differs from this one. */
    Future<Optional<String>> otherCurrency(String currency) {
        return postgres.query(OTHER_CURRENCY, Tuple.of(currency))
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(rows.iterator().next().getString("currency")));
    }
}
