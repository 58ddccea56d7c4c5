package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.Features;
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
import im.hongyan.local.cluster.Balancer;
import im.hongyan.store.Certificate;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes behind a real HAProxy with the shipped configuration, except for the addresses. */
@Timeout(120)
class BalancerTest {
    private static final PushHandler IGNORED = (type, data) -> {};

    private static final Path SHIPPED = Path.of("..", "cluster-config", "haproxy.cfg");
    private static final int SOCKETS_PER_ADDRESS = 3;

    private static final Map<String, String> SETTINGS = Map.of(
            "HONGYAN_HTTP_TRUSTED_PROXIES",
            "127.0.0.1",
            "HONGYAN_LIMITS_SOCKETS_PER_ADDRESS",
            Integer.toString(SOCKETS_PER_ADDRESS),
            // Most clients of these tests.
            "HONGYAN_LIMITS_EXEMPT_ADDRESSES",
            "127.0.0.1");

    @RegisterExtension
    static final ClusterExtension cluster = cluster();

    @TempDir
    static Path folder;

    private static int secondPort;
    private static ClusterNode second;
    private static Balancer balancer;
    private static ChatClient client;

    private final History history = new History();

    private static ClusterExtension cluster() {
        ClusterExtension cluster = new ClusterExtension(1);
        SETTINGS.forEach(cluster::with);
        return cluster;
    }

    @BeforeAll
    static void startAll() throws Exception {
        secondPort = freePort();
        int port = freePort();
        balancer = Balancer.start(
                SHIPPED,
                folder,
                "127.0.0.1:" + port,
                List.of("127.0.0.1:" + cluster.node(0).app.port(), "127.0.0.1:" + secondPort));
        client =
                new ChatClient(cluster.clientVertx(), URI.create("http://127.0.0.1:" + port), ClientOptions.defaults());
        startSecond();
    }

    @AfterAll
    static void stopAll() throws Exception {
        if (second != null) {
            second.stop();
        }
        if (client != null) {
            await(client.close());
        }
        if (balancer != null) {
            balancer.close();
        }
    }

