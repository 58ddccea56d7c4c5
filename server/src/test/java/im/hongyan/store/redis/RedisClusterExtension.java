package im.hongyan.store.redis;

import static im.hongyan.store.StoresExtension.await;

import im.hongyan.local.stores.RedisProcess;
import im.hongyan.store.Certificate;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real Redis Cluster of three masters for a test class, and a client for it.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final RedisClusterExtension cluster = new RedisClusterExtension();
 *
 * cluster.redis().send(…)
 * }</pre>
 */
public final class RedisClusterExtension implements BeforeAllCallback, AfterAllCallback {
    private static final Optional<String> PASSWORD = Optional.of("cluster-pass");
    private static final RedisLimits PATIENT = new RedisLimits(1, 100_000, 30_000, 1_000);
    private static final int MASTERS = 3;

    private final List<RedisProcess> nodes = new ArrayList<>();

    /** Connections to the single nodes. */
    private final List<RedisConnection> doors = new ArrayList<>();

    private final boolean tls;
    private Optional<Certificate> certificate = Optional.empty();
    private Path folder;
    private Vertx vertx;
    private Redis redis;

    public RedisClusterExtension() {
        this(false);
    }

    /** @param tls whether the nodes use only TLS, also between each other */
    RedisClusterExtension(boolean tls) {
        this.tls = tls;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        vertx = Vertx.vertx();
        folder = Files.createTempDirectory("hongyan-cluster");
        if (tls) {
            certificate = Optional.of(Certificate.make(folder, "redis", "ip:127.0.0.1"));
        }
        for (int i = 0; i < MASTERS; i++) {
            startNode();
        }
        join();
        redis = await(open(RedisLimits.DEFAULTS));
    }

    private void startNode() throws Exception {
        nodes.add(RedisProcess.server(
                StoresExtension.runtime(),
                folder,
                PASSWORD,
                certificate,
                List.of(
                        "cluster-enabled yes",
                        "cluster-config-file nodes.conf",
                        "cluster-node-timeout 1000",
                        "cluster-require-full-coverage no",
                        "repl-diskless-sync-delay 0")));
        doors.add(door(nodes.size() - 1));
    }

    /** Starts a replica of a master; returns when it can take the master's place. */
    int replicaOf(int master) throws Exception {
        startNode();
        int replica = nodes.size() - 1;
        meet(replica);
        String id = id(master);
        eventually(() -> node(replica, Request.cmd(Command.CLUSTER).arg("NODES"))
                .toString()
                .contains(id));
        node(replica, Request.cmd(Command.CLUSTER).arg("REPLICATE").arg(id));
        awaitReplica(replica, master);
        return replica;
    }

    /**
     * Waits until the replica is in sync and could win an election. A replica learns its master's slots only after its
     * first message and is no candidate before; the other masters vote for it only when they know its master.
     */
    void awaitReplica(int replica, int master) throws Exception {
        eventually(() -> node(replica, Request.cmd(Command.INFO).arg("replication"))
                .toString()
                .contains("master_link_status:up"));
        eventually(() -> node(replica, Request.cmd(Command.CLUSTER).arg("INFO"))
                .toString()
                .contains("cluster_slots_assigned:" + HashSlot.COUNT));
        String role = "slave " + id(master) + " ";
        String replicaId = id(replica);
        for (int i = 0; i < nodes.size(); i++) {
            int node = i;
            eventually(() -> node(node, Request.cmd(Command.CLUSTER).arg("NODES"))
                    .toString()
                    .lines()
                    .anyMatch(line -> line.startsWith(replicaId) && line.contains(role)));
        }
    }

    private void meet(int node) throws Exception {
        node(
                0,
                Request.cmd(Command.CLUSTER)
                        .arg("MEET")
                        .arg("127.0.0.1")
                        .arg(nodes.get(node).port()));
    }

    private RedisConnection door(int node) throws Exception {
        return await(io.vertx.redis.client.Redis.createClient(
                        vertx, RedisClients.options(nodes.get(node).address(), PATIENT))
                .connect());
    }

    /** Kills a node, and restarts it with its role in the cluster but without its keys. */
    public void restart(int node) throws Exception {
        nodes.get(node).kill();
        nodes.get(node).start();
        doors.set(node, door(node));
    }

    private void join() throws Exception {
        for (int i = 0; i < MASTERS; i++) {
            Request slots = Request.cmd(Command.CLUSTER).arg("ADDSLOTS");
            for (int slot = first(i); slot < first(i + 1); slot++) {
                slots.arg(slot);
            }
            node(i, slots);
            meet(i);
        }
        awaitAgreement();
    }

    private static int first(int master) {
        return (HashSlot.COUNT * master + MASTERS - 1) / MASTERS;
    }

    /** Waits until every node knows the same three masters and all slots. */
    public void awaitAgreement() throws Exception {
        for (int i = 0; i < MASTERS; i++) {
            int node = i;
            eventually(() -> {
                String info =
                        node(node, Request.cmd(Command.CLUSTER).arg("INFO")).toString();
                return info.contains("cluster_state:ok")
                        && info.contains("cluster_slots_ok:16384")
                        && info.contains("cluster_known_nodes:3");
            });
        }
    }

    /** A condition that a test waits for. */
    public interface Condition {
        boolean holds() throws Exception;
    }

    public static void eventually(Condition condition) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (true) {
            try {
                if (condition.holds()) {
                    return;
                }
            } catch (StoreUnavailable away) {
                // The node may be down until the condition holds.
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("it did not come to that within 60 s");
            }
            Thread.sleep(20);
        }
    }

    public Future<Redis> open(RedisLimits limits) {
        return Redis.open(vertx, servers(), limits);
    }

    public RedisServers servers() {
        return new RedisServers.Cluster(
                nodes.stream().map(RedisProcess::address).toList());
    }

    public Vertx vertx() {
        return vertx;
    }

    public Redis redis() {
        return redis;
    }

    public RedisProcess process(int node) {
        return nodes.get(node);
    }

    /** Sends a request to one node, whatever slots it has. */
    public Response node(int node, Request request) throws Exception {
        return await(doors.get(node).send(request));
    }

    public String id(int node) throws Exception {
        return node(node, Request.cmd(Command.CLUSTER).arg("MYID")).toString();
    }

    /** A key in a slot that the node had initially. */
    public String keyAt(int node, String prefix) {
        for (int i = 0; ; i++) {
            int slot = HashSlot.of(prefix + i);
            if (slot >= first(node) && slot < first(node + 1)) {
                return prefix + i;
            }
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (redis != null) {
            await(redis.close());
        }
        for (RedisProcess node : nodes) {
            node.close();
        }
        await(vertx.close());
        delete(folder);
    }

    static void delete(Path folder) throws Exception {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(path);
            }
        }
    }
}
