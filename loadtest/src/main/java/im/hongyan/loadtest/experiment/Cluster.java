package im.hongyan.loadtest.experiment;

import im.hongyan.loadtest.bench.Processes;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.loadtest.client.Credentials;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A PostgreSQL, a Redis and nodes, each in its own process, and the clients' addresses of the nodes. Methods block.
 * {@link #close} ends all processes.
 */
public final class Cluster implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration JOIN = Duration.ofMinutes(1);

    /**
     * What to start.
     *
     * @param server the server's command line, to which arguments are added
     * @param earlier the command line of an earlier version, with which nodes start if a scenario needs it; or the
     *     same
     * @param runtime the folder with the unpacked binaries of the stores, or null
     * @param folder for data and logs; must exist, and other users must be able to enter it, because PostgreSQL runs
     *     as one
     * @param port the nodes use this port and the forty after it
     * @param apart whether each node is in its own network namespace, so that nodes can be cut off from each other
     * @param settings additional settings of the nodes, as environment variables
     */
    public record Plan(
            List<String> server,
            List<String> earlier,
            Path runtime,
            Path folder,
            int port,
            int nodes,
            boolean apart,
            Map<String, String> settings) {
        public Plan {
            settings = Map.copyOf(settings);
            server = List.copyOf(server);
            earlier = List.copyOf(earlier);
        }
    }

    private final Plan plan;
    private final Vertx vertx = Vertx.vertx();
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<ChatClient> clients = new ArrayList<>();
    private final Map<String, String> stores = new HashMap<>();
    private Network network;
    private int batches;

    private Cluster(Plan plan) {
        this.plan = plan;
    }

    /** Whether this machine supports {@link Plan#apart}. */
    public static boolean canBeApart() {
        return Namespaces.areAvailable();
    }

    /** Starts everything. The nodes are then ready and know each other. */
    public static Cluster start(Plan plan) {
        Cluster cluster = new Cluster(plan);
        try {
            cluster.start();
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void start() {
        started.push(() -> vertx.close().await());
        network = plan.apart ? Namespaces.create(plan.nodes) : new Network.Loopback();
        started.push(network);
        startStores();
        Map<String, String> common = new HashMap<>(reachable());
        for (int number = 1; number <= plan.nodes; number++) {
            Node node = new Node(number, network, plan.port, common, plan.folder);
            nodes.add(node);
            clients.add(new ChatClient(vertx, node.uri(), ClientOptions.defaults()));
        }
        for (Node node : nodes) {
            launch(node, plan.server);
            if (node.number() == 1) {
                // The first node runs the migrations.
                node.awaitReady();
            }
        }
        awaitWhole(START);
    }

    private void startStores() {
        Path data = plan.folder.resolve("data");
        try {
            Files.createDirectories(data);
            Path runtime = data.resolve("runtime");
            if (plan.runtime != null && !Files.exists(runtime)) {
                Files.createDirectories(plan.runtime);
                Files.createSymbolicLink(runtime, plan.runtime);
            }
        } catch (IOException e) {
            throw new ExperimentFailure("no folder for the stores: " + e.getMessage(), e);
        }
        List<String> command = with(plan.server, "stores", "--nodes", Integer.toString(plan.nodes + 1));
        Map<String, String> environment = Map.of("HONGYAN_DATA", data.toString());
        ServerProcess process = ServerProcess.start("stores", command, environment, plan.folder.resolve("stores.log"));
        started.push(process);
        Await.require(
                () -> process.log().contains("Ctrl-C stops it.") || !process.isAlive(), START, "starting the stores");
        process.log().lines().filter(line -> line.startsWith("HONGYAN_")).forEach(line -> {
            int equals = line.indexOf('=');
            stores.put(line.substring(0, equals), line.substring(equals + 1));
        });
        if (stores.size() != 2) {
            throw new ExperimentFailure("the stores did not start; see " + process.logFile());
        }
        stores.put(
                "HONGYAN_AUTH_KEYS", "one:" + Base64.getEncoder().encodeToString(new SecureRandom().generateSeed(32)));
        stores.put("HONGYAN_AUTH_ACCESS_TOKEN_SECONDS", "86400");
    }

    /** The nodes' settings for the stores, with the address at which they reach them. */
    private Map<String, String> reachable() {
        Map<String, String> environment = new HashMap<>(stores);
        environment.putAll(plan.settings);
        environment.put("HONGYAN_LIMITS_EXEMPT_ADDRESSES", network.here());
        if (plan.apart) {
            for (String name : List.of("HONGYAN_POSTGRES_URL", "HONGYAN_REDIS_URL")) {
                URI uri = URI.create(stores.get(name));
                started.push(TcpForwarder.open(vertx, network.here(), uri.getPort()));
                environment.put(name, stores.get(name).replace("@127.0.0.1:", "@" + network.here() + ":"));
            }
        }
        return environment;
    }

    private static List<String> with(List<String> command, String... more) {
        return Stream.concat(command.stream(), Stream.of(more)).toList();
    }

    private void launch(Node node, List<String> server) {
        node.start(server);
        started.push(node.process());
    }

    /** RestartScenarios a node that has ended. */
    void restart(Node node) {
        launch(node, plan.server);
    }

    void restartEarlier(Node node) {
        launch(node, plan.earlier);
    }

    /** Waits until all nodes are ready and know each other. */
    void awaitWhole(Duration atMost) {
        nodes.forEach(Node::awaitReady);
        Await.require(
                () -> nodes.stream().allMatch(node -> node.nodesSeen() == plan.nodes), atMost, "nodes find each other");
    }

    /** Repairs whatever a scenario has left broken. */
    void mend() {
        network.heal();
        nodes.stream().filter(node -> !node.process().isAlive()).forEach(this::restart);
        awaitWhole(JOIN);
    }

    /** New users who are signed in. */
    public List<Credentials> users(int count) {
        String prefix = "x" + ++batches + "-";
        List<String> command =
                with(plan.server, "users", "create", "--count", Integer.toString(count), "--prefix", prefix);
        Path out = plan.folder.resolve("users" + batches);
        ServerProcess process = ServerProcess.start("users", command, stores, out);
        started.push(process);
        if (process.exit(START) != 0) {
            throw new ExperimentFailure("no users were created; see " + out);
        }
        return process.log()
                .lines()
                .filter(line -> line.startsWith("{"))
                .map(Credentials::ofLine)
                .collect(Collectors.toList());
    }

    /** Whether the server's own reconciliation finds no violation. */
    boolean reconciles() {
        ServerProcess process = ServerProcess.start(
                "reconcile", with(plan.server, "reconcile"), stores, plan.folder.resolve("reconcile.log"));
        started.push(process);
        return process.exit(START) == 0;
    }

    public Vertx vertx() {
        return vertx;
    }

    Network network() {
        return network;
    }

    List<Node> nodes() {
        return nodes;
    }

    /** Nodes are numbered from 1. */
    Node node(int number) {
        return nodes.get(number - 1);
    }

    public List<ChatClient> clients() {
        return clients;
    }

    ChatClient client(int number) {
        return clients.get(number - 1);
    }

    String redisUrl() {
        return stores.get("HONGYAN_REDIS_URL");
    }

    long redisPid() {
        return pidIn("redis.pid");
    }

    long postgresPid() {
        return pidIn("postmaster.pid");
    }

    /** Whether PostgreSQL accepts connections, according to its pid file. */
    boolean isPostgresUp() {
        try {
            List<String> lines = Files.readAllLines(
                    plan.folder.resolve("data").resolve("postgres").resolve("postmaster.pid"));
            return lines.get(lines.size() - 1).strip().equals("ready")
                    && ProcessHandle.of(Long.parseLong(lines.get(0).strip()))
                            .filter(ProcessHandle::isAlive)
                            .isPresent();
        } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
            // The file is being written.
            return false;
        }
    }

    /** Freezes PostgreSQL with everything in progress, until {@link #thawPostgres}. */
    void freezePostgres() {
        signalPostgres("-STOP");
    }

    void thawPostgres() {
        signalPostgres("-CONT");
    }

    private void signalPostgres(String signal) {
        ProcessHandle postgres =
                ProcessHandle.of(postgresPid()).orElseThrow(() -> new ExperimentFailure("PostgreSQL is not running"));
        List<String> command = new ArrayList<>(List.of("kill", signal));
        Stream.concat(Stream.of(postgres), postgres.children())
                .map(process -> Long.toString(process.pid()))
                .forEach(command::add);
        Commands.run(command.toArray(String[]::new));
    }

    private long pidIn(String file) {
        try {
            return Processes.pidIn(plan.folder.resolve("data"), file);
        } catch (IOException e) {
            throw new ExperimentFailure("a store has no pid file: " + e.getMessage(), e);
        }
    }

    /** Stops the nodes together, and then the stores. */
    @Override
    public void close() {
        if (network != null && !nodes.isEmpty()) {
            nodes.stream()
                    .map(Node::process)
                    .filter(p -> p != null && p.isAlive())
                    .forEach(process -> {
                        process.thaw();
                        process.terminate();
                    });
        }
        started.forEach(each -> {
            try {
                each.close();
            } catch (Exception e) {
                System.err.println("shutdown failed: " + e.getMessage());
            }
        });
        started.clear();
    }
}
