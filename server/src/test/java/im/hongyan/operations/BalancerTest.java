package im.hongyan.operations;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.App;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.PushHandler;
import im.hongyan.loadtest.client.SyncOptions;
import im.hongyan.loadtest.client.SyncingClient;
import im.hongyan.loadtest.history.History;
import im.hongyan.loadtest.history.HistoryChecker;
import im.hongyan.localcluster.Balancer;
import im.hongyan.scenario.NodeExtension;
import im.hongyan.scenario.Person;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresLimits;
import im.hongyan.store.Redis;
import im.hongyan.store.RedisLimits;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes behind a real HAProxy with the configuration that is shipped, but for the addresses. */
@Timeout(120)
class BalancerTest {
    private static final PushHandler IGNORED = (type, data) -> {};

    private static final int SOCKETS_PER_ADDRESS = 3;

    private static final Map<String, String> SETTINGS = Map.of(
            "HONGYAN_HTTP_TRUSTED_PROXIES",
            "127.0.0.1",
            "HONGYAN_LIMITS_SOCKETS_PER_ADDRESS",
            Integer.toString(SOCKETS_PER_ADDRESS),
            // Most clients of these tests.
            "HONGYAN_LIMITS_TRUSTED",
            "127.0.0.1");

    @RegisterExtension
    static final NodeExtension first = node();

    @TempDir
    static Path folder;

    private static int secondPort;
    private static Vertx secondVertx;
    private static App second;
    private static Balancer balancer;
    private static ChatClient client;

    private final History history = new History();

    private static NodeExtension node() {
        NodeExtension node = new NodeExtension();
        SETTINGS.forEach(node::with);
        return node;
    }

    @BeforeAll
    static void startAll() throws Exception {
        secondPort = freePort();
        int port = freePort();
        balancer = Balancer.start(
                Shipped.FOLDER.resolve("haproxy.cfg"),
                folder,
                "127.0.0.1:" + port,
                List.of("127.0.0.1:" + first.app().port(), "127.0.0.1:" + secondPort));
        client = new ChatClient(first.vertx(), URI.create("http://127.0.0.1:" + port), ClientOptions.defaults());
        startSecond();
    }

    @AfterAll
    static void stopAll() throws Exception {
        if (second != null) {
            await(second.stop());
            await(secondVertx.close());
        }
        if (client != null) {
            await(client.close());
        }
        if (balancer != null) {
            balancer.close();
        }
    }

