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
 * Stands between the frame decoder and Vert.x, for three things that Vert.x does not do well.
 *
 * <p>It reads a socket up to sixteen times in a row before another one has its turn, and pauses only then: that may be a
 * hundred thousand small frames, all in memory. Here each turn is one read, of 64 KB at most.
 *
 * <p>It answers each ping whatever waits already, paused or not: a peer that pings and never reads would fill the memory.
 * Here pings are dropped while the peer does not take what we send, and beyond its rate; RFC 6455, 5.5.3 lets one pong
 * answer several. A pause would not stop them: each fetches the frame behind it.
 *
 * <p>After a frame that breaks the protocol it cuts the connection before a close frame is out, and so without a word.
 */
final class FrameGuard extends ChannelInboundHandlerAdapter {
    private final BooleanSupplier controlFrames;
    private final Consumer<CorruptedWebSocketFrameException> broken;

    private FrameGuard(BooleanSupplier controlFrames, Consumer<CorruptedWebSocketFrameException> broken) {
        this.controlFrames = controlFrames;
        this.broken = broken;
    }

    /**
     * @param controlFrames asked for each ping and pong, whether it is to be handled. Called on its event loop
     * @param broken must close the connection: nothing more is decoded on it. Called on its event loop
     */
    @SuppressWarnings(
            "deprecation") // its successor is set where a server's buffers are made, which Vert.x keeps to itself
    static void install(
            ServerWebSocket socket, BooleanSupplier controlFrames, Consumer<CorruptedWebSocketFrameException> broken) {
        ChannelHandlerContext vertx = ((WebSocketInternal) socket).channelHandlerContext();
        vertx.channel().config().setOption(ChannelOption.MAX_MESSAGES_PER_READ, 1);
        vertx.pipeline().addBefore(vertx.name(), null, new FrameGuard(controlFrames, broken));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (isPassedOver(context, message)) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    private boolean isPassedOver(ChannelHandlerContext context, Object message) {
        boolean ping = message instanceof PingWebSocketFrame;
        return (ping || message instanceof PongWebSocketFrame)
                && (!controlFrames.getAsBoolean() || (ping && !context.channel().isWritable()));
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
