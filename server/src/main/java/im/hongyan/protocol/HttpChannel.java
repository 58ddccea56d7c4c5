package im.hongyan.protocol;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.AttributeKey;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * What Vert.x does not offer on an HTTP connection: closing it without waiting for the peer, observing how much of the
 * response has left, and a mark for connections that a streaming transfer keeps in use. Only on the connection's event
 * loop.
 */
public final class HttpChannel {
    private static final AttributeKey<Object> TRANSFER = AttributeKey.valueOf(HttpChannel.class, "stream");

    private HttpChannel() {}

    /**
     * How far the output has got; two equal values mean that no byte has left in between.
     *
     * @param pending bytes that wait in the channel
     * @param current bytes of the message at its head that have left
     */
    public record Output(long pending, long current) {}

    /** Closes the connection now. {@code HttpConnection.close} would first write what a peer may not read. */
    public static void abort(HttpConnection connection) {
        Channel channel = channel(connection);
        channel.unsafe().close(channel.voidPromise());
    }

    /** Calls the handler once the TCP connection has ended, even if it became a WebSocket. On any thread. */
    public static void onClosed(HttpConnection connection, Runnable handler) {
        channel(connection).closeFuture().addListener(closed -> handler.run());
    }

    public static Output output(HttpConnection connection) {
        ChannelOutboundBuffer buffer = channel(connection).unsafe().outboundBuffer();
        return buffer == null
                ? new Output(0, 0)
                : new Output(buffer.totalPendingWriteBytes(), buffer.currentProgress());
    }

    /** Exempts the connection from the gateway's idle timeout: the transfer has its own. */
    public static void hold(HttpConnection connection, Object transfer) {
        channel(connection).attr(TRANSFER).set(transfer);
    }

    /** Ends the exemption, unless a later transfer on the same connection holds it. */
    public static void release(HttpConnection connection, Object transfer) {
        channel(connection).attr(TRANSFER).compareAndSet(transfer, null);
    }

    public static boolean isHeld(HttpConnection connection) {
        return channel(connection).attr(TRANSFER).get() != null;
    }

    private static Channel channel(HttpConnection connection) {
        return ((ConnectionBase) connection).channel();
    }
}
