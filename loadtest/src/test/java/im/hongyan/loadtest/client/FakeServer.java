package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.ServerWebSocketHandshake;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.http.WebSocketInternal;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * A server for a few frames on a real socket, with a {@link FakeLog}, that misbehaves as a test demands. A token is
 * the user's name. Everything runs on one event loop.
 */
public final class FakeServer {
    /** How to handle a request. */
    enum Deed {
        SERVE,
        /** Breaks the connection without executing the request. */
        CUT_BEFORE,
        /** Executes the request and breaks the connection before the answer. */
        CUT_AFTER,
        /** Executes the request and sends no answer. */
        SILENT,
        UNAVAILABLE,
        /** Executes the request and answers that its outcome is unknown. */
        DONE_BUT_UNAVAILABLE,
        LIMITED,
        INTERNAL,
        /** Answers in two WebSocket frames. */
        FRAGMENTED
    }

    private record Socket(String user, ServerWebSocket socket) {}

    final FakeLog log;
    /** The handled requests, as {@code type of user}. */
    final List<String> asked = new CopyOnWriteArrayList<>();

    volatile BiFunction<String, String, Deed> script = (user, type) -> Deed.SERVE;
    /** The pushes that are lost. */
    volatile BiFunction<String, JsonNode, Boolean> loses = (user, entry) -> false;

    volatile String epoch = "epoch-1";
    volatile int heartbeatSeconds = 30;
    volatile int retryAfterMs = 50;

    private final io.vertx.core.Context context;
    private final HttpServer http;
    private final List<Socket> sockets = new ArrayList<>();
    private final Map<String, String> refreshes = new LinkedHashMap<>();

    public FakeServer(Vertx vertx) {
        this(vertx, new FakeLog());
    }

    /** Another node with the same log. Both are on one event loop. */
    FakeServer(Vertx vertx, FakeLog log) {
        this.log = log;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.http = vertx.createHttpServer(new HttpServerOptions()
                .setHost("127.0.0.1")
                .setPort(0)
                .setMaxWebSocketMessageSize(1 << 20)
                .setWebSocketSubProtocols(List.of(ChatClient.SUBPROTOCOL)));
        http.webSocketHandshakeHandler(this::handshake);
        http.webSocketHandler(this::accept);
        http.requestHandler(this::call);
    }

