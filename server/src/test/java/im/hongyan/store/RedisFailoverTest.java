package im.hongyan.store;

import static im.hongyan.store.RedisClusterExtension.eventually;
import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A Redis Cluster that puts a replica in the place of a dead master. */
class RedisFailoverTest {
    @RegisterExtension
    static final RedisClusterExtension cluster = new RedisClusterExtension();

    @Test
    void promotedReplica_isFollowedAndTold() throws Exception {
        int replica = cluster.replicaOf(1);
        Redis redis = await(cluster.open(new RedisLimits(2, 100, 500, 500)));
        Semaphore reconnected = new Semaphore(0);
        redis.onReconnected(reconnected::release);
        String key = cluster.keyAt(1, "kept");
        await(redis.send(Request.cmd(Command.SET).arg(key).arg("v")));
        eventually(() -> cluster.node(replica, Request.cmd(Command.DBSIZE)).toInteger() > 0);

        cluster.process(1).kill();

        assertThat(reconnected.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        eventually(() -> await(redis.send(Request.cmd(Command.APPEND).arg(key).arg("w"))) != null);
        assertThat(await(redis.send(Request.cmd(Command.GET).arg(key))).toString())
                .startsWith("vw");
        assertThat(cluster.node(replica, Request.cmd(Command.ROLE)).get(0)).hasToString("master");
        await(redis.close());
    }
}
