package im.hongyan.gateway;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.internal.http.WebSocketInternal;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A Netty handler between the frame decoder and Vert.x that corrects three behaviours of Vert.x.
 *
 * <p>Vert.x reads a socket up to sixteen times in a row before it serves another one or pauses, which may put a hundred
 * thousand small frames into memory. This handler makes each turn a single read of at most 64 KB.
 *
 * <p>Vert.x answers every ping, even while the socket is paused, so a client that pings and never reads would fill the
 * memory. This handler drops pings beyond the client's rate and while the client does not read; RFC 6455, 5.5.3 allows
 * one pong to answer several pings. Pausing the socket would not help, because each ping fetches the next frame.
 *
 * <p>After a frame that violates the protocol, Vert.x closes the connection before a close frame is sent. This handler
 * lets the connection send one.
 */
final class FrameGuard extends ChannelInboundHandlerAdapter {
    private final BooleanSupplier allowsControlFrame;
    private final Consumer<CorruptedWebSocketFrameException> onCorruptedFrame;

    private FrameGuard(
            BooleanSupplier allowsControlFrame, Consumer<CorruptedWebSocketFrameException> onCorruptedFrame) {
        this.allowsControlFrame = allowsControlFrame;
        this.onCorruptedFrame = onCorruptedFrame;
    }

    /**
     * Installs the handler. Both callbacks run on the socket's event loop.
     *
     * @param allowsControlFrame called for each ping and pong; returns whether to handle it
     * @param onCorruptedFrame must close the connection, since no further frame is decoded
     */
    @SuppressWarnings(
            "deprecation") // the replacement is a setting of the server's buffer allocator, which Vert.x does not
    // expose
    static void install(
            ServerWebSocket socket,
            BooleanSupplier allowsControlFrame,
            Consumer<CorruptedWebSocketFrameException> onCorruptedFrame) {
        ChannelHandlerContext vertx = ((WebSocketInternal) socket).channelHandlerContext();
        vertx.channel().config().setOption(ChannelOption.MAX_MESSAGES_PER_READ, 1);
        vertx.pipeline().addBefore(vertx.name(), null, new FrameGuard(allowsControlFrame, onCorruptedFrame));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (isDropped(context, message)) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    private boolean isDropped(ChannelHandlerContext context, Object message) {
        boolean ping = message instanceof PingWebSocketFrame;
        return (ping || message instanceof PongWebSocketFrame)
                && (!allowsControlFrame.getAsBoolean()
                        || (ping && !context.channel().isWritable()));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        if (failure instanceof CorruptedWebSocketFrameException corrupted) {
            onCorruptedFrame.accept(corrupted);
        } else {
            context.fireExceptionCaught(failure);
        }
    }
}