    public FakeServer start() {
        await(() -> http.listen().mapEmpty());
        return this;
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + http.actualPort());
    }

    void stop() {
        await(() -> http.close());
    }

    private void await(Supplier<Future<Void>> task) {
        Promise<Void> done = Promise.promise();
        context.runOnContext(go -> task.get().onComplete(done));
        try {
            done.future().await(10, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The next refresh with this token returns that access token. */
    void willRefresh(String refreshToken, String accessToken) {
        refreshes.put(refreshToken, accessToken);
    }

    private void call(HttpServerRequest request) {
        request.body().onSuccess(bytes -> {
            JsonNode body;
            try {
                body = bytes.length() == 0 ? Json.object() : Json.parse(bytes.getBytes());
            } catch (IOException e) {
                problem(request, 400, "invalid", "body.no_json");
                return;
            }
            String call = request.method() + " " + request.path();
            switch (call) {
                case "POST /api/v1/accounts", "POST /api/v1/sessions" ->
                    session(request, body.path("username").asText());
                case "POST /api/v1/sessions/refresh" -> {
                    String token = refreshes.remove(body.path("refreshToken").asText());
                    if (token == null) {
                        problem(request, 401, "unauthenticated", "session.refresh_spent");
                    } else {
                        session(request, token);
                    }
                }
                case "GET /api/v1/me" -> me(request);
                case "GET /api/v1/never" -> {}
                default -> problem(request, 404, "not_found", "http.no_such_path");
            }
        });
    }

    private static void session(HttpServerRequest request, String user) {
        ObjectNode answer = Json.object().put("accessToken", user).put("refreshToken", "r-" + user);
        answer.putObject("user").put("id", user).put("username", user).put("displayName", user);
        request.response().setStatusCode(201).end(Json.buffer(answer));
    }

    private static void me(HttpServerRequest request) {
        String bearer = request.getHeader("Authorization");
        if (bearer == null) {
            problem(request, 401, "unauthenticated", "token.missing");
        } else {
            request.response().end(Json.buffer(Json.object().put("id", bearer.substring("Bearer ".length()))));
        }
    }

    private static void problem(HttpServerRequest request, int status, String kind, String reason) {
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/problem+json")
                .end(Json.buffer(Json.object().put("kind", kind).put("reason", reason)));
    }

    private void handshake(ServerWebSocketHandshake handshake) {
        String bearer = handshake.headers().get("Authorization");
        if (bearer == null || bearer.equals("Bearer stale")) {
            handshake.reject(401);
        } else {
            handshake.accept();
        }
    }

    private void accept(ServerWebSocket socket) {
        String user = socket.headers().get("Authorization").substring("Bearer ".length());
        Socket mine = new Socket(user, socket);
        sockets.add(mine);
        socket.closeHandler(closed -> sockets.remove(mine));
        socket.textMessageHandler(text -> onText(mine, text));
        ObjectNode welcome = Json.object().put("user", user).put("epoch", epoch).put("node", "n");
        push(socket, "welcome", welcome.put("heartbeatSeconds", heartbeatSeconds));
    }

    private void onText(Socket from, String text) {
        JsonNode frame;
        try {
            frame = Json.parse(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            from.socket.close((short) Closure.PROTOCOL_ERROR, "no JSON");
            return;
        }
        String type = frame.get("type").asText();
        asked.add(type + " of " + from.user);
        Deed deed = script.apply(from.user, type);
        switch (deed) {
            case CUT_BEFORE -> cut(from.socket);
            case UNAVAILABLE, LIMITED, INTERNAL -> answer(from.socket, frame, failure(deed), deed);
            default -> {
                ObjectNode answer = log.handle(from.user, type, frame.path("data"), this::pushEntry);
                if (deed == Deed.CUT_AFTER) {
                    cut(from.socket);
                } else if (deed == Deed.DONE_BUT_UNAVAILABLE) {
                    answer(from.socket, frame, failure(deed), deed);
                } else if (deed != Deed.SILENT) {
                    answer(from.socket, frame, answer, deed);
                }
            }
        }
    }

    private ObjectNode failure(Deed deed) {
        return switch (deed) {
            case LIMITED -> FakeLog.error("limited", "rate").put("retryAfterMs", retryAfterMs);
            case INTERNAL -> FakeLog.error("internal", "bug");
            default -> FakeLog.error("unavailable", "store.away").put("retryAfterMs", retryAfterMs);
        };
    }

    private static void answer(ServerWebSocket socket, JsonNode request, ObjectNode answer, Deed deed) {
        ObjectNode frame = Json.object();
        if (answer.has("errorKind")) {
            frame.put("type", "error").set("id", request.get("id"));
            ObjectNode error = answer.deepCopy();
            error.put("kind", error.remove("errorKind").asText());
            frame.set("error", error);
        } else {
            frame.put("type", "ok").set("id", request.get("id"));
            frame.set("data", answer);
        }
        String text = Json.write(frame);
        if (deed == Deed.FRAGMENTED) {
            int half = text.length() / 2;
            socket.writeFrame(io.vertx.core.http.WebSocketFrame.textFrame(text.substring(0, half), false));
            socket.writeFrame(io.vertx.core.http.WebSocketFrame.continuationFrame(
                    io.vertx.core.buffer.Buffer.buffer(text.substring(half)), true));
        } else {
            socket.writeTextMessage(text);
        }
    }

    private void pushEntry(String user, ObjectNode entry) {
        if (!loses.apply(user, entry)) {
            toAll(user, "entry", entry);
        }
    }

    private void toAll(String user, String type, JsonNode data) {
        List.copyOf(sockets).stream()
                .filter(socket -> socket.user.equals(user))
                .forEach(socket -> push(socket.socket, type, data));
    }

    /**
     * Sends to all sockets of a user. It is written when this returns, and thus before the answers to later requests.
     */
    void pushTo(String user, String type, JsonNode data) {
        change(() -> toAll(user, type, data));
    }

    private static void push(ServerWebSocket socket, String type, JsonNode data) {
        if (!socket.isClosed()) {
            ObjectNode frame = Json.object().put("type", type);
            frame.set("data", data);
            socket.writeTextMessage(Json.write(frame));
        }
    }

    void sendText(String user, String text) {
        context.runOnContext(go -> sockets.stream()
                .filter(socket -> socket.user.equals(user))
                .forEach(socket -> socket.socket.writeTextMessage(text)));
    }

    /** Closes a user's sockets with a close frame. */
    void close(String user, int code, String reason) {
        context.runOnContext(go -> List.copyOf(sockets).stream()
                .filter(socket -> socket.user.equals(user))
                .forEach(socket -> socket.socket.close((short) code, reason)));
    }

    /** Stops reading from all sockets and answering them, without closing them. */
    void freeze() {
        context.runOnContext(go -> sockets.forEach(socket -> {
            var channel =
                    ((WebSocketInternal) socket.socket).channelHandlerContext().channel();
            channel.config().setAutoRead(false);
        }));
    }

    private static void cut(ServerWebSocket socket) {
        var channel = ((WebSocketInternal) socket).channelHandlerContext().channel();
        channel.unsafe().close(channel.voidPromise());
    }

    /** From now on, every tenth acknowledged message is not stored. */
    public void loseAcknowledged() {
        change(() -> log.bug = FakeLog.Bug.LOSES_ACKNOWLEDGED);
    }

    /** Changes the log, on its thread. */
    void change(Runnable change) {
        await(() -> {
            change.run();
            return Future.succeededFuture();
        });
    }
}
