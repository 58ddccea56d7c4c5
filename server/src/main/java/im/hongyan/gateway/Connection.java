package im.hongyan.gateway;

import im.hongyan.delivery.Outlet;
import im.hongyan.protocol.Caller;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Incoming;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.Request;
import im.hongyan.protocol.Routes;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.http.WebSocketFrameType;
import io.vertx.core.http.impl.ws.WebSocketFrameImpl;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * One client's socket: requests in, answers and pushes out. Lives on one event loop, and only {@link #close} may be
 * called from elsewhere.
 *
 * <p>Back-pressure works in both directions. A client with {@code requestsInFlight} unanswered requests, or one that does
 * not read its answers, is not read from. A client that does not read its pushes loses them from {@link #MAX_QUEUED}
 * queued bytes on; when it has drained it is told to sync, and if it does not drain in time it is closed.
 */
final class Connection implements Outlet {
    /** Bytes that may wait for a slow peer. */
    static final int MAX_QUEUED = 1 << 20;

    private static final int STOP_READING = 256 << 10;
    private static final int DRAINED = 64 << 10;
    /** Frames in a row that are no requests at all; a client that sends more does not speak this protocol. */
    private static final int MAX_MALFORMED = 20;
    /** Refusals for the rate in a row; past that the socket is not read for a moment, which costs us nothing. */
    private static final int MAX_LIMITED = 100;

    private static final long FLOOD_PAUSE_MS = 1_000;

    private final ServerWebSocket socket;
    private final Context context;
    private final Caller caller;
    private final Routes routes;
    private final FrameCodec codec;
    private final GatewayOptions options;
    private final GatewayMetrics metrics;
    private final Frame syncRequired;
    private final TokenBucket rate;

    private Consumer<Connection> onClosed = closed -> {};
    private boolean open = true;
    private int inFlight;
    private boolean reading = true;
    private boolean flooded;
    private int malformed;
    private int limited;
    private long queued;
    private boolean behind;
    private boolean congested;
    private long congestedSince;
    private long lastRead;
    private boolean pinged;

    Connection(ServerWebSocket socket, Context context, Caller caller, Gateway gateway) {
        this.socket = socket;
        this.context = context;
        this.caller = caller;
        this.routes = gateway.routes();
        this.codec = gateway.codec();
        this.options = gateway.options();
        this.metrics = gateway.metrics();
        this.syncRequired = gateway.syncRequired();
        this.rate = new TokenBucket(options.framesPerSecond(), options.frameBurst(), System.nanoTime());
        this.lastRead = System.nanoTime();
    }

    void start(Consumer<Connection> whenClosed) {
        onClosed = whenClosed;
        socket.textMessageHandler(this::text);
        socket.binaryMessageHandler(binary -> close(CloseCode.UNSUPPORTED_DATA, "frames are text"));
        socket.pongHandler(pong -> heard());
        socket.exceptionHandler(this::broken);
        socket.closeHandler(none -> closed());
    }

    @Override
    public Caller caller() {
        return caller;
    }

    @Override
    public Context context() {
        return context;
    }

    @Override
    public void offer(Frame frame) {
        if (!open) {
            return;
        }
        if (frame.loss() == Frame.Loss.SYNC && behind) {
            metrics.dropped();
            return;
        }
        if (queued + frame.bytes().length > MAX_QUEUED) {
            overflow(frame.loss());
            return;
        }
        write(frame);
    }

    @Override
    public void close(int code, String reason) {
        context.runOnContext(none -> {
            if (open) {
                closed();
                socket.close((short) code, reason);
            }
        });
    }

    /** Called every few seconds: pings a peer that is silent, and ends one that stays so or does not drain. */
    void tick(long now, Heartbeat heartbeat) {
        if (congested && now - congestedSince > heartbeat.drainWithinNanos()) {
            close(CloseCode.TRY_AGAIN, "retry=1000 the socket does not drain");
        } else if (reading && now - lastRead > heartbeat.silentAfterNanos()) {
            close(CloseCode.GOING_AWAY, "silent for too long");
        } else if (!pinged && now - lastRead > heartbeat.pingAfterNanos()) {
            pinged = true;
            socket.writePing(Buffer.buffer());
        }
    }

    private void text(String text) {
        if (!open) {
            return;
        }
        heard();
        metrics.received();
        Incoming incoming = codec.incoming(text);
        if (incoming instanceof Request request) {
            request(request);
        } else if (incoming instanceof Incoming.Malformed bad) {
            malformed(bad);
        }
    }

    private void malformed(Incoming.Malformed bad) {
        if (++malformed > MAX_MALFORMED) {
            close(CloseCode.PROTOCOL_ERROR, "these are no frames of hongyan.v1");
            return;
        }
        offer(codec.error(bad.id(), bad.rejection()));
    }

    private void request(Request request) {
        malformed = 0;
        long waitMs = rate.take(System.nanoTime());
        if (waitMs > 0) {
            limited(request, waitMs);
            return;
        }
        limited = 0;
        inFlight++;
        readOrWait();
        routes.answer(caller, request).onComplete(answer -> context.runOnContext(none -> answered(answer.result())));
    }

    private void limited(Request request, long waitMs) {
        offer(codec.error(
                request.id(), Rejection.limited("frames.rate", "too many frames a second on this socket", waitMs)));
        if (++limited > MAX_LIMITED) {
            limited = 0;
            flooded = true;
            readOrWait();
            context.owner().setTimer(FLOOD_PAUSE_MS, none -> {
                flooded = false;
                readOrWait();
            });
        }
    }

    private void answered(Frame answer) {
        inFlight--;
        offer(answer);
        readOrWait();
    }

    private void write(Frame frame) {
        int size = frame.bytes().length;
        queued += size;
        if (!congested && queued > STOP_READING) {
            congested = true;
            congestedSince = System.nanoTime();
            readOrWait();
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
        if (behind && open) {
            behind = false;
            write(syncRequired);
        }
        readOrWait();
    }

    private void overflow(Frame.Loss loss) {
        switch (loss) {
            case NEVER -> close(CloseCode.TRY_AGAIN, "retry=1000 the socket does not drain");
            case SYNC -> {
                behind = true;
                metrics.dropped();
            }
            case FORGET -> metrics.dropped();
        }
    }

    private void readOrWait() {
        boolean read = !flooded && !congested && inFlight < options.requestsInFlight();
        if (read != reading && open) {
            reading = read;
            if (read) {
                lastRead = System.nanoTime();
                socket.resume();
            } else {
                socket.pause();
            }
        }
    }

    private void heard() {
        lastRead = System.nanoTime();
        pinged = false;
    }

    /** The decoder gave up: Vert.x would leave the socket open and go on with the next message. */
    private void broken(Throwable failure) {
        if (failure instanceof CorruptedWebSocketFrameException corrupted) {
            close(corrupted.closeStatus().code(), corrupted.closeStatus().reasonText());
        } else if (failure instanceof IOException) {
            close(CloseCode.GOING_AWAY, "connection lost");
        } else {
            close(CloseCode.TOO_BIG, "a message has at most " + Gateway.MAX_MESSAGE + " bytes");
        }
    }

    private void closed() {
        if (open) {
            open = false;
            onClosed.accept(this);
        }
    }

    /** The frame's own bytes, not a copy: unreleasable, as the first socket's write would free them for the others. */
    private static WebSocketFrame shared(Frame frame) {
        return new WebSocketFrameImpl(
                WebSocketFrameType.TEXT, Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(frame.bytes())), true);
    }
}
