package im.hongyan.store.redis;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import im.hongyan.store.StartFailure;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.empty();

    private static final Script ADD = Script.load(RedisTest.class, "add.lua");

    @BeforeEach
    void empty() throws Exception {
        await(stores.redis().send(Request.cmd(Command.FLUSHALL)));
        await(stores.redis().send(Request.cmd(Command.SCRIPT).arg("FLUSH")));
    }

    @Test
    void send_manyFromOneThread_executesInOrder() throws Exception {
        List<Future<Response>> answers = IntStream.range(0, 500)
                .mapToObj(i -> stores.redis()
                        .send(Request.cmd(Command.RPUSH).arg("list").arg(i)))
                .toList();
        await(Future.all(answers));
        Response list = await(stores.redis()
                .send(Request.cmd(Command.LRANGE).arg("list").arg(0).arg(-1)));
        assertThat(list.stream().map(Response::toInteger))
                .containsExactlyElementsOf(IntStream.range(0, 500).boxed().toList());
    }

    @Test
    void send_wrongType_failsWithRedisError() throws Exception {
        await(stores.redis().send(Request.cmd(Command.SET).arg("text").arg("x")));
        assertThat(catchThrowable(() ->
                        await(stores.redis().send(Request.cmd(Command.INCR).arg("text")))))
                .isNotInstanceOf(StoreUnavailable.class)
                .hasMessageContaining("not an integer");
    }

    @Test
    void eval_unknownScript_sendsSourceOnceThenHash() throws Exception {
        for (int i = 1; i <= 3; i++) {
            Response answer = await(stores.redis().eval(ADD, List.of("sum"), List.of("2", "鸿")));
            assertThat(answer.get(0).toInteger()).isEqualTo(2 * i);
            assertThat(answer.get(1)).hasToString("鸿");
        }
        String statistics = await(stores.redis().send(Request.cmd(Command.INFO).arg("commandstats")))
                .toString();
        assertThat(statistics).containsPattern("cmdstat_eval:calls=\\d+");
        assertThat(await(stores.redis().send(ADD.call(List.of("sum"), List.of("1", "x"))))
                        .get(0)
                        .toInteger())
                .isEqualTo(7);
    }

    @Test
    void batch_preparedScripts_answersInOrder() throws Exception {
        await(stores.redis().prepare(ADD));
        List<Response> answers = await(stores.redis()
                .batch(IntStream.range(0, 600)
                        .mapToObj(i -> ADD.call(List.of("sum"), List.of("1", Integer.toString(i))))
                        .toList()));
        assertThat(answers).hasSize(600);
        for (int i = 0; i < 600; i++) {
            assertThat(answers.get(i).get(0).toInteger()).isEqualTo(i + 1);
            assertThat(answers.get(i).get(1)).hasToString(Integer.toString(i));
        }
    }

    @Test
    void batch_scriptsFlushed_laterOnesSucceed() throws Exception {
        await(stores.redis().prepare(ADD));
        List<Request> requests = List.of(ADD.call(List.of("sum"), List.of("1", "x")));
        await(stores.redis().send(Request.cmd(Command.SCRIPT).arg("FLUSH")));

        assertThat(catchThrowable(() -> await(stores.redis().batch(requests)))).hasMessageContaining("NOSCRIPT");
        eventually(() -> await(stores.redis().batch(requests).map(true).otherwise(false)));
    }

    @Test
    void batch_oneRejected_executesTheOthers() throws Exception {
        List<Request> requests = List.of(
                Request.cmd(Command.SET).arg("a").arg("x"),
                Request.cmd(Command.INCR).arg("a"),
                Request.cmd(Command.SET).arg("b").arg("y"));
        assertThat(catchThrowable(() -> await(stores.redis().batch(requests)))).hasMessageContaining("not an integer");
        assertThat(await(stores.redis().send(Request.cmd(Command.GET).arg("b"))))
                .hasToString("y");
    }

    @Test
    void send_slowerThanDeadline_hasUnknownOutcome() {
        assertThat(unavailable(stores.redis()
                                .send(Request.cmd(Command.BLPOP).arg("nothing").arg("1.5")))
                        .outcomeKnown())
                .isFalse();
    }

    @Test
    void send_queueFull_isRefused() throws Exception {
        Redis redis = await(Redis.open(stores.vertx(), stores.redisAddress(), new RedisLimits(1, 10, 1_000, 1_000)));
        List<Future<Response>> answers = IntStream.range(0, 20_000)
                .mapToObj(i -> redis.send(Request.cmd(Command.SET).arg("k").arg(i)))
                .toList();
        await(Future.join(answers).otherwiseEmpty());
        assertThat(answers).filteredOn(Future::succeeded).hasSizeGreaterThanOrEqualTo(10);
        assertThat(answers).filteredOn(Future::failed).isNotEmpty().allSatisfy(answer -> assertThat(answer.cause())
                .isInstanceOfSatisfying(StoreUnavailable.class, refused -> assertThat(refused.outcomeKnown())
                        .isTrue()));
        await(redis.close());
    }

    @Test
    void open_serverDown_succeedsAndCallsFailAtOnce() throws Exception {
        RedisAddress nowhere =
                new RedisAddress("127.0.0.1", 1, Optional.empty(), Optional.empty(), 0, false, Optional.empty());
        Redis redis = await(Redis.open(stores.vertx(), nowhere, RedisLimits.DEFAULTS));
        assertThat(redis.isAvailable()).isFalse();
        assertThat(unavailable(redis.send(Request.cmd(Command.PING))).outcomeKnown())
                .isTrue();
        assertThat(unavailable(redis.batch(List.of(Request.cmd(Command.PING)))).outcomeKnown())
                .isTrue();
        await(redis.close());
    }

    @Test
    void eval_masterDemoted_isUnavailableUntilPromotedAgain() throws Exception {
        Redis redis = await(Redis.open(stores.vertx(), stores.redisAddress(), RedisLimits.DEFAULTS));
        await(redis.prepare(ADD));
        io.vertx.redis.client.Redis operator = io.vertx.redis.client.Redis.createClient(
                stores.vertx(), RedisClients.options(stores.redisAddress(), RedisLimits.DEFAULTS));
        await(operator.send(Request.cmd(Command.REPLICAOF).arg("127.0.0.1").arg("1")));
        try {
            assertThat(unavailable(redis.eval(ADD, List.of("sum"), List.of("2", "鸿")))
                            .outcomeKnown())
                    .isTrue();
            assertThat(unavailable(redis.batch(List.of(ADD.call(List.of("sum"), List.of("2", "鸿"))))))
                    .isNotNull();
            eventually(() -> !redis.isAvailable());
        } finally {
            await(operator.send(Request.cmd(Command.REPLICAOF).arg("NO").arg("ONE")));
        }
        eventually(redis::isAvailable);
        await(redis.eval(ADD, List.of("sum"), List.of("2", "鸿")));
        eventually(stores.redis()::isAvailable);
        await(operator.close());
        await(redis.close());
    }

    @Test
    void open_wrongPassword_failsWithMessage() {
        RedisAddress right = stores.redisAddress();
        RedisAddress wrong = new RedisAddress(
                right.host(), right.port(), right.user(), Optional.of("hunter2"), 0, false, Optional.empty());
        assertThatThrownBy(() -> await(Redis.open(stores.vertx(), wrong, RedisLimits.DEFAULTS)))
                .isInstanceOf(StartFailure.class)
                .hasMessageStartingWith(
                        "Redis at redis://127.0.0.1:" + right.port() + "/0 refuses the connection: WRONGPASS")
                .hasMessageNotContaining("hunter2");
    }

    private static StoreUnavailable unavailable(Future<?> call) {
        return catchThrowableOfType(StoreUnavailable.class, () -> await(call));
    }
}
