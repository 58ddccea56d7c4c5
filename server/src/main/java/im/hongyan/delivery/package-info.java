/**
 * Brings frames from features to sockets: the node's sockets, the directory of who is connected where, the other nodes,
 * presence. To be read in this order: {@link im.hongyan.delivery.Delivery}, {@link im.hongyan.delivery.Sockets}, {@code
 * FanOut}, {@link im.hongyan.delivery.NodeLink}, {@code NodePeer}, {@link im.hongyan.delivery.Membership}.
 *
 * <p>Tables {@code last_seen} and {@code node}; keys {@code hongyan:routes:*}, {@code hongyan:users:*}, {@code
 * hongyan:node:*} and {@code hongyan:cleanup:*} ({@link im.hongyan.delivery.SessionDirectory}). Invariants:
 *
 * <ul>
 *   <li>A frame is encoded once, and its bytes are shared by all sockets and nodes that it goes to.
 *   <li>Entries of a conversation leave in the order of the log.
 *   <li>Losing a push loses nothing, and a client that is connected has each entry within 15 s of its commit: what another
 *       node did not receipt is repeated as a note until it does; when a node is gone without a goodbye, when the directory
 *       had lost routes, or while a node that lives is out of reach, clients are told to sync.
 *   <li>A socket's route is in the directory before its client may ask for the log, or all nodes are told to send
 *       everything.
 *   <li>A boot id never comes back: a node that was apart from the others starts anew under another one.
 *   <li>Nodes that stay reach each other: of two that do not, the younger goes.
 *   <li>What waits for another node is bounded, however slow that is.
 * </ul>
 */
package im.hongyan.delivery;
