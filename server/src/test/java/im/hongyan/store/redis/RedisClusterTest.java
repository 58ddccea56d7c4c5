package im.hongyan.store.redis;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import im.hongyan.store.StartFailure;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A Redis Cluster of three masters: ordering, batches, moved slots and lost masters. */
class RedisClusterTest {
    @RegisterExtension
    static final RedisClusterExtension cluster = new RedisClusterExtension();

    private static final Script ADD = Script.load(RedisClusterTest.class, "add.lua");

    @Test
    void hashSlot_matchesRedis() throws Exception {
        for (String key : List.of("123456789", "{user1000}.following", "foo{}{bar}", "foo{{bar}}zap", "{}a}", "鸿{雁}")) {
            assertThat(HashSlot.of(key))
                    .isEqualTo(cluster.node(
                                    0,
                                    Request.cmd(Command.CLUSTER).arg("KEYSLOT").arg(key))
                            .toInteger());
        }
    }

    @Test
    void send_manyFromOneThreadToOneKey_executesInOrder() throws Exception {
        List<Future<Response>> answers = IntStream.range(0, 500)
                .mapToObj(i -> cluster.redis()
                        .send(Request.cmd(Command.RPUSH).arg("list").arg(i)))
                .toList();
        await(Future.all(answers));
        assertThat(await(cluster.redis()
                                .send(Request.cmd(Command.LRANGE)
                                        .arg("list")
                                        .arg(0)
                                        .arg(-1)))
                        .stream()
                        .map(Response::toInteger))
                .containsExactlyElementsOf(IntStream.range(0, 500).boxed().toList());
    }

