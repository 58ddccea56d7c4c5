package im.hongyan.gateway;

import im.hongyan.protocol.Frame;
import io.netty.buffer.Unpooled;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.http.WebSocketFrameType;
import io.vertx.core.http.impl.ws.WebSocketFrameImpl;

/**
 * The frames queued for a client that reads more slowly than the server writes. With more than {@link #CONGESTED_BYTES}
 * queued, the client counts as congested and should not be read from. A push that does not fit is dropped; when the
 * queue has drained, the client is told once to sync. Belongs to one event loop.
 */
final class OutboundQueue {
    static final int MAX_QUEUED_BYTES = 1 << 20;

    static final int CONGESTED_BYTES = 256 << 10;
    private static final int DRAINED_BYTES = 64 << 10;
    /** Reserved for small answers, so that a client learns the outcome of its requests. */
    private static final int RESERVED_BYTES = 64 << 10;

    private static final int SMALL_BYTES = 1 << 10;

    private final ServerWebSocket socket;
    private final Frame syncRequired;
    private final GatewayMetrics metrics;
    private final Runnable congestionChanged;
    private long queued;
    private boolean pushesDropped;
    private boolean congested;
    private long congestedSince;

    /** @param congestionChanged called when the client becomes congested, and when it no longer is */
    OutboundQueue(ServerWebSocket socket, Frame syncRequired, GatewayMetrics metrics, Runnable congestionChanged) {
        this.socket = socket;
        this.syncRequired = syncRequired;
        this.metrics = metrics;
        this.congestionChanged = congestionChanged;
    }

    boolean isCongested() {
        return congested;
    }

    /** Nanoseconds since the client became congested; 0 if it is not. */
    long congestedFor(long now) {
        return congested ? now - congestedSince : 0;
    }

    boolean hasRoomFor(Frame frame) {
        int size = frame.bytes().length;
        boolean answer = frame.dropPolicy() == Frame.DropPolicy.NEVER && size <= SMALL_BYTES;
        return queued + size <= MAX_QUEUED_BYTES - (answer ? 0 : RESERVED_BYTES);
    }

    /**
     * Writes a frame, or drops a push that does not fit. @return false if the frame must not be dropped and does not
     * fit
     */
    boolean offer(Frame frame) {
        boolean drop = frame.dropPolicy() == Frame.DropPolicy.THEN_SYNC && pushesDropped;
        if (!drop && hasRoomFor(frame)) {
            write(frame);
            return true;
        }
        if (frame.dropPolicy() == Frame.DropPolicy.NEVER) {
            return false;
        }
        pushesDropped |= frame.dropPolicy() == Frame.DropPolicy.THEN_SYNC;
        metrics.dropped();
        return true;
    }

    private void write(Frame frame) {
        int size = frame.bytes().length;
        queued += size;
        if (!congested && queued > CONGESTED_BYTES) {
            congested = true;
            congestedSince = System.nanoTime();
            congestionChanged.run();
        }
        if (congested) {
            metrics.queued(queued);
        }
        metrics.sent();
        socket.writeFrame(shared(frame)).onComplete(written -> {
            queued -= size;
            if (congested && queued <= DRAINED_BYTES) {
                onDrained();
            }
        });
    }

    private void onDrained() {
        congested = false;
        if (pushesDropped) {
            pushesDropped = false;
            write(syncRequired);
        }
        congestionChanged.run();
    }

    /**
     * Shares the frame's bytes instead of copying them; unreleasable, because each socket's write releases its buffer.
     */
    private static WebSocketFrame shared(Frame frame) {
        return new WebSocketFrameImpl(
                WebSocketFrameType.TEXT, Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(frame.bytes())), true);
    }
}
