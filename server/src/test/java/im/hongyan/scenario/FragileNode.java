package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;

import im.hongyan.Features;
import im.hongyan.identity.BulkUsersRequest;
import im.hongyan.identity.Identity;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.local.stores.DataFolder;
import im.hongyan.local.stores.EmbeddedPostgres;
import im.hongyan.local.stores.EmbeddedRedis;
import im.hongyan.store.Migrations;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresLimits;
import im.hongyan.store.StoresExtension;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.RedisLimits;
import im.hongyan.timeline.Epoch;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A node on stores of its own with durable settings, which a test may kill, freeze and flush. The stores restart by
 * themselves.
 */
final class FragileNode implements AutoCloseable {
    private final Vertx clientVertx = Vertx.vertx();
    private final Map<String, String> environment;
    private final DataFolder folder;
    private final EmbeddedPostgres postgresServer;
    private final EmbeddedRedis redisServer;
    private final Postgres postgres;
    private final ClusterNode node;
    private ClusterNode other;
    private final List<ChatClient> clients = new ArrayList<>();

    FragileNode(Path directory) throws Exception {
        this(directory, Map.of());
    }

    /** @param environment settings, by their names in the environment */
    FragileNode(Path directory, Map<String, String> environment) throws Exception {
        this.environment = environment;
        folder = DataFolder.open(directory);
        postgresServer = EmbeddedPostgres.start(folder, StoresExtension.runtime(), List.of());
        redisServer = EmbeddedRedis.start(folder, StoresExtension.runtime());
        new Migrations(Features.migrations(Features.ALL)).run(postgresServer.address(), Duration.ZERO);
        postgres = Postgres.open(clientVertx, postgresServer.address(), PostgresLimits.DEFAULTS);
        node = start();
    }

    private ClusterNode start() throws Exception {
        return ClusterNode.start(postgresServer.address(), redisServer.address(), clientVertx, environment);
    }

    EmbeddedPostgres postgresServer() {
        return postgresServer;
    }

    EmbeddedRedis redisServer() {
        return redisServer;
    }

    /** The admin ports of the nodes. */
    List<URI> adminUris() {
        return Stream.of(node, other)
                .filter(Objects::nonNull)
                .map(one -> URI.create("http://127.0.0.1:" + one.app.adminPort()))
                .toList();
    }

    /** As after a restore of the database. */
    Future<String> renewEpoch() {
        return node.app.service(Epoch.class).renew();
    }

    /** The test's own way to the database. */
    Postgres postgres() {
        return postgres;
    }

    /** A connection to Redis of the test's own. */
    Redis redis() throws Exception {
        return await(Redis.open(clientVertx, redisServer.address(), RedisLimits.DEFAULTS));
    }

    /** The Vert.x instance of the node. */
    Vertx serverVertx() {
        return node.cluster.vertx();
    }

    Vertx clientVertx() {
        return clientVertx;
    }

    /** @param patience for each answer, longer than the server's own deadlines */
    ChatClient client(Duration patience) {
        return client(node, patience);
    }

    /** On another node, which knows this one's sockets through Redis. */
    ChatClient clientOfAnotherNode() throws Exception {
        other = start();
        return client(other, ClientOptions.defaults().requestTimeout());
    }

    private ChatClient client(ClusterNode to, Duration patience) {
        ChatClient client =
                new ChatClient(clientVertx, to.uri(), ClientOptions.defaults().withRequestTimeout(patience));
        clients.add(client);
        return client;
    }

    List<Credentials> accounts(int count) throws Exception {
        List<Credentials> accounts = new ArrayList<>();
        await(node.app
                .service(Identity.class)
                .createUsers(new BulkUsersRequest(count, "p", true, "correct horse battery"), line -> {
                    synchronized (accounts) {
                        accounts.add(Credentials.ofLine(line));
                    }
                }));
        return accounts;
    }

    @Override
    public void close() throws IOException {
        try {
            for (ChatClient client : clients) {
                await(client.close());
            }
            if (other != null) {
                other.stop();
            }
            node.stop();
            await(postgres.close());
            await(clientVertx.close());
        } catch (Exception e) {
            throw new IOException("the node did not stop", e);
        } finally {
            redisServer.close();
            postgresServer.close();
            folder.close();
        }
    }
}
