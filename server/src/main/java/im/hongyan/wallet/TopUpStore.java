package im.hongyan.wallet;

import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.Transaction;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The table {@code top_up}. */
final class TopUpStore {
    enum State {
        PENDING,
        CREDITED,
        DECLINED
    }

    /**
     * @param provider the only provider that is asked to pay it
     * @param balance of the wallet right after the credit
     * @param settledAt null while the top-up is pending
     */
    record Stored(
            TopUpId id,
            UserId user,
            String key,
            long amount,
            String provider,
            State state,
            long balance,
            Instant settledAt) {}

    /** @param fresh false if an earlier call credited the top-up */
    record Credit(Stored topUp, boolean fresh) {}

    /** The number of {@code world} accounts. The migration creates them with ids that {@link Id#next} never returns. */
    private static final int WORLD_ACCOUNTS = 16;

    /** Serializes the top-ups of one user, so that concurrent ones are counted. */
    private static final String LOCK_USER = "SELECT pg_advisory_xact_lock(hashtextextended('top_up ' || $1::text, 0))";

    private static final String INSERT =
            """
            INSERT INTO top_up (id, user_id, key, amount, provider, next_at)
            VALUES ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6))
            ON CONFLICT (user_id, key) DO NOTHING
            """;

    private static final String FIND =
            """
            SELECT t.*, (SELECT count(*) FROM (SELECT 1 FROM top_up d
                         WHERE d.user_id = $1 AND d.at > now() - interval '24 hours' LIMIT $3) today) AS today
            FROM top_up t WHERE user_id = $1 AND key = $2
            """;

    private static final String LOCK = "SELECT * FROM top_up WHERE id = $1 FOR NO KEY UPDATE";

    private static final String CREDITED =
            """
            UPDATE top_up SET state = 'credited', receipt = $2, settled_at = clock_timestamp(),
                              balance = (SELECT balance FROM ledger_account a WHERE a.id = user_id)
            WHERE id = $1 RETURNING *
            """;

    private static final String DECLINED =
            "UPDATE top_up SET state = 'declined', settled_at = clock_timestamp() WHERE id = $1 AND state = 'pending'";

    private static final String CLAIM_DUE =
            """
            UPDATE top_up SET tries = tries + 1,
                              next_at = clock_timestamp()
                                        + least(make_interval(secs => $2) * 2 ^ least(tries, 12), interval '1 hour')
            WHERE id IN (SELECT id FROM top_up WHERE state = 'pending' AND provider = $1 AND next_at <= now()
                         ORDER BY next_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED)
            RETURNING *
            """;

    private final Postgres postgres;
    private final Ledger ledger;

    TopUpStore(Postgres postgres, Ledger ledger) {
        this.postgres = postgres;
        this.ledger = ledger;
    }

    /**
     * Stores a pending top-up, or returns the one that has its key.
     *
     * @param maxToday the maximum number of top-ups of one user within 24 hours
     * @param lease how long {@link #claimDue} leaves the top-up to the caller
     */
    Future<Stored> begin(Stored wanted, int maxToday, Duration lease) {
        return postgres.transaction(tx -> tx.query(
                        LOCK_USER, Tuple.of(wanted.user().text()))
                .compose(locked -> tx.query(
                        INSERT,
                        Tuple.of(
                                wanted.id().value(),
                                wanted.user().value(),
                                wanted.key(),
                                wanted.amount(),
                                wanted.provider(),
                                (double) lease.toSeconds())))
                .compose(inserted -> tx.query(FIND, Tuple.of(wanted.user().value(), wanted.key(), maxToday + 1))
                        .map(rows -> {
                            Row row = rows.iterator().next();
                            if (inserted.rowCount() == 1 && row.getLong("today") > maxToday) {
                                throw Rejection.limited(
                                        "wallet.top_ups_limited",
                                        "too many top-ups within 24 hours",
                                        Duration.ofHours(1).toMillis());
                            }
                            return stored(row);
                        })));
    }

    /** Credits a paid top-up to the user's wallet. Idempotent. */
    Future<Credit> credit(TopUpId topUp, String receipt) {
        return postgres.transaction(tx -> lock(tx, topUp).compose(found -> {
            if (found.state() == State.CREDITED) {
                return Future.succeededFuture(new Credit(found, false));
            }
            Posting posting = new Posting(
                    WalletKinds.TOP_UP,
                    topUp.value(),
                    world(found),
                    found.user().value(),
                    found.amount(),
                    null);
            return ledger.post(tx, posting)
                    .compose(none -> tx.query(CREDITED, Tuple.of(topUp.value(), receipt)))
                    .map(rows -> new Credit(stored(rows.iterator().next()), true));
        }));
    }

    Future<Void> decline(TopUpId topUp) {
        return postgres.write(DECLINED, Tuple.of(topUp.value())).mapEmpty();
    }

    /** Claims pending top-ups that are due. The next attempt is scheduled with exponential backoff. */
    Future<List<Stored>> claimDue(String provider, Duration firstDelay, int limit) {
        return postgres.write(CLAIM_DUE, Tuple.of(provider, (double) firstDelay.toSeconds(), limit))
                .map(rows -> {
                    List<Stored> due = new ArrayList<>();
                    rows.forEach(row -> due.add(stored(row)));
                    return due;
                });
    }

    private static Future<Stored> lock(Transaction tx, TopUpId topUp) {
        return tx.query(LOCK, Tuple.of(topUp.value()))
                .map(rows -> stored(rows.iterator().next()));
    }

    /** The account that the money comes from. Several exist, so that top-ups do not all lock the same row. */
    private static UUID world(Stored topUp) {
        return new UUID(
                0x8000L, 0x8000_0000_0000_0000L | Math.floorMod(topUp.key().hashCode(), WORLD_ACCOUNTS));
    }

    private static Stored stored(Row row) {
        return new Stored(
                new TopUpId(row.getUUID("id")),
                new UserId(row.getUUID("user_id")),
                row.getString("key"),
                row.getLong("amount"),
                row.getString("provider"),
                State.valueOf(row.getString("state").toUpperCase(java.util.Locale.ROOT)),
                Optional.ofNullable(row.getLong("balance")).orElse(0L),
                Optional.ofNullable(row.getOffsetDateTime("settled_at"))
                        .map(OffsetDateTime::toInstant)
                        .orElse(null));
    }
}
