package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;

import im.hongyan.delivery.Sockets;
import im.hongyan.loadtest.client.ChatClient;
import im.hongyan.loadtest.client.ClientOptions;
import im.hongyan.local.cluster.Balancer;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Two nodes behind HAProxy with the shipped configuration, except for the addresses: a client that loses its node
 * connects to the other one.
 */
public final class BalancedCluster implements PageServer {
    private static final Path SHIPPED = Path.of("..", "cluster-config", "haproxy.cfg");

    private final ClusterExtension cluster = new ClusterExtension(0)
            .with("HONGYAN_HTTP_TRUSTED_PROXIES", "127.0.0.1")
            .with("HONGYAN_LIMITS_EXEMPT_ADDRESSES", "127.0.0.1");
    private final int[] ports = new int[2];
    /** Null where a node was killed. */
    private final ClusterNode[] nodes = new ClusterNode[ports.length];

    private URI uri;
    private Balancer balancer;
    private ChatClient client;

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        cluster.beforeAll(context);
        for (int i = 0; i < nodes.length; i++) {
            ports[i] = ReservedPorts.next();
            start(i);
        }
        int port = ReservedPorts.next();
        uri = URI.create("http://127.0.0.1:" + port);
        List<String> addresses =
                Arrays.stream(ports).mapToObj(node -> "127.0.0.1:" + node).toList();
        balancer = Balancer.start(
                SHIPPED, Path.of("target", "balancer", Integer.toString(port)), "127.0.0.1:" + port, addresses);
        client = new ChatClient(cluster.clientVertx(), uri, ClientOptions.defaults());
    }

    private void start(int node) throws Exception {
        nodes[node] = cluster.start(Map.of("HONGYAN_HTTP_PORT", Integer.toString(ports[node])));
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (balancer != null) {
            balancer.close();
        }
        for (ClusterNode node : nodes) {
            if (node != null) {
                node.stop();
            }
        }
        cluster.afterAll(context);
    }

    @Override
    public void restore() throws Exception {
        for (int i = 0; i < nodes.length; i++) {
            if (nodes[i] == null) {
                start(i);
            }
        }
    }

    /** Kills a node, as a power failure does. */
    public void crash(int node) throws Exception {
        ClusterNode dying = nodes[node];
        nodes[node] = null;
        dying.crash();
    }

    /** The sessions with a socket on a node; none if it was killed. */
    public Set<String> sessionsOn(int node) {
        Set<String> sessions = new HashSet<>();
        if (nodes[node] != null) {
            nodes[node]
                    .app
                    .service(Sockets.class)
                    .forEach(connection ->
                            sessions.add(connection.principal().session().text()));
        }
        return sessions;
    }

    /** The keys in Redis that match a pattern. */
    public List<String> keys(String pattern) throws Exception {
        return await(cluster.stores().redis().send(Request.cmd(Command.KEYS).arg(pattern))).stream()
                .map(Object::toString)
                .toList();
    }

    @Override
    public URI uri() {
        return uri;
    }

    @Override
    public ChatClient client() {
        return client;
    }
}
