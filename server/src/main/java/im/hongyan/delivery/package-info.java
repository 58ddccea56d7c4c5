/**
 * Delivers frames from features to sockets: this node's sockets, the directory of all connections, presence, and the
 * order of pushed entries. Reading order: {@link im.hongyan.delivery.Delivery}, {@link im.hongyan.delivery.Sockets},
 * {@code ReorderBuffer}, {@code FanOut}, {@link im.hongyan.delivery.SessionDirectory},
 * {@link im.hongyan.delivery.Presence}.
 *
 * <p>Table {@code last_seen}; keys {@code hongyan:routes:*}, {@code hongyan:users:*}, {@code hongyan:node:*} and
 * {@code hongyan:cleanup:*} ({@code RouteStore}). Invariants:
 *
 * <ul>
 *   <li>A frame is encoded once; all sockets and nodes share its bytes.
 *   <li>The entries of a conversation are sent in the order of the log.
 *   <li>A lost push loses nothing, and a connected client has each entry within 15 s of its commit: when a node
 *       disappears without a goodbye, when the directory has lost routes, and while a live node is unreachable, clients
 *       sync.
 *   <li>A socket's route is in the directory before its client may read the log; otherwise the other nodes send this
 *       node everything.
 * </ul>
 */
package im.hongyan.delivery;
