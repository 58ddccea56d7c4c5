package im.hongyan.delivery;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.store.redis.RedisClusterExtension.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.cluster.Cluster;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoresExtension;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.RedisClusterExtension;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The session directory on a single Redis and on a Redis Cluster of three masters. */
class SessionDirectoryTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.empty();

    @RegisterExtension
    static final RedisClusterExtension masters = new RedisClusterExtension();

    enum On {
        ONE_SERVER,
        CLUSTER;

        Redis redis() {
            return this == ONE_SERVER ? stores.redis() : masters.redis();
        }

        void empty() throws Exception {
            if (this == ONE_SERVER) {
                await(stores.redis().send(Request.cmd(Command.FLUSHALL)));
            } else {
                masters.node(0, Request.cmd(Command.FLUSHALL));
            }
        }
    }

    private final Vertx vertx = stores.vertx();
    private final Cluster self = Cluster.standalone(vertx);
    private final Sockets sockets = new Sockets();

    @ParameterizedTest
    @EnumSource
    void connected_manyUsers_untilTheirRoutesAreRemoved(On on) throws Exception {
        SessionDirectory directory = new SessionDirectory(self, on.redis(), sockets);
        List<FakeConnection> connections = fakeConnections(on + "many", 50);
        for (FakeConnection connection : connections) {
            assertThat(await(directory.add(connection.principal()))).hasSize(1);
        }
        Set<UserId> all = Set.copyOf(users(connections));
        assertThat(await(directory.connected(all))).isEqualTo(all);

        connections.forEach(connection -> directory.remove(connection.principal(), true));
        eventually(() -> await(directory.connected(all)).isEmpty());
    }

    @ParameterizedTest
    @EnumSource
    void routesOfDeadNode_areIgnoredAndRemovedByOneClaimant(On on) throws Exception {
        Cluster gone = Cluster.standalone(vertx);
        SessionDirectory dead = new SessionDirectory(gone, on.redis(), new Sockets());
        SessionDirectory directory = new SessionDirectory(self, on.redis(), sockets);
        List<FakeConnection> connections = fakeConnections(on + "dead", 20);
        for (FakeConnection connection : connections) {
            await(dead.add(connection.principal()));
        }
        List<UserId> users = users(connections);
        assertThat(await(directory.connected(users))).isEmpty();
        assertThat(await(directory.claimUsersOf(gone.bootId()))).containsExactlyInAnyOrderElementsOf(users);
        assertThat(await(directory.claimUsersOf(gone.bootId()))).isEmpty();
        await(directory.removeRoutes(gone.bootId(), users));
        assertThat(await(dead.connected(users))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void flushedRedis_isRewritten(On on) throws Exception {
        SessionDirectory directory = new SessionDirectory(self, on.redis(), sockets);
        List<FakeConnection> connections = fakeConnections(on + "emptied", 30);
        connections.forEach(sockets::add);
        directory.start();
        for (FakeConnection connection : connections) {
            await(directory.add(connection.principal()));
        }
        Set<UserId> all = Set.copyOf(users(connections));
        // Before its first heartbeat, a node cannot notice that its key is missing.
        Request beat = Request.cmd(Command.EXISTS).arg("hongyan:node:{" + self.bootId() + "}");
        eventually(() -> await(on.redis().send(beat)).toInteger() == 1);
        if (on == On.CLUSTER) {
            eventually(() -> masters.node(0, Request.cmd(Command.KEYS).arg("hongyan:canary:*"))
                            .size()
                    > 0);
        }
        on.empty();
        assertThat(await(directory.connected(all))).isNotEqualTo(all);
        eventually(() -> await(directory.connected(all)).equals(all));
        directory.stop();
    }

    private List<FakeConnection> fakeConnections(String name, int count) {
        return new ArrayList<>(IntStream.range(0, count)
                .mapToObj(i -> new FakeConnection(vertx.getOrCreateContext(), name + i, name + "session" + i))
                .toList());
    }

    private static List<UserId> users(List<FakeConnection> connections) {
        return connections.stream()
                .map(connection -> connection.principal().user())
                .toList();
    }
}
