package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;

import im.hongyan.Features;
import im.hongyan.feature.Feature;
import im.hongyan.identity.BulkUsersRequest;
import im.hongyan.identity.Identity;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.store.StoresExtension;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Several nodes on the same real stores, with users whose sockets are on the nodes in turn. */
final class ClusterExtension implements BeforeAllCallback, AfterAllCallback, TestUsers {
    private static final AtomicInteger BATCHES = new AtomicInteger();

    private final StoresExtension stores =
            StoresExtension.migrated(Features.migrations(Features.ALL).toArray(String[]::new));
    private List<Feature> features = Features.ALL;
    private final int count;
    private final Map<String, String> environment = new HashMap<>();
    private final List<ClusterNode> nodes = new ArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();
    private Vertx clientVertx;

    ClusterExtension(int count) {
        this.count = count;
    }

    /** Changes a setting, by its name in the environment. */
    ClusterExtension with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Runs these features, with the tables of the product, instead of the product's. */
    ClusterExtension with(List<Feature> others) {
        features = others;
        return this;
    }

    /** Adds a feature without tables to those of the product. */
    ClusterExtension with(Feature feature) {
        features = Stream.concat(features.stream(), Stream.of(feature)).toList();
        return this;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        stores.beforeAll(context);
        clientVertx = Vertx.vertx();
        for (int i = 0; i < count; i++) {
            add();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        for (ClusterNode node : nodes) {
            node.stop();
        }
        await(clientVertx.close());
        stores.afterAll(context);
    }

    /** Starts one more node. */
    ClusterNode add() throws Exception {
        ClusterNode node = ClusterNode.start(stores, clientVertx, environment, features);
        nodes.add(node);
        return node;
    }

    /** Starts a node with other settings, which is not among {@link #nodes}. */
    ClusterNode start(Map<String, String> other) throws Exception {
        Map<String, String> all = new HashMap<>(environment);
        all.putAll(other);
        return ClusterNode.start(stores, clientVertx, all, features);
    }

    /** Stops a node gracefully. */
    void remove(ClusterNode node) throws Exception {
        nodes.remove(node);
        node.stop();
    }

    /** Kills a node. */
    void crash(ClusterNode node) throws Exception {
        nodes.remove(node);
        node.crash();
    }

    List<ClusterNode> nodes() {
        return nodes;
    }

    ClusterNode node(int i) {
        return nodes.get(i);
    }

    Vertx clientVertx() {
        return clientVertx;
    }

    @Override
    public StoresExtension stores() {
        return stores;
    }

    /** The node of the next socket. */
    private ChatClient next() {
        return nodes.get(turn.getAndIncrement() % nodes.size()).client;
    }

    @Override
    public List<TestUser> users(int number) throws Exception {
        List<TestUser> users = new ArrayList<>();
        for (Credentials credentials : accounts(number)) {
            users.add(TestUser.connect(this::next, credentials));
        }
        return users;
    }

    /** Creates a user who is connected to this node. */
    TestUser userOn(ClusterNode node) throws Exception {
        return TestUser.connect(node.client, accounts(1).get(0));
    }

    List<Credentials> accounts(int number) throws Exception {
        List<Credentials> accounts = new ArrayList<>();
        BulkUsersRequest order =
                new BulkUsersRequest(number, "c" + BATCHES.incrementAndGet() + "-", true, NodeExtension.PASSWORD);
        await(nodes.get(0).app.service(Identity.class).createUsers(order, line -> {
            synchronized (accounts) {
                accounts.add(Credentials.ofLine(line));
            }
        }));
        return accounts;
    }
}