    /** Starts the node on the address that the balancer knows, and waits until the balancer uses both nodes. */
    private static void startSecond() throws Exception {
        Map<String, String> settings = new HashMap<>(SETTINGS);
        settings.put("HONGYAN_HTTP_PORT", Integer.toString(secondPort));
        second = ClusterNode.start(cluster.stores(), cluster.clientVertx(), settings, Features.ALL);
        List<ChatConnection> open = new ArrayList<>();
        Credentials anybody = cluster.accounts(1).get(0);
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
                nodes(open).size() < 2; ) {
            assertThat(System.nanoTime()).as("the balancer finds the node").isLessThan(end);
            open.add(connect(client, anybody));
        }
        closeAll(open);
    }

    @Test
    void chat_throughBalancer_crossesNodes() throws Exception {
        List<Person> people = new ArrayList<>();
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20); ; ) {
            people.add(Person.connect(client, cluster.accounts(1).get(0)));
            Person alice = people.get(0);
            Person bob = people.get(people.size() - 1);
            if (!nodeOf(alice.connection()).equals(nodeOf(bob.connection()))) {
                String conversation = alice.openWith(bob);
                bob.receiveEntry(conversation, alice.say(conversation, "over the wall"));
                alice.receiveEntry(conversation, bob.say(conversation, "and back"));
                break;
            }
            assertThat(System.nanoTime()).as("the balancer uses both nodes").isLessThan(end);
        }
        closeAll(people.stream().map(Person::connection).toList());
    }

    @Test
    void sockets_areSpreadOverNodes() throws Exception {
        List<ChatConnection> open = new ArrayList<>();
        // A node that has just started gets one socket of many.
        for (Credentials who : cluster.accounts(60)) {
            open.add(connect(client, who));
        }
        assertThat(nodes(open)).hasSize(2);
        closeAll(open);
    }

    @Test
    void balancer_withCertificate_servesWssAndRedirectsHttp() throws Exception {
        Certificate certificate = Certificate.make(folder, "balancer");
        Path pem = Files.writeString(
                folder.resolve("balancer.pem"),
                Files.readString(certificate.certificate()) + Files.readString(certificate.key()));
        int plain = freePort();
        int secure = freePort();
        Path withTls = Files.writeString(
                folder.resolve("tls.cfg"),
                Files.readString(SHIPPED)
                        .replace(".if defined(TLS_PEM)", ".if 1")
                        .replace("${TLS_PEM}", pem.toString())
                        .replace("bind :443", "bind 127.0.0.1:" + secure));
        try (Balancer tls = Balancer.start(
                withTls,
                Files.createDirectory(folder.resolve("tls")),
                "127.0.0.1:" + plain,
                List.of("127.0.0.1:" + cluster.node(0).app.port()))) {
            assertThat(tls.isAlive()).isTrue();
            HttpClient https =
                    HttpClient.newBuilder().sslContext(trusting(certificate)).build();
            HttpResponse<String> redirect = https.send(
                    HttpRequest.newBuilder(URI.create("http://localhost:" + plain + "/docs"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(redirect.statusCode()).isEqualTo(308);
            assertThat(redirect.headers().firstValue("location"))
                    .hasValueSatisfying(
                            there -> assertThat(there).startsWith("https://").endsWith("/docs"));
            HttpResponse<String> page = https.send(
                    HttpRequest.newBuilder(URI.create("https://localhost:" + secure + "/health/ready"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("strict-transport-security")).isPresent();
            assertThat(welcome(https, URI.create("wss://localhost:" + secure + "/ws")))
                    .contains("\"type\":\"welcome\"")
                    .contains(cluster.node(0).cluster.bootId());
        }
    }

    private static SSLContext trusting(Certificate certificate) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null);
        try (InputStream pem = Files.newInputStream(certificate.certificate())) {
            trusted.setCertificateEntry(
                    "balancer", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    /** The first frame of a new socket. */
    private static String welcome(HttpClient https, URI uri) throws Exception {
        CompletableFuture<String> first = new CompletableFuture<>();
        WebSocket socket = https.newWebSocketBuilder()
                .header("Authorization", "Bearer " + cluster.accounts(1).get(0).accessToken())
                .subprotocols("hongyan.v1")
                .buildAsync(uri, new WebSocket.Listener() {
                    private final StringBuilder text = new StringBuilder();

                    @Override
                    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
                        text.append(part);
                        if (last) {
                            first.complete(text.toString());
                        }
                        from.request(1);
                        return null;
                    }
                })
                .get(10, TimeUnit.SECONDS);
        String frame = first.get(10, TimeUnit.SECONDS);
        socket.abort();
        return frame;
    }

    /** Otherwise all users behind one balancer would share the limits of one address. */
    @Test
    void clientAddress_behindBalancer_isTheClients() throws Exception {
        ChatClient crowd = from("127.0.0.2");
        ChatClient another = from("127.0.0.3");
        List<ChatConnection> open = new ArrayList<>();
        List<Throwable> refused = new ArrayList<>();
        // Each of the two nodes accepts three, wherever the balancer sends them.
        for (Credentials who : cluster.accounts(2 * SOCKETS_PER_ADDRESS + 1)) {
            try {
                open.add(connect(crowd, who));
            } catch (ChatError e) {
                refused.add(e);
            }
        }
        assertThat(refused).isNotEmpty().allMatch(error -> error.toString().contains("sockets.per_address"));
        assertThat(open).hasSizeBetween(SOCKETS_PER_ADDRESS, 2 * SOCKETS_PER_ADDRESS);
        open.add(connect(another, cluster.accounts(1).get(0)));
        closeAll(open);
        await(crowd.close());
        await(another.close());
    }

    private static ChatClient from(String address) {
        return new ChatClient(
                cluster.clientVertx(), client.server(), ClientOptions.defaults().withLocalAddress(address));
    }

    @Test
    void drainingNode_losesItsClientsToTheOther() throws Exception {
        List<SyncingClient> people = new ArrayList<>();
        for (Credentials who : cluster.accounts(12)) {
            people.add(new SyncingClient(
                    cluster.clientVertx(), List.of(client), who, who.user(), history, SyncOptions.defaults()));
        }
        await(Future.all(people.stream().map(SyncingClient::start).toList()));
        String group = await(people.get(0)
                .createGroup(
                        "geese",
                        people.stream().skip(1).map(SyncingClient::user).toList()));
        String staying = cluster.node(0).cluster.bootId();
        assertThat(people).anyMatch(person -> !nodeOf(person.connection()).equals(staying));

        List<Future<?>> sent = new ArrayList<>();
        people.forEach(person -> sent.add(person.send(group, "before")));
        Newcomers newcomers = new Newcomers();
        ClusterNode leaving = second;
        second = null;
        Future<Void> stop = leaving.app.stop();
        // From here on it accepts no more.
        newcomers.start();
        people.forEach(person -> sent.add(person.send(group, "meanwhile")));
        await(stop);
        await(Future.all(sent));
        await(Future.all(people.stream().map(SyncingClient::catchUp).toList()));
        List<String> reached = newcomers.end();
        await(leaving.cluster.vertx().close());

        assertThat(reached).hasSizeGreaterThan(10).containsOnly(staying);
        for (SyncingClient person : people) {
            assertThat(nodeOf(person.connection())).isEqualTo(staying);
            assertThat(await(person.stats()).losses())
                    .as("at most one reconnect")
                    .isLessThanOrEqualTo(1);
            await(person.stop());
        }
        assertThat(HistoryChecker.check(history).orThrow().counts().acknowledged())
                .isEqualTo(2L * people.size());

        // After a restart on the same address, it gets sockets again.
        startSecond();
    }

    /** A client that opens sockets repeatedly; none may be rejected. */
    private static final class Newcomers {
        private final Credentials who;
        private final List<String> reached = new ArrayList<>();
        private final CountDownLatch ending = new CountDownLatch(1);
        private final FutureTask<List<String>> task = new FutureTask<>(this::open);

        Newcomers() throws Exception {
            who = cluster.accounts(1).get(0);
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

        /** @return the nodes that the sockets reached */
        List<String> end() throws Exception {
            ending.countDown();
            return task.get(20, TimeUnit.SECONDS);
        }
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
