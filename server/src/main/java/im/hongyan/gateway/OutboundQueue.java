package im.hongyan.gateway;

import im.hongyan.protocol.Frame;
import io.netty.buffer.Unpooled;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.http.WebSocketFrameType;
import io.vertx.core.http.impl.ws.WebSocketFrameImpl;

/**
 * What waits for a peer that reads more slowly than we write. From {@link #STOP_READING} queued bytes on it counts as
 * congested and should not be read from; when it has no room for a push the push is lost, and when it has drained it is
 * told to sync, once. On one event loop.
 */
final class OutboundQueue {
    /** Bytes that may wait. */
    static final int MAX_QUEUED = 1 << 20;

    static final int STOP_READING = 256 << 10;
    private static final int DRAINED = 64 << 10;
    /** What pushes and large answers leave free for small ones, which say what became of a request. */
    private static final int RESERVED = 64 << 10;

    private static final int SMALL = 1 << 10;

    private final ServerWebSocket socket;
    private final Frame syncRequired;
    private final GatewayMetrics metrics;
    private final Runnable turned;
    private long queued;
    private boolean behind;
    private boolean congested;
    private long congestedSince;

    /** @param turned is called when the peer has become congested, and when it is so no more */
    OutboundQueue(ServerWebSocket socket, Frame syncRequired, GatewayMetrics metrics, Runnable turned) {
        this.socket = socket;
        this.syncRequired = syncRequired;
        this.metrics = metrics;
        this.turned = turned;
    }

    boolean congested() {
        return congested;
    }

    /** Nanoseconds for which the peer has been congested; 0 if it is not. */
    long congestedFor(long now) {
        return congested ? now - congestedSince : 0;
    }

    boolean hasRoomFor(Frame frame) {
        int size = frame.bytes().length;
        boolean answer = frame.dropPolicy() == Frame.DropPolicy.NEVER && size <= SMALL;
        return queued + size <= MAX_QUEUED - (answer ? 0 : RESERVED);
    }

    /** Writes a frame, or drops a push. @return false if the frame must not be lost and has no room */
    boolean offer(Frame frame) {
        boolean lost = frame.dropPolicy() == Frame.DropPolicy.THEN_SYNC && behind;
        if (!lost && hasRoomFor(frame)) {
            write(frame);
            return true;
        }
        if (frame.dropPolicy() == Frame.DropPolicy.NEVER) {
            return false;
        }
        behind |= frame.dropPolicy() == Frame.DropPolicy.THEN_SYNC;
        metrics.dropped();
        return true;
    }

    private void write(Frame frame) {
        int size = frame.bytes().length;
        queued += size;
        if (!congested && queued > STOP_READING) {
            congested = true;
            congestedSince = System.nanoTime();
            turned.run();
        }
        if (congested) {
            metrics.queued(queued);
        }
        metrics.sent();
        socket.writeFrame(shared(frame)).onComplete(written -> {
            queued -= size;
            if (congested && queued <= DRAINED) {
                drained();
            }
        });
    }

    private void drained() {
        congested = false;
        if (behind) {
            behind = false;
            write(syncRequired);
        }
        turned.run();
    }

    /** The frame's own bytes, not a copy: unreleasable, as the first socket's write would free them for the others. */
    private static WebSocketFrame shared(Frame frame) {
        return new WebSocketFrameImpl(
                WebSocketFrameType.TEXT, Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(frame.bytes())), true);
    }
}
