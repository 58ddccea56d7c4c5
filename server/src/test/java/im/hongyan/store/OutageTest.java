package im.hongyan.store;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import im.hongyan.local.stores.DataFolder;
import im.hongyan.local.stores.EmbeddedPostgres;
import im.hongyan.local.stores.EmbeddedRedis;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.RedisLimits;
import im.hongyan.store.redis.Script;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL and Redis stop, are killed or freeze while they are in use. */
class OutageTest {
    private static final PostgresLimits POSTGRES = new PostgresLimits(2, 2, 50, 400, 200, 500, 500);

    private static final RedisLimits REDIS = new RedisLimits(2, 50, 300, 300);
    private static final Script ADD = Script.load(OutageTest.class, "redis/add.lua");
    private static final Request PING = Request.cmd(Command.PING);

    @TempDir
    Path directory;

    private Vertx vertx;
    private DataFolder folder;

    @BeforeEach
    void open() {
        vertx = Vertx.vertx();
        folder = DataFolder.open(directory);
    }

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
        folder.close();
    }

    @Test
    void postgres_frozen_callsFailByDeadlineThenRecover() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.start(folder, StoresExtension.runtime(), List.of())) {
            Postgres postgres = Postgres.open(vertx, server.address(), POSTGRES);
            await(postgres.query("CREATE TABLE item (id int)"));
            Processes.freeze(server.pid());
            try {
                long start = System.nanoTime();
                List<Future<RowSet<Row>>> calls = new ArrayList<>();
                for (int i = 0; i < 2_000; i++) {
                    calls.add(postgres.query("INSERT INTO item VALUES (1)"));
                    calls.add(postgres.transaction(tx -> tx.query("INSERT INTO item VALUES (2)")));
                }
                await(Future.join(calls).otherwiseEmpty());
                assertThat(millisSince(start)).isLessThan(3_000);
                assertThat(calls).allSatisfy(call -> assertThat(call.cause()).isInstanceOf(StoreUnavailable.class));
                assertThat(calls).anyMatch(call -> !((StoreUnavailable) call.cause()).outcomeKnown());
                assertThat(postgres.isAvailable()).isFalse();
            } finally {
                Processes.thaw(server.pid());
            }
            eventually(() -> postgres.query("SELECT 1"));
            eventually(() -> postgres.transaction(tx -> tx.query("SELECT 1")));
            assertThat(postgres.isAvailable()).isTrue();
            await(postgres.close());
        }
    }

    @Test
    void postgres_connectionsDieSilently_areReplaced() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.start(folder, StoresExtension.runtime(), List.of())) {
            Postgres postgres = Postgres.open(vertx, server.address(), POSTGRES);
            for (int i = 0; i < 4; i++) {
                await(Future.all(postgres.query("SELECT 1"), postgres.transaction(tx -> tx.query("SELECT 1"))));
            }
            Processes.freezeChildren(server.pid());
            try {
                assertThat(unavailable(postgres.query("SELECT 1")).outcomeKnown())
                        .isFalse();
                eventually(() -> postgres.query("SELECT 1"));
                eventually(() -> postgres.transaction(tx -> tx.query("SELECT 1")));
            } finally {
                Processes.thaw(server.pid());
            }
            await(postgres.close());
        }
    }

    @Test
    void postgres_stoppedAndStarted_callsFailThenRecover() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.start(folder, StoresExtension.runtime(), List.of())) {
            Postgres postgres = Postgres.open(vertx, server.address(), POSTGRES);
            await(postgres.query("SELECT 1"));
            server.stop();
            assertThat(unavailable(postgres.query("SELECT 1"))).isNotNull();
            assertThat(unavailable(postgres.query("SELECT 1")).outcomeKnown()).isTrue();
            server.start();
            await(postgres.query("SELECT 1"));
            await(postgres.close());
        }
    }

    @Test
    void postgres_killed_restartsOnSamePortWithData() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.start(folder, StoresExtension.runtime(), List.of())) {
            PostgresAddress address = server.address();
            Postgres postgres = Postgres.open(vertx, address, POSTGRES);
            await(postgres.query("CREATE TABLE item AS SELECT 7 AS id"));
            Processes.kill(server.pid());
            RowSet<Row> rows = eventually(() -> postgres.query("SELECT id FROM item"));
            assertThat(rows.iterator().next().getInteger(0)).isEqualTo(7);
            assertThat(server.address()).isEqualTo(address);
            await(postgres.close());
        }
    }

    @Test
    void redis_killed_callsFailAtOnceThenRecoverWithScriptsAndOneNotice() throws Exception {
        try (EmbeddedRedis server = EmbeddedRedis.start(folder, StoresExtension.runtime())) {
            Redis redis = await(Redis.open(vertx, server.address(), REDIS));
            Semaphore reconnected = new Semaphore(0);
            redis.onReconnected(reconnected::release);
            await(redis.prepare(ADD));
            await(redis.send(Request.cmd(Command.SET).arg("k").arg("v")));
            Processes.kill(server.pid());
            eventuallyAway(redis);
            long start = System.nanoTime();
            assertThat(unavailable(redis.send(PING)).outcomeKnown()).isTrue();
            assertThat(millisSince(start)).isLessThan(100);

            assertThat(reconnected.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
            assertThat(await(redis.send(Request.cmd(Command.GET).arg("k")))).isNull();
            assertThat(await(redis.batch(List.of(ADD.call(List.of("n"), List.of("1", "x"))))))
                    .hasSize(1);
            // The second connection also reconnects, without a second notice.
            Thread.sleep(500);
            assertThat(reconnected.availablePermits()).isZero();
            await(redis.close());
        }
    }

    @Test
    void redis_restartedWithoutScripts_evalReloadsThem() throws Exception {
        try (EmbeddedRedis server = EmbeddedRedis.start(folder, StoresExtension.runtime())) {
            Redis redis = await(Redis.open(vertx, server.address(), REDIS));
            await(redis.eval(ADD, List.of("n"), List.of("1", "x")));
            server.stop();
            server.start();
            assertThat(eventually(() -> redis.eval(ADD, List.of("n"), List.of("1", "x")))
                            .get(0)
                            .toInteger())
                    .isEqualTo(1);
            await(redis.close());
        }
    }

    @Test
    void redis_frozen_callsFailByDeadlineThenAtOnceThenRecover() throws Exception {
        try (EmbeddedRedis server = EmbeddedRedis.start(folder, StoresExtension.runtime())) {
            Redis redis = await(Redis.open(vertx, server.address(), REDIS));
            await(redis.send(PING));
            Processes.freeze(server.pid());
            try {
                long start = System.nanoTime();
                assertThat(unavailable(redis.send(PING)).outcomeKnown()).isFalse();
                assertThat(millisSince(start)).isBetween(250L, 1_000L);
                eventuallyAway(redis);
                long second = System.nanoTime();
                assertThat(unavailable(redis.send(PING)).outcomeKnown()).isTrue();
                assertThat(millisSince(second)).isLessThan(100);
            } finally {
                Processes.thaw(server.pid());
            }
            eventually(() -> redis.send(PING));
            await(redis.close());
        }
    }

    private static void eventuallyAway(Redis redis) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (redis.isAvailable()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(10);
        }
    }

    /** Repeats a call until it succeeds; each failure before must be an outage. */
    private static <T> T eventually(Supplier<Future<T>> call) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (true) {
            try {
                return await(call.get());
            } catch (StoreUnavailable away) {
                assertThat(System.nanoTime()).isLessThan(end);
                Thread.sleep(50);
            }
        }
    }

    private static long millisSince(long start) {
        return (System.nanoTime() - start) / 1_000_000;
    }

    private static StoreUnavailable unavailable(Future<?> call) {
        return catchThrowableOfType(StoreUnavailable.class, () -> await(call));
    }
}
