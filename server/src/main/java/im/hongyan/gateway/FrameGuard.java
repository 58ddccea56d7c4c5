package im.hongyan.gateway;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.internal.http.WebSocketInternal;
import java.util.function.Consumer;

/**
 * Stands between the frame decoder and Vert.x, for three things that Vert.x does not do well.
 *
 * <p>It reads a socket up to sixteen times in a row before another one has its turn, and pauses only then: that may be a
 * hundred thousand small frames, all in memory. Here each turn is one read, of 64 KB at most.
 *
 * <p>It answers each ping whatever waits already, paused or not: a peer that pings and never reads would fill the memory.
 * Here pings are dropped while the peer does not take what we send; RFC 6455, 5.5.3 lets one pong answer several.
 *
 * <p>After a frame that breaks the protocol it cuts the connection before a close frame is out, and so without a word.
 */
final class FrameGuard extends ChannelInboundHandlerAdapter {
    private final Consumer<CorruptedWebSocketFrameException> broken;

    private FrameGuard(Consumer<CorruptedWebSocketFrameException> broken) {
        this.broken = broken;
    }

    /** @param broken must close the connection: nothing more is decoded on it. Called on its event loop */
    @SuppressWarnings(
            "deprecation") // its successor is set where a server's buffers are made, which Vert.x keeps to itself
    static void install(ServerWebSocket socket, Consumer<CorruptedWebSocketFrameException> broken) {
        ChannelHandlerContext vertx = ((WebSocketInternal) socket).channelHandlerContext();
        vertx.channel().config().setOption(ChannelOption.MAX_MESSAGES_PER_READ, 1);
        vertx.pipeline().addBefore(vertx.name(), null, new FrameGuard(broken));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof PingWebSocketFrame ping && !context.channel().isWritable()) {
            ping.release();
        } else {
            context.fireChannelRead(message);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        if (failure instanceof CorruptedWebSocketFrameException corrupted) {
            broken.accept(corrupted);
        } else {
            context.fireExceptionCaught(failure);
        }
    }
}
