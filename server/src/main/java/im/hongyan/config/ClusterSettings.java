package im.hongyan.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How this node finds the other nodes and communicates with them.
 *
 * @param host the private address that Hazelcast and the event bus bind, and at which the other nodes reach this one
 * @param members possible addresses of other nodes, host or host:port, in addition to those in the database
 * @param dns a DNS name that resolves to the nodes
 */
public record ClusterSettings(
        boolean enabled,
        String name,
        String host,
        int port,
        int busPort,
        List<String> members,
        Optional<String> dns,
        Optional<Tls> tls) {
    /** PEM files for mutual TLS: nodes accept only certificates that the authority {@code ca} has signed. */
    public record Tls(Path certificate, Path key, Path ca) {}

    public ClusterSettings {
        members = List.copyOf(members);
    }

    /** The address of Hazelcast, host:port. */
    public String address() {
        return host + ":" + port;
    }

    static ClusterSettings read(SettingsReader keys) {
        boolean enabled = keys.flag("cluster.enabled", false, "Joins this node to a cluster.");
        String name = keys.text(
                "cluster.name",
                "hongyan",
                SettingsReader::isName,
                "needs 1 to 200 visible characters",
                "The name of the cluster, the same on all of its nodes.");
        String host = keys.text(
                "cluster.host",
                "127.0.0.1",
                address -> SettingsReader.isHost(address) && !address.equals("0.0.0.0") && !address.equals("::"),
                "needs an address at which the other nodes reach this one",
                "The private address at which the other nodes reach this one; never a public address.");
        int port = keys.number("cluster.port", 5701, 1, 65_535, "The port of Hazelcast.");
        int busPort = keys.number("cluster.bus-port", 5801, 1, 65_535, "The port of the event bus.");
        if (port == busPort) {
            keys.refuse("cluster.bus-port: must differ from cluster.port");
        }
        List<String> members = keys.list(
                "cluster.members",
                List.of(),
                "Possible addresses of other nodes, host:port, separated by commas; the database names others.",
                List::copyOf);
        Optional<String> dns = keys.optional(
                "cluster.dns",
                "A DNS name that resolves to the nodes, such as a headless service of Kubernetes.",
                t -> t);
        return new ClusterSettings(enabled, name, host, port, busPort, members, dns, tls(keys));
    }

    private static Optional<Tls> tls(SettingsReader keys) {
        Optional<Path> certificate = file(keys, "cluster.tls.certificate", "This node's certificate, a PEM file.");
        Optional<Path> key = file(keys, "cluster.tls.key", "The private key of the certificate, in PEM and PKCS #8.");
        Optional<Path> ca =
                file(keys, "cluster.tls.ca", "The authority that signs the nodes' certificates, a PEM file.");
        if (certificate.isPresent() && key.isPresent() && ca.isPresent()) {
            return Optional.of(new Tls(certificate.get(), key.get(), ca.get()));
        }
        if (certificate.isPresent() || key.isPresent() || ca.isPresent()) {
            keys.refuse("cluster.tls: set all of certificate, key and ca, or none");
        }
        return Optional.empty();
    }

    private static Optional<Path> file(SettingsReader keys, String key, String description) {
        return keys.optional(key, description, text -> {
            Path file = Path.of(text);
            if (!Files.isReadable(file)) {
                throw new IllegalArgumentException("needs a readable file");
            }
            return file;
        });
    }
}