    /** And waits until the balancer sends sockets to both. */
    private static void startSecond() throws Exception {
        secondVertx = Vertx.vertx();
        Postgres postgres = Postgres.open(secondVertx, first.stores().postgresAddress(), PostgresLimits.DEFAULTS);
        Redis redis = await(Redis.open(secondVertx, first.stores().redisAddress(), RedisLimits.DEFAULTS));
        Map<String, String> settings = new HashMap<>(SETTINGS);
        settings.put("HONGYAN_HTTP_PORT", Integer.toString(secondPort));
        second = await(new App(secondVertx, NodeExtension.settings(settings), postgres, redis).start());
        List<ChatConnection> open = new ArrayList<>();
        Credentials anybody = first.accounts(1).get(0);
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
                nodes(open).size() < 2; ) {
            assertThat(System.nanoTime()).as("the balancer finds the node").isLessThan(end);
            open.add(connect(client, anybody));
        }
        closeAll(open);
    }

    @Test
    void chat_throughTheBalancer_works() throws Exception {
        Person alice = person();
        Person bob = person();
        String conversation = alice.openWith(bob);
        long seq = alice.say(conversation, "over the wall");
        assertThat(bob.ask("entries.read", Map.of("conversation", conversation, "after", 0, "limit", 10))
                        .at("/entries")
                        .findValuesAsText("text"))
                .containsExactly("over the wall");
        assertThat(seq).isPositive();
    }

    @Test
    void sockets_goToAllNodes() throws Exception {
        List<ChatConnection> open = new ArrayList<>();
        // A node that has just come gets one of many.
        for (Credentials who : first.accounts(60)) {
            open.add(connect(client, who));
        }
        assertThat(nodes(open)).hasSize(2);
        closeAll(open);
    }

    /** Or all the people behind one balancer would share the limits of one address. */
    @Test
    void addressOfAClient_isNotTheBalancers() throws Exception {
        ChatClient crowd = from("127.0.0.2");
        ChatClient another = from("127.0.0.3");
        List<ChatConnection> open = new ArrayList<>();
        List<Throwable> refused = new ArrayList<>();
        // Each of the two nodes lets in three, wherever the balancer sends them.
        for (Credentials who : first.accounts(2 * SOCKETS_PER_ADDRESS + 1)) {
            try {
                open.add(connect(crowd, who));
            } catch (ChatError e) {
                refused.add(e);
            }
        }
        assertThat(refused).isNotEmpty().allMatch(error -> error.toString().contains("sockets.per_address"));
        assertThat(open).hasSizeBetween(SOCKETS_PER_ADDRESS, 2 * SOCKETS_PER_ADDRESS);
        open.add(connect(another, first.accounts(1).get(0)));
        closeAll(open);
        await(crowd.close());
        await(another.close());
    }

    private static ChatClient from(String address) {
        return new ChatClient(
                first.vertx(), client.server(), ClientOptions.defaults().withLocalAddress(address));
    }

    @Test
    void node_thatDrains_getsNoNewSocketsAndItsClientsComeBackToTheOther() throws Exception {
        List<SyncingClient> people = new ArrayList<>();
        for (Credentials who : first.accounts(12)) {
            people.add(new SyncingClient(
                    first.vertx(), List.of(client), who, who.user(), history, SyncOptions.defaults()));
        }
        await(Future.all(people.stream().map(SyncingClient::start).toList()));
        String group = await(people.get(0)
                .createGroup(
                        "geese",
                        people.stream().skip(1).map(SyncingClient::user).toList()));
        String staying = nodeOf(await(first.client().connect(people.get(0).who().accessToken(), IGNORED)));
        assertThat(people).anyMatch(person -> !nodeOf(person.connection()).equals(staying));

        List<Future<?>> sent = new ArrayList<>();
        people.forEach(person -> sent.add(person.send(group, "before")));
        Newcomers newcomers = new Newcomers();
        Future<Void> stop = second.stop();
        // From here on it takes no more.
        newcomers.start();
        people.forEach(person -> sent.add(person.send(group, "meanwhile")));
        await(stop);
        await(Future.all(sent));
        await(Future.all(people.stream().map(SyncingClient::catchUp).toList()));
        List<String> reached = newcomers.end();
        await(secondVertx.close());

        assertThat(reached).hasSizeGreaterThan(10).containsOnly(staying);
        for (SyncingClient person : people) {
            assertThat(nodeOf(person.connection())).isEqualTo(staying);
            assertThat(await(person.stats()).losses())
                    .as("one reconnect at the most")
                    .isLessThanOrEqualTo(1);
            await(person.stop());
        }
        assertThat(HistoryChecker.check(history).orThrow().counts().acknowledged())
                .isEqualTo(2L * people.size());

        // Started again on the same address, it gets sockets again.
        startSecond();
    }

    /** Somebody who opens a socket again and again; none may be refused. */
    private static final class Newcomers {
        private final Credentials who;
        private final List<String> reached = new ArrayList<>();
        private final CountDownLatch ending = new CountDownLatch(1);
        private final FutureTask<List<String>> task = new FutureTask<>(this::open);

        Newcomers() throws Exception {
            who = first.accounts(1).get(0);
        }

        void start() {
            new Thread(task, "newcomers").start();
        }

        private List<String> open() throws Exception {
            do {
                ChatConnection connection = connect(client, who);
                reached.add(nodeOf(connection));
                await(connection.close());
            } while (!ending.await(20, TimeUnit.MILLISECONDS) || reached.size() <= 10);
            return reached;
        }

        /** @return the nodes that they reached */
        List<String> end() throws Exception {
            ending.countDown();
            return task.get(20, TimeUnit.SECONDS);
        }
    }

    private static Person person() throws Exception {
        return Person.connect(client, first.accounts(1).get(0));
    }

    private static ChatConnection connect(ChatClient client, Credentials who) throws Exception {
        return await(client.connect(who.accessToken(), IGNORED));
    }

    private static void closeAll(List<ChatConnection> connections) throws Exception {
        await(Future.all(connections.stream().map(ChatConnection::close).toList()));
    }

    private static Set<String> nodes(List<ChatConnection> connections) {
        return connections.stream().map(BalancerTest::nodeOf).collect(Collectors.toSet());
    }

    private static String nodeOf(ChatConnection connection) {
        return connection.welcome().get("node").asText();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
