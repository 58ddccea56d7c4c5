/**
 * WebSockets: the handshake, the connections of each event loop, and their limits. Only this package uses
 * {@code ServerWebSocket}. Reading order: {@link im.hongyan.gateway.Gateway}, {@code GatewayVerticle},
 * {@code Handshake}, {@code Connections}, {@code Connection}, {@code RequestDispatcher}, {@code OutboundQueue}.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>There is one verticle per event loop, and a connection is used on its own event loop only.
 *   <li>A request gets exactly one answer, or the socket is closed.
 *   <li>At most {@link im.hongyan.gateway.OutboundQueue#MAX_QUEUED_BYTES} are queued for a slow client.
 *   <li>Every frame counts towards the rate of its type, or the general rate, of both its socket and its user.
 *   <li>A TCP connection counts from the moment it is accepted until it ends.
 * </ul>
 */
package im.hongyan.gateway;
