package im.hongyan.delivery;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.ClassFilter;
import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import im.hongyan.protocol.Id;
import im.hongyan.store.StartFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes as this one sees them, and the Vert.x that it runs on. A node is known by its boot id, new at every start, so
 * that what was meant for one that died is never taken for its successor. Thread-safe.
 */
public final class Cluster {
    private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);
    private static final String BOOT_ID = "boot";
    /** Hazelcast's own. */
    private static final String OPERATORS_FILE = "hazelcast.config";

    /** Two nodes of three may die at once, and what they knew of the third must not die with them. */
    private static final int COPIES = 2;

    private final Vertx vertx;
    private final String bootId;
    private final HazelcastInstance hazelcast;
    private volatile Set<String> others = Set.of();

    private Cluster(Vertx vertx, String bootId, HazelcastInstance hazelcast) {
        this.vertx = vertx;
        this.bootId = bootId;
        this.hazelcast = hazelcast;
    }

    /** A node by itself. */
    public static Cluster alone(Vertx vertx) {
        return new Cluster(vertx, newBootId(), null);
    }

    /** @see #join */
    public static String newBootId() {
        return Id.Text.encode(Id.next());
    }

    /**
     * Starts a Vert.x that is one of several.
     *
     * @param known where the database says that nodes are, host:port
     */
    public static Future<Cluster> join(
            VertxOptions vertxOptions, ClusterOptions options, String bootId, Collection<String> known) {
        HazelcastClusterManager manager = new HazelcastClusterManager(hazelcast(options, bootId, known));
        return Vertx.builder()
                .with(new VertxOptions(vertxOptions).setEventBusOptions(bus(options)))
                .withClusterManager(manager)
                .buildClustered()
                .map(vertx -> new Cluster(vertx, bootId, manager.getHazelcastInstance()));
    }

    public Vertx vertx() {
        return vertx;
    }

    public String bootId() {
        return bootId;
    }

    boolean isAlone() {
        return hazelcast == null;
    }

    /**
     * Ends what is left after the Vert.x was closed, and frees Hazelcast's port: leaving in good order waits for nodes that
     * may be out of reach. Blocks.
     */
    public void end() {
        if (hazelcast != null) {
            end(bootId);
        }
    }

    /** As {@link #end()}, for a node whose {@link #join} has failed or takes too long: it would block the next one. */
    public static void end(String bootId) {
        Hazelcast.getAllHazelcastInstances().stream()
                .filter(one ->
                        bootId.equals(one.getConfig().getMemberAttributeConfig().getAttribute(BOOT_ID)))
                .forEach(one -> one.getLifecycleService().terminate());
    }

    /** The boot ids of the other living nodes. */
    Set<String> others() {
        return others;
    }

    /**
     * Looks who is there from now on, and calls back on a thread of Hazelcast.
     *
     * @param left another node is gone
     * @param merged this node was apart from the others, and Hazelcast is about to make it one of them again
     */
    void start(Consumer<String> left, Runnable merged) {
        if (hazelcast == null) {
            return;
        }
        hazelcast.getLifecycleService().addLifecycleListener(event -> {
            if (event.getState() == LifecycleState.MERGING) {
                merged.run();
            }
        });
        hazelcast.getCluster().addMembershipListener(new MembershipListener() {
            @Override
            public void memberAdded(MembershipEvent event) {
                look();
                LOG.info(
                        "Node {} joined; {} now",
                        name(event.getMember()),
                        event.getMembers().size());
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                look();
                LOG.info(
                        "Node {} left; {} now",
                        name(event.getMember()),
                        event.getMembers().size());
                left.accept(bootId(event.getMember()));
            }
        });
        look();
    }

    private synchronized void look() {
        others = hazelcast.getCluster().getMembers().stream()
                .filter(member -> !member.localMember())
                .map(Cluster::bootId)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static String bootId(Member member) {
        String id = member.getAttribute(BOOT_ID);
        return id == null ? member.getUuid().toString() : id;
    }

    private static String name(Member member) {
        return bootId(member) + " at " + member.getAddress().getHost() + ":"
                + member.getAddress().getPort();
    }

    /** What Hazelcast is told: addresses and discovery by our settings, all else as the operator's file has it, or as here. */
    static Config hazelcast(ClusterOptions options, String bootId, Collection<String> known) {
        Config config = ofOperator();
        config.setClusterName(options.name());
        preset(config, "hazelcast.logging.type", "slf4j");
        preset(config, "hazelcast.phone.home.enabled", "false");
        // We leave in our own order.
        config.setProperty("hazelcast.shutdownhook.enabled", "false");
        preset(config, "hazelcast.graceful.shutdown.max.wait", "5");
        config.setProperty("hazelcast.socket.bind.any", "false");
        // A dead node is noticed after five seconds instead of sixty.
        preset(config, "hazelcast.heartbeat.interval.seconds", "1");
        preset(config, "hazelcast.max.no.heartbeat.seconds", "5");
        preset(config, "hazelcast.merge.first.run.delay.seconds", "10");
        preset(config, "hazelcast.merge.next.run.delay.seconds", "5");
        preset(config, "hazelcast.max.join.seconds", "20");
        preset(config, "hazelcast.operation.call.timeout.millis", "10000");
        // What it holds are a few lines for each node.
        preset(config, "hazelcast.partition.count", "31");
        config.getJetConfig().setEnabled(false);
        config.getSerializationConfig().setJavaSerializationFilterConfig(ownClasses());
        config.getMemberAttributeConfig().setAttribute(BOOT_ID, bootId);
        if (!config.getMultiMapConfigs().containsKey("__vertx.subs")) {
            config.addMultiMapConfig(new MultiMapConfig("__vertx.subs")
                    .setBackupCount(COPIES)
                    .setValueCollectionType(MultiMapConfig.ValueCollectionType.SET));
        }
        for (String map : List.of("__vertx.haInfo", "__vertx.nodeInfo")) {
            if (!config.getMapConfigs().containsKey(map)) {
                config.addMapConfig(new MapConfig(map).setBackupCount(COPIES));
            }
        }
        network(config.getNetworkConfig(), options, known);
        return config;
    }

    /** Without a file nothing of Hazelcast's own defaults is loaded, which would look for others by multicast. */
    private static Config ofOperator() {
        String file = System.getProperty(OPERATORS_FILE);
        if (file == null) {
            return new Config();
        }
        try {
            return Config.load();
        } catch (HazelcastException e) {
            throw new StartFailure(
                    "The file " + file + ", named by -D" + OPERATORS_FILE + ", is not usable: " + e.getMessage(), e);
        }
    }

    /**
     * What Java's serialization may make of bytes from another member: Hazelcast's own classes and Vert.x's, failures that
     * calls end with, and what these hold. Hazelcast's own defaults would let all of the JDK in, with what opens connections.
     */
    private static JavaSerializationFilterConfig ownClasses() {
        return new JavaSerializationFilterConfig()
                .setDefaultsDisabled(true)
                .setWhitelist(new ClassFilter()
                        .addPrefixes("com.hazelcast.", "io.vertx.spi.cluster.hazelcast.", "[")
                        .addPackages("java.lang", "java.util", "java.util.concurrent", "java.io"));
    }

    /** Also a system property of that name goes before what is set here. */
    private static void preset(Config config, String property, String value) {
        if (config.getProperty(property) == null) {
            config.setProperty(property, value);
        }
    }

    private static void network(NetworkConfig network, ClusterOptions options, Collection<String> known) {
        network.setPort(options.port()).setPortAutoIncrement(false).setPublicAddress(options.address());
        network.getInterfaces().setEnabled(true).addInterface(resolved(options.host()));
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
        List<String> members = Stream.concat(options.members().stream(), known.stream())
                .filter(member -> !member.equals(options.address()))
                .distinct()
                .toList();
        join.getTcpIpConfig().setEnabled(true).setMembers(members).setConnectionTimeoutSeconds(2);
    }

    private static String resolved(String host) {
        try {
            return InetAddress.getByName(host).getHostAddress();
        } catch (UnknownHostException e) {
            throw new StartFailure("cluster.host: there is no address for " + host, e);
        }
    }

    private static EventBusOptions bus(ClusterOptions options) {
        EventBusOptions bus = new EventBusOptions()
                .setHost(options.host())
                .setPort(options.busPort())
                .setClusterPublicHost(options.host())
                .setClusterPublicPort(options.busPort())
                .setClusterPingInterval(2_000)
                .setClusterPingReplyInterval(4_000)
                .setConnectTimeout(2_000)
                .setReconnectAttempts(0);
        options.tls().ifPresent(tls -> bus.setSsl(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .addCertPath(tls.certificate().toString())
                        .addKeyPath(tls.key().toString()))
                .setTrustOptions(new PemTrustOptions().addCertPath(tls.ca().toString()))
                .setTrustAll(false)
                .setClientAuth(ClientAuth.REQUIRED));
        return bus;
    }
}
