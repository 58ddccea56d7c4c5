package im.hongyan.local.cluster;

import im.hongyan.store.StartFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Several nodes on this machine, behind a balancer if HAProxy is installed. The stores must run already. Methods block;
 * {@link #close} may be called from any thread at any time.
 */
public final class LocalCluster implements AutoCloseable {
    /**
     * What to start.
     *
     * @param host where the balancer listens; nodes listen only on 127.0.0.1
     * @param port the balancer's port, from which the nodes' ports follow
     * @param java the command that runs a node
     * @param firstArguments additional arguments for the first node
     * @param environment additional variables for each node
     * @param folder for the log files
     * @param balancer the shipped configuration of HAProxy
     */
    public record Plan(
            String host,
            int port,
            int nodes,
            List<String> java,
            List<String> firstArguments,
            Map<String, String> environment,
            Path folder,
            Path balancer) {
        static final int MAX_NODES = 9;
        static final int HIGHEST_PORT = 65_535 - 3_000 - MAX_NODES;

        public Plan {
            if (nodes < 1 || nodes > MAX_NODES) {
                throw new StartFailure("A cluster on one machine has 1 to " + MAX_NODES + " nodes, not " + nodes + ".");
            }
            if (port < 1 || port > HIGHEST_PORT) {
                throw new StartFailure("The ports of the nodes follow from the balancer's: HONGYAN_HTTP_PORT is 1 to "
                        + HIGHEST_PORT + " here, not " + port + ".");
            }
            java = List.copyOf(java);
            firstArguments = List.copyOf(firstArguments);
            environment = Map.copyOf(environment);
        }

        List<NodePorts> ports() {
            return IntStream.rangeClosed(1, nodes)
                    .mapToObj(number -> NodePorts.of(port, number))
                    .toList();
        }
    }

    private final Plan plan;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofMillis(500)).build();
    private final List<NodeProcess> nodes = new ArrayList<>();
    private Balancer balancer;
    private boolean closed;

    public LocalCluster(Plan plan) {
        this.plan = plan;
    }

    /** @throws StartFailure that names the first port that is taken */
    public void requirePorts() {
        requireFree(plan.host, plan.port, "the balancer");
        int number = 0;
        for (NodePorts ports : plan.ports()) {
            number++;
            for (int port : ports.all()) {
                requireFree("127.0.0.1", port, "node" + number);
            }
        }
    }

    private static void requireFree(String host, int port, String owner) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
        } catch (IOException e) {
            throw new StartFailure(
                    "Port " + port + " on " + host + ", which " + owner + " needs, cannot be opened: " + e.getMessage()
                            + "; set HONGYAN_HTTP_PORT to another port, from which all others follow.",
                    e);
        }
    }

    /**
     * Starts the balancer, the first node, which migrates the database, and then the other nodes together.
     *
     * @param progress receives a line for each step
     */
    public void start(Consumer<String> progress) throws InterruptedException {
        if (Balancer.isInstalled()) {
            progress.accept("HAProxy on " + plan.host + ":" + plan.port);
            started(Balancer.start(
                    plan.balancer,
                    plan.folder,
                    address(plan.host, plan.port),
                    plan.ports().stream()
                            .map(ports -> address("127.0.0.1", ports.http()))
                            .toList()));
        } else {
            progress.accept(
                    "No balancer: HAProxy is not installed (Debian: apt-get install haproxy). The nodes listen on "
                            + plan.ports().stream()
                                    .map(ports -> "http://127.0.0.1:" + ports.http())
                                    .collect(Collectors.joining(", ")));
        }
        for (int number = 1; number <= plan.nodes; number++) {
            NodeProcess node = startNode(number);
            progress.accept(node.name() + " on 127.0.0.1:" + node.ports().http() + ", process " + node.pid());
            if (number == 1) {
                node.awaitReady();
            }
        }
        for (NodeProcess node : nodes()) {
            node.awaitReady();
        }
    }

    private static String address(String host, int port) {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    private synchronized void started(Balancer started) {
        balancer = started;
        if (closed) {
            started.close();
        }
    }

    private synchronized NodeProcess startNode(int number) {
        if (closed) {
            throw new StartFailure("The cluster was stopped while it started.");
        }
        NodePorts ports = NodePorts.of(plan.port, number);
        List<String> command = number == 1
                ? Stream.concat(plan.java.stream(), plan.firstArguments.stream())
                        .toList()
                : plan.java;
        String name = "node" + number;
        NodeProcess node =
                NodeProcess.start(name, ports, command, environment(ports), plan.folder.resolve(name + ".log"), client);
        nodes.add(node);
        return node;
    }

    private Map<String, String> environment(NodePorts ports) {
        Map<String, String> environment = new HashMap<>(plan.environment);
        // So that a node can print the product's Chinese name.
        environment.put("LC_ALL", "C.UTF-8");
        environment.put("HONGYAN_HTTP_HOST", "127.0.0.1");
        environment.put("HONGYAN_HTTP_PORT", Integer.toString(ports.http()));
        environment.put("HONGYAN_ADMIN_HOST", "127.0.0.1");
        environment.put("HONGYAN_ADMIN_PORT", Integer.toString(ports.admin()));
        environment.put("HONGYAN_CLUSTER_ENABLED", "true");
        environment.put("HONGYAN_CLUSTER_HOST", "127.0.0.1");
        environment.put("HONGYAN_CLUSTER_PORT", Integer.toString(ports.hazelcast()));
        environment.put("HONGYAN_CLUSTER_BUS_PORT", Integer.toString(ports.bus()));
        // Separates several clusters on one machine.
        environment.put("HONGYAN_CLUSTER_NAME", "local-" + plan.port);
        environment.put(
                "HONGYAN_CLUSTER_MEMBERS",
                plan.ports().stream()
                        .map(other -> address("127.0.0.1", other.hazelcast()))
                        .collect(Collectors.joining(",")));
        // The balancer, which forwards the client's address.
        environment.put("HONGYAN_HTTP_TRUSTED_PROXIES", "127.0.0.1");
        return environment;
    }

    private synchronized List<NodeProcess> nodes() {
        return List.copyOf(nodes);
    }

    /** The current state of all nodes; takes about a second at most. */
    public ClusterView view() {
        List<NodeProcess> all = nodes();
        List<CompletableFuture<NodeStatus>> statuses =
                all.stream().map(NodeProcess::status).toList();
        List<ClusterView.Line> lines = IntStream.range(0, all.size())
                .mapToObj(i -> new ClusterView.Line(
                        all.get(i).name(),
                        all.get(i).pid(),
                        all.get(i).ports().http(),
                        statuses.get(i).join()))
                .toList();
        return new ClusterView(lines, balancerState());
    }

    private synchronized String balancerState() {
        if (balancer == null) {
            return "not installed";
        }
        return balancer.isAlive() ? "up" : "down";
    }

    /** Drains all nodes in parallel, and then stops the balancer. */
    @Override
    public void close() {
        List<NodeProcess> ending;
        Optional<Balancer> last;
        synchronized (this) {
            closed = true;
            ending = List.copyOf(nodes);
            last = Optional.ofNullable(balancer);
        }
        List<Thread> stops =
                ending.stream().map(node -> new Thread(() -> stop(node))).toList();
        stops.forEach(Thread::start);
        for (Thread stop : stops) {
            try {
                stop.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        last.ifPresent(Balancer::close);
    }

    private static void stop(NodeProcess node) {
        try {
            node.stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
