package im.hongyan.cluster;

/**
 * What the rest of the server does for and about the other nodes. {@link Membership} calls it, never concurrently for
 * the messages of one node; the methods must not block.
 */
public interface ClusterListener {
    /** Another node sent a message. */
    void received(String node, NodeMessage message);

    /**
     * Pushes from another node may have been lost: every client of this node has to sync.
     *
     * @param spreadMs the period to spread the syncs over, so that they do not all come at once
     */
    void pushesLost(int spreadMs);

    /**
     * A node is no longer a member, after a clean leave or not. Its sockets are closed, or it is partitioned and will
     * close them. Called immediately, unlike {@link #nodeDied}.
     */
    void nodeLeft(String node);

    /** A node has died: it left without a goodbye, and its row in the database has expired. */
    void nodeDied(String node);

    /** Whether nothing more is about to be sent to other nodes. A node that leaves waits for this. */
    boolean isIdle();
}
