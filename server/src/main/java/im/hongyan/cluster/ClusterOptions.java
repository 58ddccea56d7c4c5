package im.hongyan.cluster;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a node joins the cluster.
 *
 * @param host the private address that Hazelcast and the event bus bind to, and that other nodes connect to
 * @param port Hazelcast's port
 * @param busPort the event bus's port
 * @param members addresses where other nodes may run, host:port
 * @param dns a DNS name that resolves to all nodes
 * @param tls TLS for the event bus; Hazelcast supports TLS only with a licence
 */
public record ClusterOptions(
        String name,
        String host,
        int port,
        int busPort,
        List<String> members,
        Optional<String> dns,
        Optional<Tls> tls) {
    /** PEM files. Both ends of a connection present a certificate signed by the authority {@code ca}. */
    public record Tls(Path certificate, Path key, Path ca) {}

    public ClusterOptions {
        members = List.copyOf(members);
    }

    String address() {
        return host + ":" + port;
    }
}
