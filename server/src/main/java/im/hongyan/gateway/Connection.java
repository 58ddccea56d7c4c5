package im.hongyan.gateway;

import im.hongyan.async.KeyedQueue;
import im.hongyan.delivery.ClientConnection;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.InboundFrame;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.Request;
import im.hongyan.protocol.UserId;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.internal.http.WebSocketInternal;

/**
 * One client's socket: requests in, answers and pushes out. Lives on one event loop, and only {@link #close} may be
 * called from elsewhere.
 *
 * <p>Back-pressure works in both directions. A client with {@code concurrentRequestsPerSocket} unanswered requests, or one that does
 * not read its answers, is not read from. A client that does not read its pushes loses them from
 * {@link OutboundQueue#MAX_QUEUED} queued bytes on; when it has drained it is told to sync, and if it does not drain in time it
 * is closed.
 */
final class Connection implements ClientConnection {
    /** Frames in a row that are no requests at all; a client that sends more does not speak this protocol. */
    private static final int MAX_MALFORMED = 20;
    /** Refusals for the rate in a row; past that the socket is not read for a moment, which costs us nothing. */
    private static final int MAX_LIMITED = 100;

    private static final long FLOOD_PAUSE_MS = 1_000;
    private static final long FULL_RETRY_MS = 1_000;
    /** How long a socket that is sent elsewhere may wait for its answers. */
    private static final long LEAVE_MS = 2_000;

    /** Who is told of a connection's end. */
    interface Owner {
        /** It is closing: nothing goes in or out any more. */
        void closed(Connection connection);

        /** Its TCP connection has ended. Always the last call. */
        void ended(Connection connection);
    }

    private final ServerWebSocket socket;
    private final Context context;
    private final Principal caller;
    private final Owner owner;
    private final FrameRoutes routes;
    private final KeyedQueue<UserId> people;
    private final FrameCodec codec;
    private final GatewayOptions options;
    private final GatewayMetrics metrics;
    private final TokenBucket rate;
    private final OutboundQueue out;
    private final MessageAssembler fragments = new MessageAssembler();

    private boolean open = true;
    private int inFlight;
    private boolean reading = true;
    private boolean flooded;
    private int malformed;
    private int limited;
    private long lastRead;
    private boolean pinged;
    /** What ends a socket that is sent elsewhere and still waits for answers; else null. */
    private Runnable leaving;
    /** The timer of {@link #cutLater}; timers count from 0. */
    private long cut = -1;

    Connection(ServerWebSocket socket, Context context, Principal caller, Gateway gateway, Owner owner) {
        this.socket = socket;
        this.context = context;
        this.caller = caller;
        this.owner = owner;
        this.routes = gateway.routes();
        this.people = gateway.people();
        this.codec = gateway.codec();
        this.options = gateway.options();
        this.metrics = gateway.metrics();
        this.rate = new TokenBucket(options.framesPerSecond(), options.frameBurst(), System.nanoTime());
        this.out = new OutboundQueue(socket, gateway.syncRequired(), metrics, this::readOrWait);
        this.lastRead = System.nanoTime();
    }

    /** @throws IllegalStateException if the socket has ended already; then the owner is not told of anything */
    void start() {
        socket.closeHandler(none -> ended());
        // When the server stops taking sockets, those that are open are closed by us, each in its time.
        socket.shutdownHandler(none -> {});
        socket.frameHandler(this::frame);
        socket.pongHandler(pong -> heard());
        socket.exceptionHandler(lost -> end(CloseCode.GOING_AWAY, "connection lost"));
        FrameGuard.install(socket, this::takesControlFrame, this::broken);
    }

    @Override
    public Principal principal() {
        return caller;
    }

    @Override
    public Context context() {
        return context;
    }

    @Override
    public void offer(Frame frame) {
        if (open && !out.offer(frame)) {
            end(CloseCode.TRY_AGAIN, "retry=1000 the socket does not drain");
        }
    }

    @Override
    public void closeAsReplaced() {
        close(CloseCode.REPLACED, "the session opened another socket");
    }

    @Override
    public void close(int code, String reason) {
        context.runOnContext(none -> end(code, reason));
    }

    @Override
    public void closeGracefully(int code, String reason) {
        context.runOnContext(none -> {
            leaving = () -> end(code, reason);
            if (inFlight == 0) {
                leaving.run();
            } else {
                readOrWait();
                context.owner().setTimer(LEAVE_MS, late -> leaving.run());
            }
        });
    }

    /** At once: what stands behind the frame that was the reason is not handled any more. */
    private void end(int code, String reason) {
        if (open) {
            closed(code);
            socket.close((short) code, reason);
            // For the peer's own close frame.
            socket.resume();
            cutLater();
        }
    }

