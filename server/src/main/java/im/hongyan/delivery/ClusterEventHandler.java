package im.hongyan.delivery;

import im.hongyan.cluster.Cluster;
import im.hongyan.cluster.ClusterListener;
import im.hongyan.cluster.NodeLink;
import im.hongyan.cluster.NodeMessage;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Consumer;

/** Connects delivery, presence and the session directory to the cluster. */
public final class ClusterEventHandler implements ClusterListener {
    private static final int REWRITTEN_SPREAD_MS = 3_000;

    private final Delivery delivery;
    private final Presence presence;
    private final DeadNodeReaper reaper;
    private volatile Consumer<String> onNodeLeft = node -> {};

    public ClusterEventHandler(
            Cluster cluster,
            NodeLink link,
            SessionDirectory directory,
            Delivery delivery,
            Presence presence,
            MeterRegistry registry) {
        this.delivery = delivery;
        this.presence = presence;
        this.reaper = new DeadNodeReaper(cluster, directory, presence, registry);
        if (!cluster.isStandalone()) {
            directory.onRewritten(() -> delivery.requireSync(REWRITTEN_SPREAD_MS));
            directory.onIncomplete(incomplete -> link.broadcast(new NodeMessage.BroadcastMode(incomplete)));
            directory.onRestored(delivery::requireSync);
        }
    }

    /** Sets a callback for nodes that are no longer members; it receives the boot id. */
    public void onNodeLeft(Consumer<String> action) {
        onNodeLeft = action;
    }

    @Override
    public void received(String node, NodeMessage message) {
        if (message instanceof NodeMessage.BroadcastMode mode) {
            delivery.setBroadcastMode(node, mode.enabled());
        } else {
            delivery.received(node, message);
            presence.received(message);
        }
    }

    @Override
    public void pushesLost(int spreadMs) {
        delivery.requireSync(spreadMs);
    }

    @Override
    public void nodeLeft(String node) {
        delivery.nodeLeft(node);
        onNodeLeft.accept(node);
    }

    @Override
    public void nodeDied(String node) {
        reaper.reap(node);
    }

    @Override
    public boolean isIdle() {
        return delivery.isIdle();
    }
}
