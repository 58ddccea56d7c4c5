package im.hongyan.gateway;

import im.hongyan.delivery.ClientConnection;
import im.hongyan.delivery.Delivery;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameLimit;
import im.hongyan.protocol.InboundFrame;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.Request;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.internal.http.WebSocketInternal;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A client's WebSocket: requests in, answers and pushes out. It belongs to one event loop; only {@link #close}, {@link
 * #closeGracefully} and {@link #closeAsReplaced} may be called from other threads.
 *
 * <p>Back-pressure works in both directions. The server stops reading from a client that has {@code
 * concurrentRequestsPerSocket} unanswered requests or does not read its answers. A client that does not read its pushes
 * loses them once {@link OutboundQueue#MAX_QUEUED_BYTES} are queued. When the queue has drained, the client is told to
 * sync; if it does not drain in time, the socket is closed.
 */
final class Connection implements ClientConnection {
    /** The number of consecutive malformed messages after which the socket is closed. */
    private static final int MAX_MALFORMED = 20;
    /**
     * After this many refusals by the rate limit, the socket is not read for a moment, which costs nothing. A client
     * that is only a little too fast is never paused: a few refusals per second do not count.
     */
    private static final int MAX_REFUSED = 100;

    private static final int TOLERATED_REFUSALS_PER_SECOND = 5;

    private static final long FLOOD_PAUSE_MS = 1_000;
    private static final long ANSWERS_RETRY_MS = 1_000;
    /** How long a graceful close waits for the answers to pending requests. */
    private static final long GRACEFUL_CLOSE_MS = 2_000;

    /** Listens for the connection's end. */
    interface Listener {
        /** The connection is closing: no more frames are sent or received. */
        void onClosed(Connection connection);

        /** The TCP connection has ended. Always the last call. */
        void onDisconnected(Connection connection);
    }

    private final ServerWebSocket socket;
    private final Context context;
    private final Principal principal;
    private final Listener listener;
    private final RequestDispatcher requests;
    private final GatewayOptions options;
    private final GatewayMetrics metrics;
    private final TokenBucket generalRate;
    private final OutboundQueue out;
    private final MessageAssembler assembler = new MessageAssembler();

    /** By type, for frames that have a limit of their own; filled on first use. */
    private Map<String, TokenBucket> ownRates = Map.of();

    /** The refusals that this client may still cause before it is not read for a moment. */
    private TokenBucket refusals = newRefusals();

    private boolean open = true;
    private int inFlight;
    private boolean reading = true;
    private boolean pausedForFlood;
    private int malformed;
    private long lastReceived;
    private boolean pinged;
    /** Closes a socket that still waits for answers; null unless a graceful close is pending. */
    private Runnable pendingClose;
    /** The timer of {@link #scheduleAbort}; Vert.x numbers timers from 0. */
    private long abortTimer = -1;

    Connection(
            ServerWebSocket socket,
            Context context,
            Principal principal,
            Listener listener,
            RequestDispatcher requests,
            GatewayOptions options,
            GatewayMetrics metrics) {
        this.socket = socket;
        this.context = context;
        this.principal = principal;
        this.listener = listener;
        this.requests = requests;
        this.options = options;
        this.metrics = metrics;
        this.generalRate = bucket(options.limits().frames());
        this.out = new OutboundQueue(socket, Delivery.SYNC_REQUIRED, metrics, this::updateReading);
        this.lastReceived = System.nanoTime();
    }

    /** @throws IllegalStateException if the socket is closed already; then the listener is not called */
    void start() {
        socket.closeHandler(none -> onSocketClosed());
        // When the server stops accepting sockets, the gateway closes the open ones itself, in waves.
        socket.shutdownHandler(none -> {});
        socket.frameHandler(this::onFrame);
        socket.pongHandler(pong -> onReceived());
        socket.exceptionHandler(lost -> end(CloseCode.GOING_AWAY, "connection lost"));
        FrameGuard.install(socket, this::allowsControlFrame, this::onCorruptedFrame);
    }

    @Override
    public Principal principal() {
        return principal;
    }

    @Override
    public Context context() {
        return context;
    }

    @Override
    public boolean offer(Frame frame) {
        if (open && !out.offer(frame)) {
            end(CloseCode.TRY_AGAIN, "retry=1000 the socket does not drain");
        }
        return open;
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
            pendingClose = () -> end(code, reason);
            if (inFlight == 0) {
                pendingClose.run();
            } else {
                updateReading();
                context.owner().setTimer(GRACEFUL_CLOSE_MS, late -> pendingClose.run());
            }
        });
    }

    /** Closes the socket at once: no frame after the current one is handled. */
    private void end(int code, String reason) {
        if (open) {
            markClosed(code);
            socket.close((short) code, reason);
            // Otherwise the peer's close frame would not be read.
            socket.resume();
            scheduleAbort();
        }
    }

    /** Called every few seconds: pings a silent peer, and closes one that stays silent or does not drain. */
    void tick(long now) {
        Heartbeat heartbeat = options.heartbeat();
        if (out.congestedFor(now) > heartbeat.drainTimeout().toNanos()) {
            end(CloseCode.TRY_AGAIN, "retry=1000 the socket does not drain");
        } else if (reading && now - lastReceived > heartbeat.closeAfter().toNanos()) {
            end(CloseCode.GOING_AWAY, "silent for too long");
        } else if (!pinged && now - lastReceived > heartbeat.pingAfter().toNanos()) {
            pinged = true;
            socket.writePing(Buffer.buffer());
        }
    }

    private void onFrame(WebSocketFrame frame) {
        if (!open) {
            return;
        }
        onReceived();
        switch (frame.type()) {
            case TEXT, CONTINUATION -> onText(frame);
            case BINARY -> end(CloseCode.UNSUPPORTED_DATA, "binary frames are not supported");
            default -> {
                // Vert.x answers pings and close frames.
            }
        }
    }

    private void onText(WebSocketFrame frame) {
        try {
            String message = assembler.add(frame);
            if (message == null) {
                chargeFragment();
            } else {
                onMessage(message);
            }
        } catch (MessageAssembler.Violation violation) {
            end(violation.closeCode(), violation.getMessage());
        }
    }

    private void onMessage(String text) {
        metrics.received();
        InboundFrame frame = requests.decode(text);
        malformed = frame instanceof Request ? 0 : malformed + 1;
        if (malformed > MAX_MALFORMED) {
            end(CloseCode.PROTOCOL_ERROR, "too many malformed messages");
            return;
        }
        Rejection tooFast = checkRates(frame);
        if (tooFast != null) {
            refuse(frame.id(), tooFast);
        } else if (frame instanceof Request request) {
            onRequest(request);
        } else if (frame instanceof InboundFrame.Malformed bad) {
            offer(requests.error(bad.id(), bad.rejection()));
        }
    }

    /** The refusal of a frame that exceeds the rate of the socket or of the user; null if it exceeds neither. */
    private Rejection checkRates(InboundFrame frame) {
        long waitMs = rateOf(frame).take(System.nanoTime());
        if (waitMs > 0) {
            metrics.refused("socket");
            return refusal(
                    frame, Rejection.limited("frames.rate", "too many frames per second on this socket", waitMs));
        }
        waitMs = requests.takeFromUserRate(principal, frame);
        if (waitMs > 0) {
            metrics.refused("user");
            return refusal(
                    frame, Rejection.limited("requests.rate", "too many requests per second on your sockets", waitMs));
        }
        return null;
    }

    /** Replaces the reason of the refusal if the frame's own limit sets one. */
    private Rejection refusal(InboundFrame frame, Rejection general) {
        return limitOf(frame)
                .flatMap(FrameLimit::reason)
                .map(general::withReason)
                .orElse(general);
    }

    private Optional<FrameLimit> limitOf(InboundFrame frame) {
        return frame instanceof Request request ? requests.limit(request.type()) : Optional.empty();
    }

    /** The frame's own rate, if its type has one: it is then bounded by that, and does not use up the general rate. */
    private TokenBucket rateOf(InboundFrame frame) {
        Optional<FrameLimit> limit = limitOf(frame);
        if (limit.isEmpty()) {
            return generalRate;
        }
        if (ownRates.isEmpty()) {
            ownRates = new HashMap<>();
        }
        return ownRates.computeIfAbsent(((Request) frame).type(), type -> bucket(limit.get()));
    }

    private void onRequest(Request request) {
        inFlight++;
        updateReading();
        requests.answer(context, principal, request)
                .onComplete(answer -> context.runOnContext(none -> onAnswer(request.id(), answer.result())));
    }

    /** Pings and pongs count as frames; those beyond the rate are ignored. */
    private boolean allowsControlFrame() {
        onReceived();
        return generalRate.take(System.nanoTime()) == 0;
    }

    /** Fragments count as frames, but there is no answer that could refuse one. */
    private void chargeFragment() {
        if (generalRate.take(System.nanoTime()) > 0) {
            pauseForFlood();
        }
    }

    private void refuse(String id, Rejection tooFast) {
        offer(requests.error(id, tooFast));
        if (refusals.take(System.nanoTime()) > 0) {
            refusals = newRefusals();
            pauseForFlood();
        }
    }

    private static TokenBucket newRefusals() {
        return bucket(new FrameLimit(TOLERATED_REFUSALS_PER_SECOND, MAX_REFUSED));
    }

    private static TokenBucket bucket(FrameLimit limit) {
        return new TokenBucket(limit.perSecond(), limit.burst(), System.nanoTime());
    }

    private void pauseForFlood() {
        if (!pausedForFlood) {
            pausedForFlood = true;
            updateReading();
            context.owner().setTimer(FLOOD_PAUSE_MS, none -> {
                pausedForFlood = false;
                updateReading();
            });
        }
    }

    private void onAnswer(String id, Frame answer) {
        inFlight--;
        offer(out.hasRoomFor(answer) ? answer : requests.error(id, answersQueued()));
        if (pendingClose != null && inFlight == 0) {
            pendingClose.run();
        }
        updateReading();
    }

    /** Many large answers were requested at once. A request may be retried, whatever it did. */
    private static Rejection answersQueued() {
        return Rejection.limited(
                "answers.queued", "too many answers are waiting to be read; read them and retry", ANSWERS_RETRY_MS);
    }

    /** Pauses or resumes reading from the socket. */
    private void updateReading() {
        boolean read = pendingClose == null
                && !pausedForFlood
                && !out.isCongested()
                && inFlight < options.limits().concurrentRequestsPerSocket();
        if (read != reading && open) {
            reading = read;
            if (read) {
                lastReceived = System.nanoTime();
                socket.resume();
            } else {
                socket.pause();
            }
        }
    }

    private void onReceived() {
        lastReceived = System.nanoTime();
        pinged = false;
    }

    private void onCorruptedFrame(CorruptedWebSocketFrameException failure) {
        end(failure.closeStatus().code(), failure.closeStatus().reasonText());
    }

    private void markClosed(int code) {
        if (open) {
            open = false;
            metrics.closed(code);
            listener.onClosed(this);
        }
    }

    /** Vert.x would wait forever for a peer that does not read up to the close frame. */
    private void scheduleAbort() {
        abortTimer = context.owner().setTimer(options.heartbeat().closeTimeout().toMillis(), none -> {
            Channel channel =
                    ((WebSocketInternal) socket).channelHandlerContext().channel();
            channel.unsafe().close(channel.voidPromise());
        });
    }

    private void onSocketClosed() {
        context.owner().cancelTimer(abortTimer);
        Short code = socket.closeStatusCode();
        markClosed(code == null ? CloseCode.ABNORMAL : code);
        listener.onDisconnected(this);
    }
}
