package im.hongyan.cluster;

import com.hazelcast.config.ClassFilter;
import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.HazelcastException;
import im.hongyan.store.StartFailure;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * Hazelcast's configuration: addresses and discovery from our settings, everything else from the operator's file if
 * there is one, otherwise from the defaults below.
 */
final class HazelcastConfig {
    /** The member attribute that holds a node's boot id. */
    static final String BOOT_ID = "boot";

    /** Hazelcast's own system property. */
    private static final String OPERATOR_FILE = "hazelcast.config";

    /** Two of three nodes may die at once without losing what they stored for the third. */
    private static final int BACKUP_COUNT = 2;

    private HazelcastConfig() {}

    /** @param knownAddresses addresses of running nodes according to the database, host:port */
    static Config create(ClusterOptions options, String bootId, Collection<String> knownAddresses) {
        Config config = operatorConfig();
        config.setClusterName(options.name());
        setDefault(config, "hazelcast.logging.type", "slf4j");
        setDefault(config, "hazelcast.phone.home.enabled", "false");
        // The server shuts its parts down in an order of its own.
        config.setProperty("hazelcast.shutdownhook.enabled", "false");
        setDefault(config, "hazelcast.graceful.shutdown.max.wait", "5");
        config.setProperty("hazelcast.socket.bind.any", "false");
        // Detects a dead node after five seconds instead of sixty.
        setDefault(config, "hazelcast.heartbeat.interval.seconds", "1");
        setDefault(config, "hazelcast.max.no.heartbeat.seconds", "5");
        setDefault(config, "hazelcast.merge.first.run.delay.seconds", "10");
        setDefault(config, "hazelcast.merge.next.run.delay.seconds", "5");
        setDefault(config, "hazelcast.max.join.seconds", "20");
        setDefault(config, "hazelcast.operation.call.timeout.millis", "10000");
        // Hazelcast holds only a few rows per node.
        setDefault(config, "hazelcast.partition.count", "31");
        config.getJetConfig().setEnabled(false);
        config.getSerializationConfig().setJavaSerializationFilterConfig(serializationFilter());
        config.getMemberAttributeConfig().setAttribute(BOOT_ID, bootId);
        if (!config.getMultiMapConfigs().containsKey("__vertx.subs")) {
            config.addMultiMapConfig(new MultiMapConfig("__vertx.subs")
                    .setBackupCount(BACKUP_COUNT)
                    .setValueCollectionType(MultiMapConfig.ValueCollectionType.SET));
        }
        for (String map : List.of("__vertx.haInfo", "__vertx.nodeInfo")) {
            if (!config.getMapConfigs().containsKey(map)) {
                config.addMapConfig(new MapConfig(map).setBackupCount(BACKUP_COUNT));
            }
        }
        configureNetwork(config.getNetworkConfig(), options, knownAddresses);
        return config;
    }

    /** Without a file, Hazelcast's own default file is not loaded either: it would discover nodes by multicast. */
    private static Config operatorConfig() {
        String file = System.getProperty(OPERATOR_FILE);
        if (file == null) {
            return new Config();
        }
        try {
            return Config.load();
        } catch (HazelcastException e) {
            throw new StartFailure(
                    "Cannot load the Hazelcast configuration " + file + ", set by -D" + OPERATOR_FILE + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /**
     * The classes that Java deserialization may create from another member's bytes: those of Hazelcast and Vert.x, the
     * exceptions that calls fail with, and what they contain. Hazelcast's default filter would allow the whole JDK,
     * including classes that open connections.
     */
    private static JavaSerializationFilterConfig serializationFilter() {
        return new JavaSerializationFilterConfig()
                .setDefaultsDisabled(true)
                .setWhitelist(new ClassFilter()
                        .addPrefixes("com.hazelcast.", "io.vertx.spi.cluster.hazelcast.", "[")
                        .addPackages("java.lang", "java.util", "java.util.concurrent", "java.io"));
    }

    /** A value from the operator's file or from a system property of the same name takes precedence. */
    private static void setDefault(Config config, String property, String value) {
        if (config.getProperty(property) == null) {
            config.setProperty(property, value);
        }
    }

    private static void configureNetwork(
            NetworkConfig network, ClusterOptions options, Collection<String> knownAddresses) {
        network.setPort(options.port()).setPortAutoIncrement(false).setPublicAddress(options.address());
        network.getInterfaces().setEnabled(true).addInterface(resolve(options.host()));
        JoinConfig join = network.getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getAutoDetectionConfig().setEnabled(false);
        if (options.dns().isPresent()) {
            join.getKubernetesConfig()
                    .setEnabled(true)
                    .setProperty("service-dns", options.dns().get())
                    .setProperty("service-port", Integer.toString(options.port()));
            return;
        }
        List<String> members = Stream.concat(options.members().stream(), knownAddresses.stream())
                .filter(member -> !member.equals(options.address()))
                .distinct()
                .toList();
        join.getTcpIpConfig().setEnabled(true).setMembers(members).setConnectionTimeoutSeconds(2);
    }

    private static String resolve(String host) {
        try {
            return InetAddress.getByName(host).getHostAddress();
        } catch (UnknownHostException e) {
            throw new StartFailure("cluster.host: cannot resolve " + host + ".", e);
        }
    }
}