    /** Called every few seconds: pings a peer that is silent, and ends one that stays so or does not drain. */
    void tick(long now) {
        Heartbeat heartbeat = options.heartbeat();
        if (out.congestedFor(now) > heartbeat.drain().toNanos()) {
            end(CloseCode.TRY_AGAIN, "retry=1000 the socket does not drain");
        } else if (reading && now - lastRead > heartbeat.silence().toNanos()) {
            end(CloseCode.GOING_AWAY, "silent for too long");
        } else if (!pinged && now - lastRead > heartbeat.ping().toNanos()) {
            pinged = true;
            socket.writePing(Buffer.buffer());
        }
    }

    private void frame(WebSocketFrame frame) {
        if (!open) {
            return;
        }
        heard();
        switch (frame.type()) {
            case TEXT, CONTINUATION -> text(frame);
            case BINARY -> end(CloseCode.UNSUPPORTED_DATA, "frames are text");
            default -> {
                // Vert.x answers pings and close frames.
            }
        }
    }

    private void text(WebSocketFrame frame) {
        try {
            String message = fragments.add(frame);
            if (message == null) {
                charge();
            } else {
                message(message);
            }
        } catch (MessageAssembler.Violation violation) {
            end(violation.closeCode(), violation.getMessage());
        }
    }

    private void message(String text) {
        metrics.received();
        InboundFrame incoming = codec.parseFrame(text);
        malformed = incoming instanceof Request ? 0 : malformed + 1;
        if (malformed > MAX_MALFORMED) {
            end(CloseCode.PROTOCOL_ERROR, "these are no frames of hongyan.v1");
            return;
        }
        long waitMs = rate.take(System.nanoTime());
        if (waitMs > 0) {
            limited(incoming.id(), waitMs);
            return;
        }
        limited = 0;
        if (incoming instanceof Request request) {
            request(request);
        } else if (incoming instanceof InboundFrame.Malformed bad) {
            offer(codec.error(bad.id(), bad.rejection()));
        }
    }

    private void request(Request request) {
        long came = System.nanoTime();
        inFlight++;
        readOrWait();
        // Nobody else waits for a ping; and who is not answered one takes the socket for dead.
        Future<Frame> answer = request.type().equals(Gateway.PING)
                ? routes.answer(caller, request)
                : people.submit(caller.user(), () -> begin(request))
                        .otherwise(refusal -> routes.reject(request, refusal, came));
        answer.onComplete(done -> context.runOnContext(none -> answered(request.id(), done.result())));
    }

    /**
     * On the socket's event loop, wherever the request ended that this one has waited for. Never at once, not even there: it
     * would pass those that are on their way from another one.
     */
    private Future<Frame> begin(Request request) {
        Promise<Frame> answer = Promise.promise();
        context.runOnContext(none -> Future.succeededFuture()
                .compose(begun -> routes.answer(caller, request))
                .onComplete(answer));
        return answer.future();
    }

    /** Pings and pongs count as frames; those beyond the rate are passed over. */
    private boolean takesControlFrame() {
        heard();
        return rate.take(System.nanoTime()) == 0;
    }

    /** Pieces of messages count as frames, but have no answer that could refuse them. */
    private void charge() {
        if (rate.take(System.nanoTime()) > 0) {
            rest();
        }
    }

    private void limited(String id, long waitMs) {
        offer(codec.error(id, Rejection.limited("frames.rate", "too many frames a second on this socket", waitMs)));
        if (++limited > MAX_LIMITED) {
            limited = 0;
            rest();
        }
    }

    private void rest() {
        if (!flooded) {
            flooded = true;
            readOrWait();
            context.owner().setTimer(FLOOD_PAUSE_MS, none -> {
                flooded = false;
                readOrWait();
            });
        }
    }

    private void answered(String id, Frame answer) {
        inFlight--;
        offer(out.hasRoomFor(answer) ? answer : codec.error(id, full()));
        if (leaving != null && inFlight == 0) {
            leaving.run();
        }
        readOrWait();
    }

    /** Many large answers were asked for at once. A request may be repeated, whatever it did. */
    private static Rejection full() {
        return Rejection.limited("answers.queued", "too many answers wait to be read; ask again", FULL_RETRY_MS);
    }

    private void readOrWait() {
        boolean read =
                leaving == null && !flooded && !out.congested() && inFlight < options.concurrentRequestsPerSocket();
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

    private void broken(CorruptedWebSocketFrameException failure) {
        end(failure.closeStatus().code(), failure.closeStatus().reasonText());
    }

    private void closed(int code) {
        if (open) {
            open = false;
            metrics.closed(code);
            owner.closed(this);
        }
    }

    /** A close frame stands behind what the peer has not read yet, and Vert.x waits for it without end. */
    private void cutLater() {
        cut = context.owner().setTimer(options.heartbeat().goodbye().toMillis(), none -> {
            Channel channel =
                    ((WebSocketInternal) socket).channelHandlerContext().channel();
            channel.unsafe().close(channel.voidPromise());
        });
    }

    private void ended() {
        context.owner().cancelTimer(cut);
        Short code = socket.closeStatusCode();
        closed(code == null ? CloseCode.ABNORMAL : code);
        owner.ended(this);
    }
}
