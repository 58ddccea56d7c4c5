package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;

import com.hazelcast.core.Hazelcast;
import im.hongyan.App;
import im.hongyan.Features;
import im.hongyan.cluster.Cluster;
import im.hongyan.cluster.ClusterOptions;
import im.hongyan.cluster.Membership;
import im.hongyan.config.ClusterSettings;
import im.hongyan.config.Settings;
import im.hongyan.feature.Feature;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresAddress;
import im.hongyan.store.PostgresLimits;
import im.hongyan.store.StoresExtension;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.RedisAddress;
import im.hongyan.store.redis.RedisLimits;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One node of several, in this process: a Vert.x, a Hazelcast member and a port of its own. */
final class ClusterNode {
    private static final long START_SECONDS = 60;
    private static final long STOP_SECONDS = 30;

    final Cluster cluster;
    final App app;
    final ChatClient client;
    /** Completes when the node finds itself cut off. */
    final CompletableFuture<Void> cutOff = new CompletableFuture<>();

    final int busPort;

    private ClusterNode(Cluster cluster, App app, int busPort, Vertx clientVertx) throws Exception {
        this.busPort = busPort;
        this.cluster = cluster;
        this.app = app;
        app.onCutOff(() -> cutOff.complete(null));
        try {
            app.start().await(START_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            stop();
            throw e;
        }
        this.client = new ChatClient(clientVertx, uri(), ClientOptions.defaults());
    }

    static ClusterNode start(
            StoresExtension stores, Vertx clientVertx, Map<String, String> environment, List<Feature> features)
            throws Exception {
        return start(stores.postgresAddress(), stores.redisAddress(), clientVertx, environment, features);
    }

    static ClusterNode start(
            PostgresAddress postgresAddress,
            RedisAddress redisAddress,
            Vertx clientVertx,
            Map<String, String> environment)
            throws Exception {
        return start(postgresAddress, redisAddress, clientVertx, environment, Features.ALL);
    }

    static ClusterNode start(
            PostgresAddress postgresAddress,
            RedisAddress redisAddress,
            Vertx clientVertx,
            Map<String, String> environment,
            List<Feature> features)
            throws Exception {
        Map<String, String> all = new HashMap<>(environment);
        List<Integer> ports = freePorts(2);
        all.put("HONGYAN_CLUSTER_PORT", ports.get(0).toString());
        all.put("HONGYAN_CLUSTER_BUS_PORT", ports.get(1).toString());
        Settings settings = NodeExtension.settings(all);
        ClusterSettings wanted = settings.cluster();
        ClusterOptions options = new ClusterOptions(
                postgresAddress.database() + postgresAddress.port(),
                wanted.host(),
                wanted.port(),
                wanted.busPort(),
                wanted.members(),
                wanted.dns(),
                wanted.tls().map(tls -> new ClusterOptions.Tls(tls.certificate(), tls.key(), tls.ca())));
        String bootId = Cluster.newBootId();
        Postgres clientPostgres = Postgres.open(clientVertx, postgresAddress, PostgresLimits.DEFAULTS);
        List<String> known = await(Membership.register(clientPostgres, bootId, wanted.address()));
        await(clientPostgres.close());
        VertxOptions few = new VertxOptions().setEventLoopPoolSize(2);
        Cluster cluster = await(Cluster.join(few, options, bootId, known));
        Postgres postgres = Postgres.open(cluster.vertx(), postgresAddress, PostgresLimits.DEFAULTS);
        Redis redis = await(Redis.open(cluster.vertx(), redisAddress, RedisLimits.DEFAULTS));
        return new ClusterNode(
                cluster, new App(cluster, settings, postgres, redis, features), wanted.busPort(), clientVertx);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + app.port());
    }

    /** Stops the node gracefully. */
    void stop() throws Exception {
        await(app.stop());
        await(cluster.vertx().close());
    }

    /** Kills the node without notifying the others, as a power failure does. */
    void crash() throws Exception {
        Hazelcast.getAllHazelcastInstances().stream()
                .filter(member -> cluster.bootId()
                        .equals(member.getCluster().getLocalMember().getAttribute("boot")))
                .forEach(member -> member.getLifecycleService().terminate());
        cluster.vertx().close().otherwiseEmpty().await(STOP_SECONDS, TimeUnit.SECONDS);
    }

    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            List<Integer> ports = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                held.add(socket);
                ports.add(socket.getLocalPort());
            }
            return ports;
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }
}
