package im.hongyan.store.redis;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A Redis Cluster that replaces a master by its replica. */
class RedisFailoverTest {
    @RegisterExtension
    static final RedisClusterExtension cluster = new RedisClusterExtension();

    private final Semaphore reconnected = new Semaphore(0);
    private Redis redis;
    private String key;

    @Test
    void send_replicaPromoted_followsItAndReportsReconnect() throws Exception {
        int replica = cluster.replicaOf(1);
        redis = await(cluster.open(new RedisLimits(2, 100, 500, 500)));
        redis.onReconnected(reconnected::release);
        key = cluster.keyAt(1, "kept");
        await(redis.send(Request.cmd(Command.SET).arg(key).arg("v")));
        eventually(() -> hasKey(replica));

        // First a manual failover, as before an upgrade: the old master becomes a replica.
        cluster.node(replica, Request.cmd(Command.CLUSTER).arg("FAILOVER"));
        assertFollowed(replica, "vw");

        cluster.awaitReplica(1, replica);
        eventually(() -> hasKey(1));
        reconnected.drainPermits();
        cluster.process(replica).kill();
        assertFollowed(1, "vww");
        await(redis.close());
    }

    private void assertFollowed(int master, String value) throws Exception {
        assertThat(reconnected.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
        eventually(() -> await(redis.send(Request.cmd(Command.EXISTS).arg(key))).toInteger() == 1);
        await(redis.send(Request.cmd(Command.APPEND).arg(key).arg("w")));
        assertThat(await(redis.send(Request.cmd(Command.GET).arg(key)))).hasToString(value);
        assertThat(cluster.node(master, Request.cmd(Command.ROLE)).get(0)).hasToString("master");
        assertThat(cluster.node(master, Request.cmd(Command.GET).arg(key))).hasToString(value);
    }

    private boolean hasKey(int node) throws Exception {
        return cluster.node(
                                node,
                                Request.cmd(Command.CLUSTER)
                                        .arg("COUNTKEYSINSLOT")
                                        .arg(HashSlot.of(key)))
                        .toInteger()
                > 0;
    }
}
