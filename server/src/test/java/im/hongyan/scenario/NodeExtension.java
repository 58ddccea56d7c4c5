package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;

import im.hongyan.App;
import im.hongyan.Features;
import im.hongyan.cluster.Cluster;
import im.hongyan.config.Configuration;
import im.hongyan.config.InvalidSettings;
import im.hongyan.config.Settings;
import im.hongyan.feature.Feature;
import im.hongyan.identity.BulkUsersRequest;
import im.hongyan.identity.Identity;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresLimits;
import im.hongyan.store.StoresExtension;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.RedisLimits;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One complete node on real stores and a real port, with users who connect to it.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final NodeExtension node = new NodeExtension();
 *
 * ChatClient client = node.client();
 * }</pre>
 */
public final class NodeExtension implements PageServer, TestUsers {
    /** The password of all users. */
    public static final String PASSWORD = "correct horse battery";

    private static final AtomicInteger BATCHES = new AtomicInteger();

    private List<Feature> features = Features.ALL;
    private StoresExtension stores;
    private final Map<String, String> environment = new HashMap<>();
    private final List<TestUser> users = new ArrayList<>();
    private Vertx serverVertx;
    private Vertx clientVertx;
    private App app;
    private ChatClient client;

    /** Changes a setting, by its name in the environment. */
    public NodeExtension with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    public List<Feature> features() {
        return features;
    }

    /** Runs these features instead of the product's. */
    public NodeExtension with(List<Feature> others) {
        features = others;
        return this;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        stores = StoresExtension.migrated(Features.migrations(features).toArray(String[]::new));
        stores.beforeAll(context);
        clientVertx = Vertx.vertx();
        start();
        client = new ChatClient(clientVertx, uri(), ClientOptions.defaults());
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (serverVertx != null) {
            stop();
        }
        await(clientVertx.close());
        stores.afterAll(context);
    }

    /** Starts the node again, on the same port and stores. */
    public void start() throws Exception {
        serverVertx = Vertx.vertx();
        Postgres postgres = Postgres.open(serverVertx, stores.postgresAddress(), PostgresLimits.DEFAULTS);
        Redis redis = await(Redis.open(serverVertx, stores.redisAddress(), RedisLimits.DEFAULTS));
        app = await(new App(Cluster.standalone(serverVertx), settings(environment, features), postgres, redis, features)
                .start());
        environment.put("HONGYAN_HTTP_PORT", Integer.toString(app.port()));
    }

    /** Stops the node gracefully. */
    public void stop() throws Exception {
        if (app != null) {
            await(app.stop());
        }
        crash();
    }

    /** Kills the node: neither its clients nor Redis are notified. */
    public void crash() throws Exception {
        Vertx ending = serverVertx;
        serverVertx = null;
        app = null;
        await(ending.close());
    }

    @Override
    public void restore() throws Exception {
        if (app == null) {
            start();
        }
    }

    public void restart() throws Exception {
        stop();
        start();
    }

    /** Settings for a node in a test: any free port, and a signing key. */
    public static Settings settings(Map<String, String> extra) throws InvalidSettings {
        return settings(extra, Features.ALL);
    }

    private static Settings settings(Map<String, String> extra, List<Feature> features) throws InvalidSettings {
        Map<String, String> environment = new HashMap<>(Map.of(
                "HONGYAN_HTTP_PORT",
                "0",
                "HONGYAN_ADMIN_PORT",
                "0",
                "HONGYAN_AUTH_KEYS",
                "test:" + Base64.getEncoder().encodeToString(new byte[32])));
        environment.putAll(extra);
        return Configuration.load(
                        Optional.empty(), Path.of("target").toAbsolutePath(), environment, Features.settings(features))
                .settings();
    }

    @Override
    public URI uri() {
        return URI.create("http://127.0.0.1:" + environment.get("HONGYAN_HTTP_PORT"));
    }

    public App app() {
        return app;
    }

    @Override
    public StoresExtension stores() {
        return stores;
    }

    @Override
    public ChatClient client() {
        return client;
    }

    /** The Vert.x instance of the clients; a test may create more clients on it. */
    public Vertx vertx() {
        return clientVertx;
    }

    @Override
    public List<TestUser> users(int count) throws Exception {
        List<TestUser> connected = new ArrayList<>();
        for (Credentials credentials : accounts(count)) {
            connected.add(TestUser.connect(client, credentials));
        }
        users.addAll(connected);
        return connected;
    }

    /** Creates accounts with a session each. */
    public List<Credentials> accounts(int count) throws Exception {
        List<Credentials> accounts = new ArrayList<>();
        BulkUsersRequest order = new BulkUsersRequest(count, "t" + BATCHES.incrementAndGet() + "-", true, PASSWORD);
        await(app.service(Identity.class).createUsers(order, line -> {
            synchronized (accounts) {
                accounts.add(Credentials.ofLine(line));
            }
        }));
        return accounts;
    }
}
