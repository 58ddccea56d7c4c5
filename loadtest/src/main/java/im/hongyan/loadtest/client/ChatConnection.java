package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.Faults.Fate;
import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.internal.http.WebSocketInternal;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One socket: requests with their answers, pushes, and how it closed. Methods may be called from any thread. Futures
 * complete and pushes arrive on the connection's event loop; pushes arrive in order.
 */
public final class ChatConnection {
    private static final Duration LATE = Duration.ofMillis(20);

    private record Request(String type, String id, Object data) {}

    private record Pending(Promise<JsonNode> answer, String type, long deadline) {}

    private final URI server;
    private final Context context;
    private final Vertx vertx;
    private final ClientOptions options;
    private final PushHandler pushes;
    private final Faults faults;
    private final Promise<ChatConnection> welcomed = Promise.promise();
    private final Promise<Closure> closed = Promise.promise();

    // The fields below are used on the event loop only.
    /** In the order of the requests, which is also the order of their deadlines. */
    private final Map<String, Pending> pending = new LinkedHashMap<>();

    private final List<Runnable> late = new ArrayList<>();
    private Buffer fragments;
    private long lastId;
    private boolean watching;
    private ChatHeartbeat heartbeat;

    private volatile WebSocket socket;
    private volatile JsonNode welcome;
    private volatile long since;

    ChatConnection(URI server, Context context, ClientOptions options, PushHandler pushes, Faults faults) {
        this.server = server;
        this.context = context;
        this.vertx = context.owner();
        this.options = options;
        this.pushes = pushes;
        this.faults = faults;
    }

    void listenTo(ClientWebSocket opening) {
        opening.frameHandler(this::onFrame);
        opening.closeHandler(ended -> onClose());
        opening.exceptionHandler(e -> {
            // Vert.x leaves the socket open after a message that is too large. Other errors close it anyway.
            if (socket != null) {
                cut();
            }
        });
    }