    @Test
    void batch_acrossMasters_answersInOrderWithOnePipelineEach() throws Exception {
        await(cluster.redis().prepare(ADD));
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            requests.add(ADD.call(List.of("sum" + i), List.of("1", Integer.toString(i))));
            requests.add(Request.cmd(Command.GET).arg("nothing" + i));
        }
        List<Response> answers = await(cluster.redis().batch(requests));
        assertThat(answers).hasSize(600);
        for (int i = 0; i < 300; i++) {
            assertThat(answers.get(2 * i).get(1)).hasToString(Integer.toString(i));
            assertThat(answers.get(2 * i + 1)).isNull();
        }
    }

    @Test
    void send_keysInSeveralSlots_failsAndNamesTheCommand() {
        assertThatThrownBy(() -> await(cluster.redis().eval(ADD, List.of("a", "b"), List.of("1", "x"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("hash tag");
    }

    @Test
    void send_slotMovingOrMoved_followsRedirection() throws Exception {
        String key = cluster.keyAt(0, "moving");
        String absent = "absent{" + key + "}";
        int slot = HashSlot.of(key);
        await(cluster.redis().send(Request.cmd(Command.SET).arg(key).arg("kept")));
        String from = cluster.id(0);
        String to = cluster.id(1);
        setSlot(1, slot, "IMPORTING", from);
        setSlot(0, slot, "MIGRATING", to);
        try {
            // ASK: keys that have left the old master are on the new one.
            assertThat(await(cluster.redis()
                                    .send(Request.cmd(Command.INCRBY)
                                            .arg(absent)
                                            .arg(5)))
                            .toInteger())
                    .isEqualTo(5);
            List<Response> mixed = await(cluster.redis()
                    .batch(List.of(
                            Request.cmd(Command.GET).arg(key),
                            Request.cmd(Command.INCR).arg(absent),
                            Request.cmd(Command.GET).arg(absent))));
            assertThat(mixed).extracting(Response::toString).containsExactly("kept", "6", "6");

            cluster.node(
                    0,
                    Request.cmd(Command.MIGRATE)
                            .arg("127.0.0.1")
                            .arg(cluster.process(1).port())
                            .arg(key)
                            .arg(0)
                            .arg(5_000)
                            .arg("AUTH")
                            .arg("cluster-pass"));
        } finally {
            setSlot(1, slot, "NODE", to);
            setSlot(0, slot, "NODE", to);
        }
        // MOVED
        assertThat(await(cluster.redis().send(Request.cmd(Command.GET).arg(key))))
                .hasToString("kept");
        // A new client knows the slot's master; a client with an old map is redirected within its batch.
        assertThat(await(cluster.redis()
                        .batch(List.of(
                                Request.cmd(Command.GET).arg(key),
                                Request.cmd(Command.GET).arg(cluster.keyAt(0, "elsewhere"))))))
                .first()
                .hasToString("kept");
    }

    @Test
    void batch_slotMoved_followsWithoutExecutingTwice() throws Exception {
        String moved = cluster.keyAt(2, "taken");
        String stays = cluster.keyAt(2, "stays");
        int slot = HashSlot.of(moved);
        Redis redis = await(cluster.open(RedisLimits.DEFAULTS));
        await(redis.send(Request.cmd(Command.SET).arg(stays).arg("1")));
        setSlot(1, slot, "IMPORTING", cluster.id(2));
        setSlot(2, slot, "MIGRATING", cluster.id(1));
        setSlot(1, slot, "NODE", cluster.id(1));
        setSlot(2, slot, "NODE", cluster.id(1));
        StoreUnavailable unanswered = catchThrowableOfType(
                StoreUnavailable.class,
                () -> await(redis.batch(List.of(
                        Request.cmd(Command.INCR).arg(stays),
                        Request.cmd(Command.INCR).arg(moved)))));
        // Either the map was refreshed meanwhile, or the first answer is lost; both requests were executed once.
        if (unanswered != null) {
            assertThat(unanswered.outcomeKnown()).isFalse();
        }
        assertThat(await(redis.batch(List.of(
                        Request.cmd(Command.GET).arg(stays),
                        Request.cmd(Command.GET).arg(moved)))))
                .extracting(Response::toInteger)
                .containsExactly(2, 1);
        await(redis.close());
    }

    @Test
    void send_masterDown_failsOnlyForItsSlotsAndReportsReconnect() throws Exception {
        Redis redis = await(cluster.open(new RedisLimits(2, 100, 500, 500)));
        Semaphore reconnected = new Semaphore(0);
        redis.onReconnected(reconnected::release);
        await(redis.prepare(ADD));
        String lost = cluster.keyAt(1, "lost");
        String there = cluster.keyAt(2, "there");
        await(redis.send(Request.cmd(Command.SET).arg(lost).arg("x")));
        cluster.process(1).kill();
        eventually(() -> {
            StoreUnavailable away = catchThrowableOfType(
                    StoreUnavailable.class,
                    () -> await(redis.send(Request.cmd(Command.GET).arg(lost))));
            return away != null && away.outcomeKnown();
        });
        long start = System.nanoTime();
        assertThatThrownBy(() -> await(redis.batch(List.of(
                        Request.cmd(Command.SET).arg(there).arg("y"),
                        Request.cmd(Command.GET).arg(lost)))))
                .isInstanceOf(StoreUnavailable.class);
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(400);
        assertThat(await(redis.send(Request.cmd(Command.GET).arg(there)))).hasToString("y");
        assertThat(redis.isAvailable()).isTrue();
        assertThat(reconnected.availablePermits()).isZero();

        cluster.restart(1);
        assertThat(reconnected.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
        eventually(() -> await(redis.batch(List.of(ADD.call(List.of(lost), List.of("1", "x")))))
                        .size()
                == 1);
        cluster.awaitAgreement();
        await(redis.close());
    }

    @Test
    void onReconnected_masterFlushed_isCalled() throws Exception {
        Redis redis = await(cluster.open(RedisLimits.DEFAULTS));
        Semaphore reconnected = new Semaphore(0);
        redis.onReconnected(reconnected::release);
        // The first flush may come before the client has written its canary.
        eventually(() -> {
            cluster.node(0, Request.cmd(Command.FLUSHALL));
            return reconnected.tryAcquire(2, TimeUnit.SECONDS);
        });
        await(redis.close());
    }

    @Test
    void open_wrongMode_failsAndSaysWhatToSet() {
        assertThatThrownBy(() ->
                        await(Redis.open(cluster.vertx(), cluster.process(0).address(), RedisLimits.DEFAULTS)))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("it is a Redis Cluster: set redis.mode=cluster");
    }

    private static void setSlot(int node, int slot, String state, String id) throws Exception {
        cluster.node(
                node,
                Request.cmd(Command.CLUSTER).arg("SETSLOT").arg(slot).arg(state).arg(id));
    }
}
