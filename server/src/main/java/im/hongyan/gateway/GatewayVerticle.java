package im.hongyan.gateway;

import im.hongyan.async.LogThrottle;
import im.hongyan.protocol.HttpChannel;
import im.hongyan.protocol.Rejection;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server of one event loop. */
final class GatewayVerticle extends AbstractVerticle {
    private static final Pattern BROKEN_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");
    private static final int ACCEPT_BACKLOG = 4_096;
    /** Counts from when the server stops accepting; a drain has closed all sockets by then. */
    private static final long SHUTDOWN_SECONDS = 7;

    private static final Logger LOG = LoggerFactory.getLogger(GatewayVerticle.class);

    private final LogThrottle logThrottle = new LogThrottle();
    private final Handshake handshake;
    private final Connections connections;
    private final TcpConnections tcpConnections;
    private final HttpIdleTimeout idleTimeout;
    private final ErrorResponder errors;
    private final Handler<HttpServerRequest> http;
    private final GatewayOptions options;
    private final int port;
    private HttpServer server;

    /**
     * @param http handles every request that is not a WebSocket upgrade
     * @param port as Vert.x understands it; negative for a free port that the verticles share
     */
    GatewayVerticle(
            Handshake handshake,
            Connections connections,
            TcpConnections tcpConnections,
            HttpIdleTimeout idleTimeout,
            ErrorResponder errors,
            Handler<HttpServerRequest> http,
            GatewayOptions options,
            int port) {
        this.handshake = handshake;
        this.connections = connections;
        this.tcpConnections = tcpConnections;
        this.idleTimeout = idleTimeout;
        this.errors = errors;
        this.http = http;
        this.options = options;
        this.port = port;
    }

    @Override
    public void start(Promise<Void> started) {
        // Vert.x throws if a client disconnects during its handshake, as most do in a storm of reconnects.
        context.exceptionHandler(failure -> logThrottle.log(
                suppressed -> LOG.error("A connection failed ({} similar errors suppressed)", suppressed, failure)));
        server = vertx.createHttpServer(serverOptions()).connectionHandler(this::onConnection);
        server.requestHandler(this::handle);
        vertx.setPeriodic(options.heartbeat().checkInterval().toMillis(), none -> tick());
        server.listen(port, options.host()).<Void>mapEmpty().onComplete(started);
    }

    private void onConnection(HttpConnection connection) {
        if (tcpConnections.accept(connection, idleTimeout)) {
            idleTimeout.opened(connection);
        } else {
            HttpChannel.abort(connection);
        }
    }

    private void handle(HttpServerRequest request) {
        idleTimeout.touch(request.connection());
        Rejection malformed = checkForm(request);
        if (malformed != null) {
            errors.refuse(request, malformed);
        } else if ("/ws".equals(request.path())) {
            handshake.handle(context, request);
        } else {
            http.handle(request);
        }
    }

    /**
     * Rejects requests that proxies may interpret differently, or that the router would log with a stack trace. Returns
     * null for all others.
     */
    private static Rejection checkForm(HttpServerRequest request) {
        if (request.authority() == null
                || request.headers().getAll(HttpHeaders.HOST).size() != 1) {
            return Rejection.invalid("host.missing", "exactly one Host header is required");
        }
        String path = request.path();
        return path == null
                        || !path.startsWith("/")
                        || BROKEN_ESCAPE.matcher(path).find()
                ? Rejection.invalid(
                        "path.malformed", "the path must start with '/', and '%' must be followed by two hex digits")
                : null;
    }

    /** The actual port, once started. */
    int port() {
        return server.actualPort();
    }

    /** Stops accepting connections at once; completes when the last one has ended. */
    Future<Void> stopAccepting() {
        return server.shutdown(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
    }

    private void tick() {
        long now = System.nanoTime();
        connections.tick(now);
        idleTimeout.closeIdle(now);
    }

    private static HttpServerOptions serverOptions() {
        return new HttpServerOptions()
                .setMaxWebSocketFrameSize(MessageAssembler.MAX_MESSAGE_BYTES)
                .setMaxWebSocketMessageSize(MessageAssembler.MAX_MESSAGE_BYTES)
                .setWebSocketSubProtocols(List.of(Handshake.SUBPROTOCOL))
                // Decompression has no limit: a 63 KB frame could inflate to 62 MB.
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setRegisterWebSocketWriteHandlers(false)
                .setMaxHeaderSize(16 << 10)
                .setMaxInitialLineLength(4 << 10)
                .setHttp2ClearTextEnabled(false)
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                .setAcceptBacklog(ACCEPT_BACKLOG);
    }
}
