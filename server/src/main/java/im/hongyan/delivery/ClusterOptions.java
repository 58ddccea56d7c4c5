package im.hongyan.delivery;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a node joins the others.
 *
 * @param host the private address that Hazelcast and the event bus bind, and that the other nodes reach this one at
 * @param port of Hazelcast
 * @param busPort of the event bus
 * @param members where other nodes may be, host:port
 * @param dns a name whose addresses are the nodes
 * @param tls of the event bus; Hazelcast without a licence has none
 */
public record ClusterOptions(
        String name,
        String host,
        int port,
        int busPort,
        List<String> members,
        Optional<String> dns,
        Optional<Tls> tls) {
    /** PEM files: both sides of each connection show a certificate that the authority has signed. */
    public record Tls(Path certificate, Path key, Path ca) {}

    public ClusterOptions {
        members = List.copyOf(members);
    }

    String address() {
        return host + ":" + port;
    }
}
