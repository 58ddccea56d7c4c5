package im.hongyan.wallet;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresLimits;
import im.hongyan.store.StoresExtension;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Requests read few pages of tables and indexes, also in a large ledger. */
class WalletPlansTest {
    /** User 1 has 100,000 postings, of which 1,000 are recent; the other users have few. */
    private static final String LOAD =
            """
            DO $load$
            BEGIN
              CREATE FUNCTION u(i int) RETURNS uuid LANGUAGE sql AS
                $$ SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid $$;
              CREATE FUNCTION t(i int) RETURNS uuid LANGUAGE sql AS
                $$ SELECT ('00000000-0001-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid $$;
              INSERT INTO ledger_account (id, kind, balance)
              SELECT u(i), 'wallet', 1000000 FROM generate_series(1, 5000) i;
              INSERT INTO ledger_account (id, kind) SELECT t(i), 'transfer' FROM generate_series(1, 100000) i;
              INSERT INTO posting (kind, ref, debit, credit, amount, currency, peer, at)
              SELECT 'transfer', t(i), u(1), t(i), 1, 'points', u(2 + i % 4999),
                     now() - CASE WHEN i <= 99000 THEN interval '3 days' ELSE interval '1 hour' END
              FROM generate_series(1, 100000) i;
              INSERT INTO posting (kind, ref, debit, credit, amount, currency, peer, at)
              SELECT 'transfer_accept', t(i), t(i), u(2 + i % 4999), 1, 'points', u(1), now() - interval '1 hour'
              FROM generate_series(1, 100000) i;
              INSERT INTO transfer (id, conversation, sender, recipient, client_id, amount, state, expires_at)
              SELECT t(i), u(1), CASE WHEN i % 2 = 1 THEN u(1) ELSE u(2 + i * 7 % 4999) END, u(2 + i % 4999),
                     'c' || i, 1, CASE WHEN i % 1000 = 0 THEN 'pending' ELSE 'accepted' END,
                     now() - make_interval(secs => i)
              FROM generate_series(1, 100000) i;
              INSERT INTO top_up (id, user_id, key, amount, provider, state, next_at, at)
              SELECT t(i), u(1 + i % 5000), 'k' || i, 1, 'test',
                     CASE WHEN i % 1000 = 0 THEN 'pending' ELSE 'credited' END, now(), now() - interval '3 days'
              FROM generate_series(1, 50000) i;
            END $load$
            """;

    private static final String PAGES =
            """
            SELECT sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0))::bigint AS pages
            FROM pg_statio_user_tables
            """;

    @RegisterExtension
    static final StoresExtension stores = WalletNode.stores();

    private static Postgres postgres;

    @BeforeAll
    static void load() throws Exception {
        String database = await(stores.postgres().query("SELECT current_database() AS name"))
                .iterator()
                .next()
                .getString("name");
        await(stores.postgres().query("ALTER DATABASE \"" + database + "\" SET plan_cache_mode = force_generic_plan"));
        // One connection, so that the statistics of one statement are flushed before the next.
        postgres = stores.postgres().withLimits(new PostgresLimits(1, 1, 1_000, 60_000, 5_000, 65_000, 3_000));
        postgres.query(LOAD).await(60, TimeUnit.SECONDS);
        await(postgres.query("VACUUM ANALYZE"));
    }

    @AfterAll
    static void close() throws Exception {
        await(postgres.close());
    }

    @Test
    void statement() throws Exception {
        WalletStore store = new WalletStore(postgres);
        assertThat(pages(() -> store.balance(user(1)))).isLessThan(10);
        assertThat(pages(() -> store.statement(user(1), Long.MAX_VALUE, 51))).isLessThan(200);
        assertThat(pages(() -> store.statement(user(1), 50_000, 51))).isLessThan(200);
        assertThat(pages(() -> store.statement(user(7), Long.MAX_VALUE, 51))).isLessThan(200);
        assertThat(pages(() -> store.otherCurrency("points"))).isLessThan(20);
    }

    /** The newest half of the ledger is of other users, and PostgreSQL knows that every fourth posting is of user 1. */
    @Test
    void statement_customPlan_readsNoPostingsOfOthers() throws Exception {
        await(postgres.query("SET plan_cache_mode = force_custom_plan"));
        try {
            assertThat(pages(() -> new WalletStore(postgres).statement(user(1), Long.MAX_VALUE, 51)))
                    .isLessThan(200);
        } finally {
            await(postgres.query("RESET plan_cache_mode"));
        }
    }

    @Test
    void dailyLimit() throws Exception {
        LedgerStore store = new LedgerStore();
        assertThat(pages(() -> postgres.transaction(tx ->
                        store.sentWithinADay(tx, user(1).value(), List.of("transfer"), DailyLimit.MAX_POSTINGS + 1))))
                .as("a thousand of a hundred thousand")
                .isLessThan(200);
    }

    @Test
    void transfers() throws Exception {
        TransferStore store = new TransferStore(postgres);
        assertThat(pages(() -> store.list(user(1), null, 51))).isLessThan(300);
        assertThat(pages(() -> store.list(user(7), null, 51))).isLessThan(300);
        assertThat(pages(() -> store.find(new TransferId(id(1, 5_000))))).isLessThan(20);
        assertThat(pages(() -> store.find(new ConversationId(id(0, 1)), user(1), "c7")))
                .isLessThan(20);
        assertThat(pages(() -> store.due(null, 100))).isLessThan(400);
        assertThat(pages(() -> store.pendingTo(user(7), null, 100))).isLessThan(400);
    }

    @Test
    void topUps() throws Exception {
        TopUpStore store = new TopUpStore(postgres, ledger());
        TopUpStore.Stored wanted = new TopUpStore.Stored(
                new TopUpId(id(2, 1)), user(1), "new", 5, "test", TopUpStore.State.PENDING, 0, null);
        assertThat(pages(() -> store.begin(wanted, 100, Duration.ofSeconds(30))))
                .isLessThan(100);
        assertThat(pages(() -> store.claimDue("test", Duration.ofSeconds(30), 20)))
                .isLessThan(1_000);
    }

    @Test
    void posting() throws Exception {
        Ledger ledger = ledger();
        Posting posting = new Posting(WalletKinds.TRANSFER, id(3, 1), id(0, 1), id(3, 1), 5, id(0, 2));
        assertThat(pages(() -> postgres.transaction(tx -> ledger.post(tx, posting))))
                .as("the daily limit is checked, too")
                .isLessThan(250);
    }

    private static Ledger ledger() {
        Ledger ledger = new Ledger(new LedgerStore(), "points", WalletNode.MAX_DAILY, new SimpleMeterRegistry());
        WalletKinds.register(ledger);
        return ledger;
    }

    private static long pages(Supplier<Future<?>> asking) throws Exception {
        long before = pages();
        await(asking.get());
        return pages() - before;
    }

    private static long pages() throws Exception {
        await(postgres.query("SELECT pg_stat_force_next_flush()"));
        await(postgres.write("SELECT pg_stat_force_next_flush()", io.vertx.sqlclient.Tuple.tuple()));
        await(postgres.transaction(tx -> tx.query("SELECT pg_stat_force_next_flush()")));
        return await(postgres.query(PAGES)).iterator().next().getLong("pages");
    }

    private static UserId user(int i) {
        return new UserId(id(0, i));
    }

    private static UUID id(long kind, long i) {
        return new UUID(kind << 16 | 0x7000L, 0x8000_0000_0000_0000L | i);
    }
}
