/**
 * WebSockets: the handshake, the connections of an event loop, and their limits. Nobody else sees a
 * {@code ServerWebSocket}.
 *
 * <p>Invariants: one verticle instance for each event loop, and a connection is touched on its own loop only; a request
 * gets exactly one answer or the socket is closed; at most {@link im.hongyan.gateway.OutboundQueue#MAX_QUEUED} bytes wait
 * for a slow peer.
 */
package im.hongyan.gateway;
