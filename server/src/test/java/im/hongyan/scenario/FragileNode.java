package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;

import im.hongyan.App;
import im.hongyan.identity.BulkOrder;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.store.Migrations;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresLimits;
import im.hongyan.store.Redis;
import im.hongyan.store.RedisLimits;
import im.hongyan.store.StoresExtension;
import im.hongyan.store.embedded.DataFolder;
import im.hongyan.store.embedded.EmbeddedPostgres;
import im.hongyan.store.embedded.EmbeddedRedis;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A node on stores of its own, with their durable settings, which a test may kill, freeze and empty. They start again by
 * themselves.
 */
final class FragileNode implements AutoCloseable {
    private final Vertx serverVertx = Vertx.vertx();
    private final Vertx otherVertx = Vertx.vertx();
    private final Vertx clientVertx = Vertx.vertx();
    private final DataFolder folder;
    private final EmbeddedPostgres postgresServer;
    private final EmbeddedRedis redisServer;
    private final Postgres postgres;
    private final App app;
    private App other;
    private final List<ChatClient> clients = new ArrayList<>();

    FragileNode(Path directory) throws Exception {
        folder = DataFolder.open(directory);
        postgresServer = EmbeddedPostgres.start(folder, StoresExtension.runtime(), List.of());
        redisServer = EmbeddedRedis.start(folder, StoresExtension.runtime());
        new Migrations(App.MIGRATIONS).run(postgresServer.address(), Duration.ZERO);
        postgres = Postgres.open(clientVertx, postgresServer.address(), PostgresLimits.DEFAULTS);
        app = start(serverVertx);
    }

    private App start(Vertx vertx) throws Exception {
        return await(new App(
                        vertx,
                        NodeExtension.settings(Map.of()),
                        Postgres.open(vertx, postgresServer.address(), PostgresLimits.DEFAULTS),
                        await(Redis.open(vertx, redisServer.address(), RedisLimits.DEFAULTS)))
                .start());
    }

    EmbeddedPostgres postgresServer() {
        return postgresServer;
    }

    EmbeddedRedis redisServer() {
        return redisServer;
    }

    /** The test's own way to the database. */
    Postgres postgres() {
        return postgres;
    }

    /** A connection to Redis of the test's own. */
    Redis redis() throws Exception {
        return await(Redis.open(clientVertx, redisServer.address(), RedisLimits.DEFAULTS));
    }

    /** Whose event loops the node runs on. */
    Vertx serverVertx() {
        return serverVertx;
    }

    Vertx clientVertx() {
        return clientVertx;
    }

    /** @param patience for each answer: longer than the server's own deadlines, to see what it says */
    ChatClient client(Duration patience) {
        return client(app, patience);
    }

    /** To another node on the same stores, which knows of this one's sockets through Redis only. */
    ChatClient clientOfAnotherNode() throws Exception {
        other = start(otherVertx);
        return client(other, ClientOptions.defaults().requestTimeout());
    }

    private ChatClient client(App to, Duration patience) {
        URI uri = URI.create("http://127.0.0.1:" + to.port());
        ChatClient client =
                new ChatClient(clientVertx, uri, ClientOptions.defaults().withRequestTimeout(patience));
        clients.add(client);
        return client;
    }

    List<Credentials> accounts(int count) throws Exception {
        List<Credentials> accounts = new ArrayList<>();
        await(app.identity().createUsers(new BulkOrder(count, "p", true, "correct horse battery"), line -> {
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
                await(other.stop());
            }
            await(app.stop());
            await(postgres.close());
            await(clientVertx.close());
            await(otherVertx.close());
            await(serverVertx.close());
        } catch (Exception e) {
            throw new IOException("the node did not stop", e);
        } finally {
            redisServer.close();
            postgresServer.close();
            folder.close();
        }
    }
}
