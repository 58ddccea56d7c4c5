/**
 * The other nodes: cluster membership, messages between nodes, and the decision of a partitioned node to fence itself.
 * Only this package uses Hazelcast and the event bus. Reading order: {@link im.hongyan.cluster.Cluster},
 * {@link im.hongyan.cluster.NodeMessage}, {@link im.hongyan.cluster.NodeLink}, {@code NodePeer}, {@code NodeQueue},
 * {@link im.hongyan.cluster.Membership}.
 *
 * <p>Table {@code node}: one row per live node. Invariants:
 *
 * <ul>
 *   <li>A boot id is never used twice: a node that was partitioned from the others restarts under a new one.
 *   <li>The nodes that remain in a cluster reach each other: of two that do not, the newer one leaves.
 *   <li>A push that another node did not acknowledge is replaced by a summary, which is repeated until it is
 *       acknowledged.
 *   <li>The queue for another node is bounded, however slow that node is.
 *   <li>While PostgreSQL is unavailable, no node fences itself.
 * </ul>
 */
package im.hongyan.cluster;
