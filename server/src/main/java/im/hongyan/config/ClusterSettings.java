package im.hongyan.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How this node finds the others and talks to them.
 *
 * @param host the private address that Hazelcast and the event bus bind, and that the other nodes reach this one at
 * @param members where other nodes may be, host or host:port; those that the database knows are tried as well
 * @param dns a name whose addresses are the nodes
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
    /** PEM files. Each node shows its certificate to the others, and takes only those that the authority has signed. */
    public record Tls(Path certificate, Path key, Path ca) {}

    public ClusterSettings {
        members = List.copyOf(members);
    }

    /** Of Hazelcast, host:port. */
    public String address() {
        return host + ":" + port;
    }

    static ClusterSettings read(SettingsReader keys) {
        boolean enabled = keys.flag("cluster.enabled", false, "Be one of several nodes.");
        String name = keys.text(
                "cluster.name",
                "hongyan",
                Settings::isName,
                "needs 1 to 200 visible characters",
                "The nodes of one cluster have the same.");
        String host = keys.text(
                "cluster.host",
                "127.0.0.1",
                address -> Settings.isHost(address) && !address.equals("0.0.0.0") && !address.equals("::"),
                "needs one address, at which the other nodes reach this one",
                "The private address at which the other nodes reach this one; never one of the internet.");
        int port = keys.number("cluster.port", 5701, 1, 65_535, "The port of Hazelcast.");
        int busPort = keys.number("cluster.bus-port", 5801, 1, 65_535, "The port of the event bus.");
        if (port == busPort) {
            keys.refuse("cluster.bus-port: it is the same as cluster.port; they need one port each");
        }
        List<String> members = keys.list(
                "cluster.members",
                List.of(),
                "Where other nodes may be, host:port, separated by commas; those in the database are found anyway.",
                List::copyOf);
        Optional<String> dns = keys.optional(
                "cluster.dns",
                "A name whose addresses are the nodes, such as a headless service of Kubernetes.",
                t -> t);
        return new ClusterSettings(enabled, name, host, port, busPort, members, dns, tls(keys));
    }

    private static Optional<Tls> tls(SettingsReader keys) {
        Optional<Path> certificate = file(keys, "cluster.tls.certificate", "This node's certificate, a PEM file.");
        Optional<Path> key = file(keys, "cluster.tls.key", "The key of that certificate, a PEM file in PKCS #8.");
        Optional<Path> ca =
                file(keys, "cluster.tls.ca", "The authority that signs the nodes' certificates, a PEM file.");
        if (certificate.isPresent() && key.isPresent() && ca.isPresent()) {
            return Optional.of(new Tls(certificate.get(), key.get(), ca.get()));
        }
        if (certificate.isPresent() || key.isPresent() || ca.isPresent()) {
            keys.refuse("cluster.tls: certificate, key and ca belong together; some are missing");
        }
        return Optional.empty();
    }

    private static Optional<Path> file(SettingsReader keys, String key, String description) {
        return keys.optional(key, description, text -> {
            Path file = Path.of(text);
            if (!Files.isReadable(file)) {
                throw new IllegalArgumentException("needs a file that can be read");
            }
            return file;
        });
    }
}
