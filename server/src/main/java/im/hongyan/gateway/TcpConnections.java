package im.hongyan.gateway;

import im.hongyan.protocol.HttpChannel;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.SocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the TCP connections of the public port from the moment they are accepted, so that connections that send
 * nothing cannot use up the file descriptors of the process. The limit per node leaves a reserve for the admin port and
 * the stores. Thread-safe.
 */
final class TcpConnections {
    private final int maxPerNode;
    private final AddressLimit perAddress;
    private final GatewayMetrics metrics;
    private final AtomicInteger open = new AtomicInteger();

    TcpConnections(GatewayOptions options, GatewayMetrics metrics) {
        this.maxPerNode = options.limits().connectionsPerNode();
        // Behind a proxy all clients have its address; the limit of sockets then uses the forwarded one.
        this.perAddress = new AddressLimit(
                options.limits().connectionsPerAddress(),
                address -> options.limits().exemptAddress().test(address)
                        || options.trustedProxy().test(address));
        this.metrics = metrics;
        metrics.connections(open);
    }

    /**
     * Counts a new connection until it ends, or closes it.
     *
     * @param others the other connections of the same event loop: if the node is full, an idle one of them is closed to
     *     make room
     */
    boolean accept(HttpConnection connection, HttpIdleTimeout others) {
        String address = address(connection);
        if (!perAddress.acquire(address)) {
            metrics.connectionRefused("address");
            return false;
        }
        if (open.incrementAndGet() > maxPerNode && !others.closeIdlest()) {
            open.decrementAndGet();
            perAddress.release(address);
            metrics.connectionRefused("node");
            return false;
        }
        HttpChannel.onClosed(connection, () -> {
            open.decrementAndGet();
            perAddress.release(address);
        });
        return true;
    }

    private static String address(HttpConnection connection) {
        SocketAddress peer = connection.remoteAddress();
        return peer == null || peer.hostAddress() == null ? "unknown" : peer.hostAddress();
    }
}
