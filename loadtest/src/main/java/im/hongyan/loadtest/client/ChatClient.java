package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.internal.VertxInternal;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Connects to one node: HTTP requests and sockets. Thread-safe, and cheap enough for ten thousand sockets, because
 * they share the event loops of the Vert.x instance. Each socket stays on one event loop.
 *
 * <p>Requests fail with {@link ChatError} if the server returns an error, with {@link NoAnswer} if no answer arrives
 * in time, and with the network's exception if the server is unreachable.
 */
public final class ChatClient {
    static final String SUBPROTOCOL = "hongyan.v1";
    private static final String API = "/api/v1";
    /** Concurrent HTTP connections. Further requests wait. */
    private static final int HTTP_CONNECTIONS = 16;

    private final Vertx vertx;
    private final URI server;
    private final ClientOptions options;
    private final HttpClient http;
    private final WebSocketClient sockets;

    /** @param server such as {@code http://127.0.0.1:8080} */
    public ChatClient(Vertx vertx, URI server, ClientOptions options) {
        if (server.getHost() == null || server.getPort() < 1) {
            throw new IllegalArgumentException("the server's URL must be http://host:port, not " + server);
        }
        this.vertx = vertx;
        this.server = server;
        this.options = options;
        boolean tls = "https".equals(server.getScheme());
        int connectMs = (int) options.connectTimeout().toMillis();
        HttpClientOptions httpOptions = new HttpClientOptions();
        httpOptions.setSsl(tls).setConnectTimeout(connectMs).setLocalAddress(options.localAddress());
        this.http = vertx.createHttpClient(httpOptions, new PoolOptions().setHttp1MaxSize(HTTP_CONNECTIONS));
        WebSocketClientOptions socketOptions = new WebSocketClientOptions();
        socketOptions.setSsl(tls).setConnectTimeout(connectMs).setLocalAddress(options.localAddress());
        socketOptions
                .setMaxConnections(Integer.MAX_VALUE)
                .setMaxFrameSize(options.maxMessageBytes())
                .setMaxMessageSize(options.maxMessageBytes())
                .setTryUsePerFrameCompression(false)
                .setTryUsePerMessageCompression(false);
        this.sockets = vertx.createWebSocketClient(socketOptions);
    }

    public URI server() {
        return server;
    }

    public Future<Credentials> register(String username, String password) {
        return call(HttpMethod.POST, API + "/accounts", null, Map.of("username", username, "password", password))
                .map(Credentials::ofSession);
    }

    public Future<Credentials> signIn(String username, String password) {
        return call(HttpMethod.POST, API + "/sessions", null, Map.of("username", username, "password", password))
                .map(Credentials::ofSession);
    }

    /** Exchanges a refresh token for new tokens; the old refresh token becomes invalid. */
    public Future<Credentials> refresh(String refreshToken) {
        return call(HttpMethod.POST, API + "/sessions/refresh", null, Map.of("refreshToken", refreshToken))
                .map(Credentials::ofSession);
    }

    public Future<JsonNode> signOut(String accessToken) {
        return call(HttpMethod.DELETE, API + "/sessions/current", accessToken, null);
    }

    public Future<JsonNode> me(String accessToken) {
        return call(HttpMethod.GET, API + "/me", accessToken, null);
    }

    /**
     * Sends any HTTP request.
     *
     * @param token null for none
     * @param body anything that Jackson can write, or null for none
     * @return the body of a 2xx answer, or an empty object if it has none
     */
    public Future<JsonNode> call(HttpMethod method, String path, String token, Object body) {
        RequestOptions request = new RequestOptions()
                .setMethod(method)
                .setHost(server.getHost())
                .setPort(server.getPort())
                .setURI(path)
                .setTimeout(options.requestTimeout().toMillis());
        if (token != null) {
            request.putHeader("Authorization", "Bearer " + token);
        }
        if (body != null) {
            request.putHeader("Content-Type", "application/json");
        }
        return http.request(request)
                .compose(open -> body == null ? open.send() : open.send(Json.buffer(body)))
                .compose(response -> response.body().compose(bytes -> answer(response, bytes)))
                .timeout(options.requestTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .recover(e -> Future.failedFuture(
                        e instanceof TimeoutException ? new NoAnswer("no answer to " + method + " " + path) : e));
    }

    private static Future<JsonNode> answer(HttpClientResponse response, Buffer bytes) {
        JsonNode body = bodyOf(bytes);
        return response.statusCode() / 100 == 2
                ? Future.succeededFuture(body)
                : Future.failedFuture(ChatError.ofHttp(response.statusCode(), body));
    }

    private static JsonNode bodyOf(Buffer bytes) {
        ObjectNode none = Json.object();
        if (bytes == null || bytes.length() == 0) {
            return none;
        }
        try {
            return Json.parse(bytes.getBytes());
        } catch (IOException e) {
            return none.put("detail", "the body is not JSON");
        }
    }

    public Future<ChatConnection> connect(String accessToken, PushHandler pushes) {
        return connect(accessToken, pushes, Faults.NONE);
    }

    /** Opens a socket. Completes when the welcome arrives. If called on an event loop, the connection stays on it. */
    public Future<ChatConnection> connect(String accessToken, PushHandler pushes, Faults faults) {
        WebSocketConnectOptions handshake = handshake();
        handshake.putHeader("Authorization", "Bearer " + accessToken);
        return connect(handshake, pushes, faults);
    }

    /** A handshake without a token, which a test can change. */
    public WebSocketConnectOptions handshake() {
        WebSocketConnectOptions handshake = new WebSocketConnectOptions();
        handshake
                .setHost(server.getHost())
                .setPort(server.getPort())
                .setURI("/ws")
                .setTimeout(options.connectTimeout().toMillis());
        return handshake.addSubProtocol(SUBPROTOCOL).setAllowOriginHeader(false);
    }

    /** Opens a socket with a custom handshake. A rejected upgrade fails with {@link ChatError}. */
    public Future<ChatConnection> connect(WebSocketConnectOptions handshake, PushHandler pushes, Faults faults) {
        Context context = eventLoop();
        Promise<ChatConnection> connected = Promise.promise();
        context.runOnContext(go -> {
            try {
                ClientWebSocket socket = sockets.webSocket();
                ChatConnection connection = new ChatConnection(server, context, options, pushes, faults);
                connection.listenTo(socket);
                socket.connect(handshake)
                        .compose(connection::opened)
                        .recover(e -> Future.failedFuture(refusal(e)))
                        .onComplete(connected);
            } catch (IllegalStateException e) {
                connected.fail(e); // This client is closed.
            }
        });
        return connected.future();
    }

    private Context eventLoop() {
        Context current = Vertx.currentContext();
        // A plain thread would get the same event loop for all its connections.
        return current != null && current.isEventLoopContext()
                ? current
                : ((VertxInternal) vertx).createEventLoopContext();
    }

    private static Throwable refusal(Throwable failure) {
        return failure instanceof UpgradeRejectedException rejected
                ? ChatError.ofHttp(rejected.getStatus(), bodyOf(rejected.getBody()))
                : failure;
    }

    /** Closes all sockets with a close frame. */
    public Future<Void> close() {
        return Future.join(sockets.close(), http.close()).mapEmpty();
    }
}
