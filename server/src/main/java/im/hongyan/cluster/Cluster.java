package im.hongyan.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import im.hongyan.protocol.Id;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.Collection;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running cluster as this node sees it: the other nodes, and the Vert.x instance that this node runs on. A node is
 * identified by its boot id, which is new at every start, so that a message for a dead node never reaches its
 * successor. Thread-safe.
 */
public final class Cluster {
    private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);

    private final Vertx vertx;
    private final String bootId;
    private final HazelcastInstance hazelcast;
    private volatile Set<String> otherNodes = Set.of();

    private Cluster(Vertx vertx, String bootId, HazelcastInstance hazelcast) {
        this.vertx = vertx;
        this.bootId = bootId;
        this.hazelcast = hazelcast;
    }

    /** A node that runs without a cluster. */
    public static Cluster standalone(Vertx vertx) {
        return new Cluster(vertx, newBootId(), null);
    }

    /** @see #join */
    public static String newBootId() {
        return Id.Text.encode(Id.next());
    }

    /**
     * Starts a clustered Vert.x instance.
     *
     * @param knownAddresses addresses of running nodes according to the database, host:port
     */
    public static Future<Cluster> join(
            VertxOptions vertxOptions, ClusterOptions options, String bootId, Collection<String> knownAddresses) {
        HazelcastClusterManager manager =
                new HazelcastClusterManager(HazelcastConfig.create(options, bootId, knownAddresses));
        return Vertx.builder()
                .with(new VertxOptions(vertxOptions).setEventBusOptions(eventBusOptions(options)))
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

    public boolean isStandalone() {
        return hazelcast == null;
    }

    /** The boot ids of the other live nodes. */
    public Set<String> otherNodes() {
        return otherNodes;
    }

    /**
     * Terminates Hazelcast and frees its port, after Vert.x was closed. A graceful shutdown would wait for nodes that
     * may be unreachable. Blocks.
     */
    public void terminate() {
        if (hazelcast != null) {
            terminate(bootId);
        }
    }

    /**
     * As {@link #terminate()}, for a node whose {@link #join} failed or timed out, so that it cannot block the next
     * one.
     */
    public static void terminate(String bootId) {
        Hazelcast.getAllHazelcastInstances().stream()
                .filter(instance -> bootId.equals(
                        instance.getConfig().getMemberAttributeConfig().getAttribute(HazelcastConfig.BOOT_ID)))
                .forEach(instance -> instance.getLifecycleService().terminate());
    }

    /**
     * Tracks the other nodes from now on. The callbacks run on a thread of Hazelcast.
     *
     * @param onLeft called with the boot id of a node that is no longer a member
     * @param onMerging called when this node was partitioned from the others and Hazelcast is about to merge it back
     */
    void start(Consumer<String> onLeft, Runnable onMerging) {
        if (hazelcast == null) {
            return;
        }
        hazelcast.getLifecycleService().addLifecycleListener(event -> {
            if (event.getState() == LifecycleState.MERGING) {
                onMerging.run();
            }
        });
        hazelcast.getCluster().addMembershipListener(new MembershipListener() {
            @Override
            public void memberAdded(MembershipEvent event) {
                refresh();
                LOG.info(
                        "Node {} joined; the cluster has {} nodes",
                        describe(event.getMember()),
                        event.getMembers().size());
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                refresh();
                LOG.info(
                        "Node {} left; the cluster has {} nodes",
                        describe(event.getMember()),
                        event.getMembers().size());
                onLeft.accept(bootId(event.getMember()));
            }
        });
        refresh();
    }

    private synchronized void refresh() {
        otherNodes = hazelcast.getCluster().getMembers().stream()
                .filter(member -> !member.localMember())
                .map(Cluster::bootId)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static String bootId(Member member) {
        String id = member.getAttribute(HazelcastConfig.BOOT_ID);
        return id == null ? member.getUuid().toString() : id;
    }

    private static String describe(Member member) {
        return bootId(member) + " at " + member.getAddress().getHost() + ":"
                + member.getAddress().getPort();
    }

    private static EventBusOptions eventBusOptions(ClusterOptions options) {
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
