package im.hongyan.store.redis;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.local.stores.RedisProcess;
import im.hongyan.store.StartFailure;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A master, a replica and three sentinels, each with a password. */
class RedisSentinelTest {
    private static final Optional<String> DATA = Optional.of("data-pass");
    private static final Optional<String> WATCH = Optional.of("watch-pass");
    private static final RedisLimits LIMITS = new RedisLimits(2, 100, 500, 500);

    @TempDir
    Path folder;

    private final List<RedisProcess> sentinels = new ArrayList<>();
    private Vertx vertx;
    private RedisProcess master;
    private RedisProcess replica;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        master = RedisProcess.server(StoresExtension.runtime(), folder, DATA, List.of("repl-diskless-sync-delay 0"));
        replica = RedisProcess.server(
                StoresExtension.runtime(),
                folder,
                DATA,
                List.of("replicaof 127.0.0.1 " + master.port(), "repl-diskless-sync-delay 0"));
        eventually(() -> ask(replica.address(), Request.cmd(Command.INFO).arg("replication"))
                .contains("master_link_status:up"));
        for (int i = 0; i < 3; i++) {
            sentinels.add(RedisProcess.sentinel(
                    StoresExtension.runtime(),
                    folder,
                    WATCH,
                    List.of(
                            "sentinel monitor chat 127.0.0.1 " + master.port() + " 2",
                            "sentinel auth-pass chat data-pass",
                            "sentinel sentinel-pass watch-pass",
                            "sentinel down-after-milliseconds chat 500",
                            "sentinel failover-timeout chat 3000")));
        }
        for (RedisProcess sentinel : sentinels) {
            eventually(() -> {
                String state = ask(at(sentinel), Request.cmd(Command.INFO).arg("sentinel"));
                return state.contains("status=ok") && state.contains("slaves=1,sentinels=3");
            });
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (RedisProcess sentinel : sentinels) {
            sentinel.close();
        }
        replica.close();
        master.close();
        await(vertx.close());
    }

    @Test
    void send_failover_followsItAndReportsReconnect() throws Exception {
        Redis redis = await(Redis.open(vertx, servers("chat", WATCH), LIMITS));
        Semaphore reconnected = new Semaphore(0);
        redis.onReconnected(reconnected::release);
        await(redis.send(Request.cmd(Command.SET).arg("k").arg("v")));
        // First a manual failover: the old master becomes a replica.
        eventually(() -> ask(
                        at(sentinels.get(0)),
                        Request.cmd(Command.create("sentinel")).arg("failover").arg("chat"))
                .equals("OK"));
        assertThat(reconnected.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
        eventually(() -> await(redis.send(Request.cmd(Command.SET).arg("k").arg("w"))) != null);
        eventually(() -> holds(replica, "w"));
        eventually(() -> holds(master, "w"));

        // Then the master is killed, and the sentinels notice.
        reconnected.drainPermits();
        replica.kill();
        assertThat(reconnected.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
        eventually(() -> await(redis.send(Request.cmd(Command.SET).arg("k").arg("x"))) != null);
        eventually(() -> holds(master, "x"));
        await(redis.close());
        replica.start();
    }

    @Test
    void open_settingsDoNotFit_failsAndSaysWhatToSet() {
        assertRefused(servers("talk", WATCH), "watches no master named 'talk': set redis.sentinel-master");
        assertRefused(servers("chat", Optional.of("wrong")), "redis.sentinel-password");
        assertRefused(servers("chat", Optional.empty()), "redis.sentinel-password");
        assertRefused(
                new RedisServers.Sentinel(List.of(master.address()), "chat", DATA),
                "is not a sentinel: with redis.mode=sentinel, redis.url must name the sentinels");
        assertRefused(
                new RedisServers.Standalone(at(sentinels.get(0))),
                "it is a sentinel: set redis.mode=sentinel and redis.sentinel-master");
        assertRefused(
                new RedisServers.Cluster(List.of(master.address())),
                "is not a node of a Redis Cluster: set redis.mode");
    }

    private void assertRefused(RedisServers servers, String sentence) {
        assertThatThrownBy(() -> await(Redis.open(vertx, servers, LIMITS)))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining(sentence)
                .hasMessageNotContaining("-pass ");
    }

    private RedisServers servers(String name, Optional<String> password) {
        return new RedisServers.Sentinel(
                sentinels.stream()
                        .map(sentinel -> master.address().at("127.0.0.1", sentinel.port()))
                        .toList(),
                name,
                password);
    }

    private static RedisAddress at(RedisProcess sentinel) {
        return new RedisAddress("127.0.0.1", sentinel.port(), Optional.empty(), WATCH, 0, false, Optional.empty());
    }

    private boolean holds(RedisProcess redis, String value) throws Exception {
        return ask(redis.address(), Request.cmd(Command.GET).arg("k")).equals(value);
    }

    /**
     * The answer, or the error reply. Fails with {@link StoreUnavailable} if the connection is closed: sentinels close
     * all connections to a server whose role they change.
     */
    private String ask(RedisAddress address, Request request) throws Exception {
        io.vertx.redis.client.Redis client =
                io.vertx.redis.client.Redis.createClient(vertx, RedisClients.options(address, LIMITS));
        try {
            return await(client.connect()
                    .compose(connection -> connection.send(request))
                    .map(String::valueOf)
                    .recover(failure -> failure instanceof Response
                            ? Future.succeededFuture(failure.getMessage())
                            : Future.failedFuture(RedisFailures.translate(failure))));
        } finally {
            await(client.close());
        }
    }
}
