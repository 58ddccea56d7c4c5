package im.hongyan.store;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PostgresTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.empty();

    private final List<Postgres> opened = new ArrayList<>();

    @BeforeEach
    void table() throws Exception {
        await(stores.postgres().query("DROP TABLE IF EXISTS item"));
        await(stores.postgres().query("CREATE TABLE item (id bigint PRIMARY KEY, text text)"));
    }

    @AfterEach
    void close() throws Exception {
        for (Postgres postgres : opened) {
            await(postgres.close());
        }
    }

    @Test
    void query_arrays_bindsArrays() throws Exception {
        UUID[] ids = {UUID.randomUUID(), UUID.randomUUID()};
        String[] texts = {"大雁", "a,\"b\""};
        Long[] numbers = {1L, Long.MAX_VALUE};
        Buffer[] bytes = {Buffer.buffer("x"), Buffer.buffer(new byte[] {0, -1})};
        Row row = await(stores.postgres()
                        .query(
                                """
                                SELECT $1::uuid[] AS ids, $2::text[] AS texts, $3::bigint[] AS numbers,
                                       $4::bytea[] AS bytes,
                                       (SELECT count(*) FROM unnest($1::uuid[], $2::text[]) AS p(id, text)) AS pairs""",
                                Tuple.of(ids, texts, numbers, bytes)))
                .iterator()
                .next();
        assertThat(row.getArrayOfUUIDs("ids")).isEqualTo(ids);
        assertThat(row.getArrayOfStrings("texts")).isEqualTo(texts);
        assertThat(row.getArrayOfLongs("numbers")).isEqualTo(numbers);
        assertThat(row.getArrayOfBuffers("bytes")).isEqualTo(bytes);
        assertThat(row.getLong("pairs")).isEqualTo(2);
    }

    @Test
    void query_emptyArray_bindsEmptyArray() throws Exception {
        assertThat(number("SELECT cardinality($1::uuid[])", Tuple.of(new UUID[0])))
                .isZero();
    }

    @Test
    void query_manyAtOnce_answersAll() throws Exception {
        List<Future<RowSet<Row>>> answers = IntStream.range(0, 1_000)
                .mapToObj(i -> stores.postgres().query("SELECT $1::int * 2", Tuple.of(i)))
                .toList();
        await(Future.all(answers));
        for (int i = 0; i < answers.size(); i++) {
            assertThat(answers.get(i).result().iterator().next().getInteger(0)).isEqualTo(2 * i);
        }
    }

    @Test
    void critical_readsBusy_answersAtOnce() throws Exception {
        // One connection per pool, so that the slow statement occupies all that its pool has.
        Postgres postgres = open(new PostgresLimits(1, 1, 10, 10_000, 10_000, 15_000, 1_000));
        Future<RowSet<Row>> slow = postgres.query("SELECT pg_sleep(3)");
        await(postgres.critical("SELECT 1", Tuple.tuple()));
        await(postgres.audience("SELECT 1", Tuple.tuple()));
        await(postgres.write("SELECT 1", Tuple.tuple()));
        assertThat(slow.isComplete()).isFalse();
        await(slow);
    }

    @Test
    void query_otherConnectionFree_doesNotWaitBehindSlowStatement() throws Exception {
        Postgres postgres = open(new PostgresLimits(2, 1, 10, 10_000, 10_000, 15_000, 1_000));
        Future<RowSet<Row>> slow = postgres.query("SELECT pg_sleep(3)");
        for (int i = 0; i < 20; i++) {
            await(postgres.query("SELECT 1"));
        }
        assertThat(slow.isComplete()).isFalse();
        await(slow);
    }

    @Test
    void query_deadlinePassedWhileOthersAreAnswered_isNoOutage() throws Exception {
        Postgres postgres = open(new PostgresLimits(1, 1, 10, 5_000, 5_000, 600, 1_000));
        Future<RowSet<Row>> slow = postgres.query("SELECT pg_sleep(1)");
        // At once, because the next answer would end an outage.
        Future<Boolean> available = slow.transform((rows, failure) -> Future.succeededFuture(postgres.isAvailable()));
        while (!slow.isComplete()) {
            await(postgres.critical("SELECT pg_sleep(0.01)", Tuple.tuple()));
        }
        assertThat(slow.cause()).isInstanceOf(StoreUnavailable.class);
        assertThat(await(available)).isTrue();
    }

    @Test
    void query_anyConnection_hasTimeoutsAndUtc() throws Exception {
        String sql = "SELECT current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') || ' '"
                + " || current_setting('idle_in_transaction_session_timeout') || ' ' || current_setting('TimeZone')";
        assertThat(await(stores.postgres().query(sql)).iterator().next().getString(0))
                .isEqualTo("3s 3s 10s UTC");
        for (Future<RowSet<Row>> answer : List.of(
                stores.postgres().critical(sql, Tuple.tuple()),
                stores.postgres().audience(sql, Tuple.tuple()),
                stores.postgres().write(sql, Tuple.tuple()))) {
            assertThat(await(answer).iterator().next().getString(0)).isEqualTo("5s 3s 10s UTC");
        }
        assertThat(await(stores.postgres().transaction(tx -> tx.query(sql)))
                        .iterator()
                        .next()
                        .getString(0))
                .isEqualTo("5s 3s 10s UTC");
    }

    @Test
    void query_duplicate_failsWithSqlState() throws Exception {
        await(stores.postgres().query("INSERT INTO item VALUES (1, 'a')"));
        PgException failure = catchThrowableOfType(
                PgException.class, () -> await(stores.postgres().query("INSERT INTO item VALUES (1, 'b')")));
        assertThat(failure.getSqlState()).isEqualTo("23505");
        assertThat(stores.postgres().isAvailable()).isTrue();
    }

    @Test
    void query_slowerThanStatementTimeout_hasKnownOutcome() {
        Postgres postgres = open(new PostgresLimits(1, 1, 10, 100, 100, 5_000, 1_000));
        StoreUnavailable failure = unavailable(postgres.query("SELECT pg_sleep(3)"));
        assertThat(failure.outcomeKnown()).isTrue();
        assertThat(failure).hasMessageContaining("57014");
        assertThat(postgres.isAvailable()).isTrue();
    }

    @Test
    void query_pastDeadline_hasUnknownOutcome() {
        Postgres postgres = open(new PostgresLimits(1, 1, 10, 5_000, 100, 200, 1_000));
        StoreUnavailable failure = unavailable(postgres.query("SELECT pg_sleep(1)"));
        assertThat(failure.outcomeKnown()).isFalse();
        assertThat(failure).hasMessage("PostgreSQL did not answer in time");
    }

    @Test
    void query_serverDown_isRefusedWithKnownOutcome() {
        PostgresAddress nowhere = new PostgresAddress("127.0.0.1", 1, "u", "p", "d", "disable", Optional.empty());
        Postgres postgres = Postgres.open(stores.vertx(), nowhere, PostgresLimits.DEFAULTS);
        opened.add(postgres);
        StoreUnavailable failure = unavailable(postgres.query("SELECT 1"));
        assertThat(failure.outcomeKnown()).isTrue();
        assertThat(postgres.isAvailable()).isFalse();
        assertThat(unavailable(postgres.transaction(tx -> tx.query("SELECT 1"))).outcomeKnown())
                .isTrue();
    }

    @Test
    void query_backendTerminated_hasUnknownOutcomeAndNextCallWorks() throws Exception {
        Postgres postgres = open(new PostgresLimits(1, 1, 10, 5_000, 1_000, 6_000, 1_000));
        StoreUnavailable failure = unavailable(postgres.query("SELECT pg_terminate_backend(pg_backend_pid())"));
        assertThat(failure.outcomeKnown()).isFalse();
        await(postgres.query("SELECT 1"));
        assertThat(postgres.isAvailable()).isTrue();
    }

    @Test
    void query_queueFull_isRefusedAtOnce() throws Exception {
        Postgres postgres = open(new PostgresLimits(1, 1, 5, 5_000, 1_000, 6_000, 1_000));
        // The connection takes one statement; five more wait.
        await(postgres.query("SELECT 1"));
        List<Future<RowSet<Row>>> answers = new ArrayList<>();
        answers.add(postgres.query("SELECT pg_sleep(0.5)"));
        for (int i = 0; i < 100; i++) {
            answers.add(postgres.query("SELECT 1"));
        }
        await(Future.join(answers).otherwiseEmpty());
        List<Throwable> failures =
                answers.stream().filter(Future::failed).map(Future::cause).toList();
        assertThat(failures).hasSizeGreaterThan(80).allSatisfy(failure -> assertThat(failure)
                .isInstanceOfSatisfying(StoreUnavailable.class, refused -> assertThat(refused.outcomeKnown())
                        .isTrue())
                .hasMessage("PostgreSQL: too many calls wait for a connection"));
        assertThat(answers).filteredOn(Future::succeeded).hasSizeGreaterThanOrEqualTo(6);
    }

    @Test
    void query_readOnlyServer_isRefusedAndReconnects() throws Exception {
        Postgres postgres = open(new PostgresLimits(1, 1, 10, 5_000, 1_000, 6_000, 1_000));
        await(postgres.query("SET default_transaction_read_only = on"));
        assertThat(unavailable(postgres.query("INSERT INTO item VALUES (1, 'a')")))
                .hasMessageContaining("25006")
                .extracting(StoreUnavailable::outcomeKnown)
                .isEqualTo(true);
        // A new connection does not have the setting.
        await(postgres.query("INSERT INTO item VALUES (1, 'a')"));
    }

    @Test
    void query_cachedPlanOutdated_isRefusedOnceThenWorks() throws Exception {
        Postgres postgres = open(new PostgresLimits(1, 1, 10, 5_000, 1_000, 6_000, 1_000));
        await(postgres.query("SELECT * FROM item"));
        await(stores.postgres().query("ALTER TABLE item ADD COLUMN more int"));
        assertThat(unavailable(postgres.query("SELECT * FROM item")).outcomeKnown())
                .isTrue();
        assertThat(await(postgres.query("SELECT * FROM item")).columnsNames()).contains("more");
    }

    @Test
    void transaction_bodySucceeds_commits() throws Exception {
        String answer = await(stores.postgres().transaction(tx -> tx.query("INSERT INTO item VALUES (1, 'a')")
                .compose(done -> tx.query("INSERT INTO item VALUES ($1, $2)", Tuple.of(2L, "b")))
                .map("done")));
        assertThat(answer).isEqualTo("done");
        assertThat(items()).isEqualTo(2);
    }

    @Test
    void transaction_bodyFailsOrThrows_rollsBackAndFails() throws Exception {
        IllegalStateException failure = new IllegalStateException("no");
        assertThat(catchThrowable(
                        () -> await(stores.postgres().transaction(tx -> tx.query("INSERT INTO item VALUES (1, 'a')")
                                .compose(done -> Future.failedFuture(failure))))))
                .isSameAs(failure);
        assertThat(catchThrowable(() -> await(stores.postgres().transaction(tx -> {
                    throw failure;
                }))))
                .isSameAs(failure);
        assertThat(items()).isZero();
    }

    @Test
    void transaction_failedStatementIgnored_rollsBack() throws Exception {
        assertThat(unavailable(stores.postgres().transaction(tx -> tx.query("INSERT INTO item VALUES (1, 'a')")
                                .compose(done -> tx.query("SELECT 1/0"))
                                .otherwiseEmpty()))
                        .outcomeKnown())
                .isTrue();
        assertThat(items()).isZero();
    }

    @Test
    void transaction_bodyNeverEnds_rollsBackAtDeadlineAndFreesConnection() throws Exception {
        Postgres postgres = open(new PostgresLimits(1, 1, 10, 5_000, 1_000, 300, 1_000));
        Promise<Transaction> leaked = Promise.promise();
        StoreUnavailable failure = unavailable(postgres.transaction(
                tx -> tx.query("INSERT INTO item VALUES (1, 'a')").compose(done -> {
                    leaked.complete(tx);
                    return Promise.promise().future();
                })));
        assertThat(failure.outcomeKnown()).isTrue();
        assertThatThrownBy(() -> await(leaked.future().compose(tx -> tx.query("INSERT INTO item VALUES (2, 'b')"))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the transaction has ended");
        // The pool has only one connection.
        await(postgres.transaction(tx -> tx.query("INSERT INTO item VALUES (3, 'c')")));
        assertThat(items()).isEqualTo(1);
    }

    @Test
    void transaction_noConnectionFree_isRefusedWithoutLeak() throws Exception {
        Postgres postgres = open(new PostgresLimits(1, 1, 10, 5_000, 1_000, 400, 1_000));
        Promise<Void> release = Promise.promise();
        Future<Void> first = postgres.transaction(tx -> release.future());
        StoreUnavailable failure =
                unavailable(postgres.transaction(tx -> tx.query("INSERT INTO item VALUES (1, 'a')")));
        assertThat(failure.outcomeKnown()).isTrue();
        release.complete();
        assertThat(unavailable(first).outcomeKnown()).isTrue();
        for (int i = 0; i < 3; i++) {
            await(postgres.transaction(tx -> tx.query("SELECT 1")));
        }
        assertThat(items()).isZero();
    }

    @Test
    void transaction_rowLocked_isRefusedAfterLockTimeout() throws Exception {
        Postgres postgres = open(new PostgresLimits(1, 2, 10, 5_000, 100, 6_000, 1_000));
        await(stores.postgres().query("INSERT INTO item VALUES (1, 'a')"));
        Promise<Void> locked = Promise.promise();
        Promise<Void> release = Promise.promise();
        Future<Void> holder = postgres.transaction(
                tx -> tx.query("SELECT * FROM item FOR UPDATE").compose(rows -> {
                    locked.complete();
                    return release.future();
                }));
        await(locked.future());
        assertThat(unavailable(postgres.transaction(tx -> tx.query("UPDATE item SET text = 'b'"))))
                .hasMessageContaining("55P03")
                .extracting(StoreUnavailable::outcomeKnown)
                .isEqualTo(true);
        release.complete();
        await(holder);
    }

    @Test
    void transaction_deferredConstraint_failsAtCommitWithSqlState() throws Exception {
        await(stores.postgres()
                .query("ALTER TABLE item ADD CONSTRAINT text_once UNIQUE (text) DEFERRABLE INITIALLY DEFERRED"));
        PgException failure = catchThrowableOfType(
                PgException.class,
                () -> await(
                        stores.postgres().transaction(tx -> tx.query("INSERT INTO item VALUES (1, 'a'), (2, 'a')"))));
        assertThat(failure.getSqlState()).isEqualTo("23505");
        assertThat(items()).isZero();
    }

    private long items() throws Exception {
        return number("SELECT count(*) FROM item", Tuple.tuple());
    }

    private static long number(String sql, Tuple arguments) throws Exception {
        return await(stores.postgres().query(sql, arguments)).iterator().next().getLong(0);
    }

    private Postgres open(PostgresLimits limits) {
        Postgres postgres = Postgres.open(stores.vertx(), stores.postgresAddress(), limits);
        opened.add(postgres);
        return postgres;
    }

    private static StoreUnavailable unavailable(Future<?> call) {
        return catchThrowableOfType(StoreUnavailable.class, () -> await(call));
    }
}
