package im.hongyan.store.redis;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.local.stores.RedisProcess;
import im.hongyan.store.Certificate;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sentinels and a cluster that use only TLS, also between each other. */
class RedisTlsTest {
    private static final Optional<String> PASSWORD = Optional.of("tls-pass");

    @TempDir
    static Path folder;

    @Test
    void open_clusterWithTls_connects() throws Exception {
        RedisClusterExtension cluster = new RedisClusterExtension(true);
        try {
            cluster.beforeAll(null);
            List<Request> requests = IntStream.range(0, 50)
                    .mapToObj(i -> Request.cmd(Command.INCRBY).arg("sum" + i).arg(i))
                    .toList();
            assertThat(await(cluster.redis().batch(requests)))
                    .extracting(Response::toInteger)
                    .containsExactlyElementsOf(IntStream.range(0, 50).boxed().toList());
        } finally {
            cluster.afterAll(null);
        }
    }

    @Test
    void open_sentinelsWithTls_connectsAndFollowsFailover() throws Exception {
        Certificate good = Certificate.make(folder, "good", "ip:127.0.0.1");
        Certificate other = Certificate.make(folder, "other", "ip:127.0.0.1");
        Vertx vertx = Vertx.vertx();
        List<RedisProcess> all = new ArrayList<>();
        try {
            RedisProcess master =
                    RedisProcess.server(StoresExtension.runtime(), folder, PASSWORD, Optional.of(good), List.of());
            all.add(master);
            RedisProcess replica = RedisProcess.server(
                    StoresExtension.runtime(),
                    folder,
                    PASSWORD,
                    Optional.of(good),
                    List.of("replicaof 127.0.0.1 " + master.port(), "repl-diskless-sync-delay 0"));
            all.add(replica);
            Redis first = await(Redis.open(vertx, master.address(), RedisLimits.DEFAULTS));
            eventually(() -> await(first.send(Request.cmd(Command.INFO).arg("replication")))
                    .toString()
                    .contains("state=online"));
            await(first.close());
            RedisProcess sentinel = RedisProcess.sentinel(
                    StoresExtension.runtime(),
                    folder,
                    Optional.empty(),
                    Optional.of(good),
                    List.of(
                            "sentinel monitor chat 127.0.0.1 " + master.port() + " 1",
                            "sentinel auth-pass chat tls-pass",
                            "sentinel down-after-milliseconds chat 1000"));
            all.add(sentinel);
            Redis redis = await(Redis.open(vertx, through(sentinel, master.address()), RedisLimits.DEFAULTS));
            eventually(() -> await(redis.send(Request.cmd(Command.PING))) != null);
            Semaphore reconnected = new Semaphore(0);
            redis.onReconnected(reconnected::release);
            failOver(vertx, master.address().at("127.0.0.1", sentinel.port()));
            assertThat(reconnected.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
            eventually(() -> await(redis.send(Request.cmd(Command.SET).arg("k").arg("v"))) != null);
            Redis behind = await(Redis.open(vertx, replica.address(), RedisLimits.DEFAULTS));
            assertThat(await(behind.send(Request.cmd(Command.GET).arg("k")))).hasToString("v");
            await(behind.close());
            await(redis.close());

            RedisAddress ours = master.address();
            RedisAddress distrusting = new RedisAddress(
                    ours.host(),
                    ours.port(),
                    ours.user(),
                    ours.password(),
                    0,
                    true,
                    Optional.of(other.certificate().toString()));
            Redis refused = await(Redis.open(vertx, through(sentinel, distrusting), RedisLimits.DEFAULTS));
            assertThat(refused.isAvailable()).isFalse();
            await(refused.close());
        } finally {
            for (RedisProcess process : all) {
                process.close();
            }
            await(vertx.close());
        }
    }

    /** Waits until the sentinel knows the replica. */
    private static void failOver(Vertx vertx, RedisAddress sentinel) throws Exception {
        RedisAddress open = new RedisAddress(
                sentinel.host(), sentinel.port(), Optional.empty(), Optional.empty(), 0, true, sentinel.caFile());
        io.vertx.redis.client.Redis client =
                io.vertx.redis.client.Redis.createClient(vertx, RedisClients.options(open, RedisLimits.DEFAULTS));
        RedisConnection connection = await(client.connect());
        eventually(() -> await(connection.send(Request.cmd(Command.INFO).arg("sentinel")))
                .toString()
                .contains(",slaves=1,"));
        // And until the sentinel knows that the replica is healthy.
        eventually(() -> await(connection
                        .send(Request.cmd(Command.create("sentinel"))
                                .arg("failover")
                                .arg("chat"))
                        .map(String::valueOf)
                        .otherwise(Throwable::getMessage))
                .equals("OK"));
        await(client.close());
    }

    private static RedisServers through(RedisProcess sentinel, RedisAddress master) {
        return new RedisServers.Sentinel(List.of(master.at("127.0.0.1", sentinel.port())), "chat", Optional.empty());
    }
}