    Future<ChatConnection> opened(WebSocket open) {
        socket = open;
        long timer = vertx.setTimer(options.connectTimeout().toMillis(), late -> {
            if (welcomed.tryFail(new NoAnswer("connected, but received no welcome"))) {
                cut();
            }
        });
        return welcomed.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    /** The data of the welcome. */
    public JsonNode welcome() {
        return welcome;
    }

    /** The node that the socket is connected to. */
    public URI server() {
        return server;
    }

    /** When the welcome arrived, in microseconds since 1970. */
    public long since() {
        return since;
    }

    /** Completes when the socket has closed. Never fails. */
    public Future<Closure> closed() {
        return closed.future();
    }

    public boolean isOpen() {
        return !closed.future().isComplete();
    }

    /**
     * Sends a request.
     *
     * @param data anything that Jackson can write as an object
     * @return the data of the {@code ok}; fails with a {@link ChatError}, or with {@link NoAnswer} after the request
     *     timeout or when the connection closes
     */
    public Future<JsonNode> request(String type, Object data) {
        Promise<JsonNode> answer = Promise.promise();
        run(() -> ask(type, data, answer));
        return answer.future();
    }

    private void ask(String type, Object data, Promise<JsonNode> answer) {
        if (closed.future().isComplete()) {
            answer.fail(new NoAnswer("the connection is closed"));
            return;
        }
        String id = Long.toString(++lastId);
        String frame;
        try {
            frame = Json.write(new Request(type, id, data));
        } catch (IllegalArgumentException e) {
            answer.fail(e);
            return;
        }
        long deadline = System.nanoTime() + options.requestTimeout().toNanos();
        pending.put(id, new Pending(answer, type, deadline));
        watchDeadlines();
        send(faults.outbound(type), frame);
    }

    private void send(Fate fate, String frame) {
        switch (fate) {
            case PASS -> write(frame);
            case DROP -> {}
            case DUPLICATE -> {
                write(frame);
                write(frame);
            }
            case LATE -> vertx.setTimer(LATE.toMillis(), timer -> write(frame));
            case CUT_BEFORE -> cut();
            case CUT_AFTER -> write(frame).onComplete(written -> cut());
        }
    }

    private Future<Void> write(String frame) {
        return closed.future().isComplete() || socket.isClosed()
                ? Future.failedFuture("closed")
                : socket.writeTextMessage(frame);
    }

    /** Writes a text message without checking it. Does not wait for an answer. */
    public Future<Void> sendText(String text) {
        return socket.writeTextMessage(text);
    }

    /** The socket itself, for tests that violate the protocol. */
    public WebSocket socket() {
        return socket;
    }

    private void onFrame(WebSocketFrame frame) {
        if (heartbeat != null) {
            heartbeat.heard();
        }
        if (frame.isText() && frame.isFinal()) {
            onMessage(frame.binaryData().getBytes());
        } else if (frame.isText()) {
            fragments = Buffer.buffer().appendBuffer(frame.binaryData());
        } else if (frame.isContinuation() && fragments != null) {
            onFragment(frame);
        }
    }

    private void onFragment(WebSocketFrame frame) {
        fragments.appendBuffer(frame.binaryData());
        if (fragments.length() > options.maxMessageBytes()) {
            fragments = null;
            cut();
        } else if (frame.isFinal()) {
            byte[] whole = fragments.getBytes();
            fragments = null;
            onMessage(whole);
        }
    }

    private void onMessage(byte[] bytes) {
        if (welcome != null && pushes.skip(bytes)) {
            return;
        }
        JsonNode frame;
        try {
            frame = Json.parse(bytes);
        } catch (IOException e) {
            closeAsBroken("a frame that is not JSON");
            return;
        }
        JsonNode type = frame.get("type");
        if (type == null || !type.isTextual()) {
            closeAsBroken("a frame without a type");
            return;
        }
        receive(faults.inbound(type.textValue()), type.textValue(), frame);
    }

    private void receive(Fate fate, String type, JsonNode frame) {
        switch (fate) {
            case PASS -> dispatch(type, frame);
            case DROP -> {}
            case DUPLICATE -> {
                dispatch(type, frame);
                dispatch(type, frame);
            }
            case LATE -> {
                late.add(() -> dispatch(type, frame));
                vertx.setTimer(LATE.toMillis(), timer -> releaseLate());
                return;
            }
            case CUT_BEFORE -> cut();
            case CUT_AFTER -> {
                dispatch(type, frame);
                cut();
            }
        }
        releaseLate();
    }

    private void releaseLate() {
        List<Runnable> due = List.copyOf(late);
        late.clear();
        due.forEach(Runnable::run);
    }

    private void dispatch(String type, JsonNode frame) {
        if (closed.future().isComplete()) {
            return;
        }
        JsonNode id = frame.get("id");
        if (id != null && !id.isNull()) {
            answer(type, id.asText(), frame);
        } else if (welcome == null && type.equals("welcome")) {
            onWelcome(frame.path("data"));
        } else {
            pushes.push(type, frame.path("data"));
        }
    }

    private void onWelcome(JsonNode data) {
        since = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        welcome = data;
        heartbeat = new ChatHeartbeat(this, vertx, data.path("heartbeatSeconds").asLong(0));
        welcomed.tryComplete(this);
    }

    private void answer(String type, String id, JsonNode frame) {
        Pending request = pending.remove(id);
        if (request == null) {
            return; // Answered already, or given up.
        }
        if (type.equals("ok")) {
            request.answer.complete(frame.path("data"));
        } else if (type.equals("error")) {
            request.answer.fail(ChatError.ofFrame(frame.path("error")));
        } else {
            request.answer.fail(new IllegalStateException("a frame with an id of type " + type));
        }
    }

    private void closeAsBroken(String what) {
        welcomed.tryFail(new IllegalStateException("the server sent " + what));
        pushes.push("broken", Json.object().put("what", what));
        close(Closure.PROTOCOL_ERROR, what);
    }

    /** One timer serves all requests: the oldest has the nearest deadline. */
    private void watchDeadlines() {
        if (watching || pending.isEmpty()) {
            return;
        }
        watching = true;
        long wait = pending.values().iterator().next().deadline - System.nanoTime();
        vertx.setTimer(Math.max(1, wait / 1_000_000 + 1), timer -> {
            watching = false;
            long now = System.nanoTime();
            List<Pending> overdue = new ArrayList<>();
            pending.values().removeIf(request -> request.deadline - now <= 0 && overdue.add(request));
            overdue.forEach(request -> request.answer.fail(new NoAnswer("no answer to " + request.type + " in time")));
            watchDeadlines();
        });
    }

    private void onClose() {
        WebSocket ended = socket;
        Short code = ended == null ? null : ended.closeStatusCode();
        Closure closure = new Closure(code == null ? Closure.ABNORMAL : code, ended == null ? "" : ended.closeReason());
        if (heartbeat != null) {
            heartbeat.stop();
        }
        welcomed.tryFail(new NoAnswer("closed before the welcome: " + closure));
        if (closed.tryComplete(closure)) {
            List<Pending> unanswered = List.copyOf(pending.values());
            pending.clear();
            unanswered.forEach(request -> request.answer.fail(
                    new NoAnswer("the connection ended before the answer to " + request.type + ": " + closure)));
        }
    }

    /** Closes with a close frame. */
    public Future<Closure> close() {
        return close(Closure.NORMAL, "");
    }

    public Future<Closure> close(int code, String reason) {
        WebSocket open = socket;
        if (open != null && !open.isClosed()) {
            open.close((short) code, reason);
        }
        return closed.future();
    }

    /** Breaks the TCP connection without a close frame, like a lost network or a killed client. */
    public Future<Closure> cut() {
        WebSocket open = socket;
        if (open != null) {
            Channel channel = ((WebSocketInternal) open).channelHandlerContext().channel();
            // Bypasses Vert.x, which would send a close frame first.
            channel.eventLoop().execute(() -> channel.unsafe().close(channel.voidPromise()));
        }
        return closed.future();
    }

    /** Stops reading, like a slow client. */
    public void pause() {
        socket.pause();
    }

    public void resume() {
        socket.resume();
    }

    private void run(Runnable task) {
        if (Vertx.currentContext() == context) {
            task.run();
        } else {
            context.runOnContext(go -> task.run());
        }
    }
}
