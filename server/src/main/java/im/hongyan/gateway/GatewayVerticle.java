package im.hongyan.gateway;

import im.hongyan.async.LogThrottle;
import im.hongyan.protocol.Rejection;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connections of one event loop. */
final class GatewayVerticle extends AbstractVerticle {
    private static final Pattern BROKEN_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");
    private static final int ACCEPT_BACKLOG = 4_096;
    /** After the stop of accepting; by then all sockets have been sent elsewhere. */
    private static final long LAST_SOCKET_SECONDS = 7;

    private static final Logger LOG = LoggerFactory.getLogger(GatewayVerticle.class);

    private final LogThrottle seldom = new LogThrottle();
    private final Gateway gateway;
    private final Handler<HttpServerRequest> http;
    private final int wantedPort;
    private final Set<Connection> connections = new LinkedHashSet<>();
    private final HttpIdleTimeout deadline;
    private HttpServer server;

    GatewayVerticle(Gateway gateway, Handler<HttpServerRequest> http, int wantedPort) {
        this.gateway = gateway;
        this.http = http;
        this.wantedPort = wantedPort;
        this.deadline = new HttpIdleTimeout(gateway.options().heartbeat().silence());
    }

    @Override
    public void start(Promise<Void> started) {
        // Vert.x fails over a client that goes in the middle of its handshake, and in a storm of reconnects most do.
        context.exceptionHandler(
                failure -> seldom.log(passed -> LOG.error("A connection failed ({} more before)", passed, failure)));
        Handshake handshake = new Handshake(gateway, connections, deadline);
        server = vertx.createHttpServer(options()).connectionHandler(deadline::opened);
        server.requestHandler(request -> {
            deadline.used(request.connection());
            Rejection wrong = wrongForm(request);
            if (wrong != null) {
                handshake.refuse(request, wrong);
            } else if ("/ws".equals(request.path())) {
                handshake.handle(context, request);
            } else {
                http.handle(request);
            }
        });
        vertx.setPeriodic(gateway.options().heartbeat().tick().toMillis(), none -> tick());
        server.listen(wantedPort, gateway.options().host())
                .onSuccess(listening -> gateway.opened(this))
                .<Void>mapEmpty()
                .onComplete(started);
    }

    /** What proxies may read differently, and what the router would answer with a stack trace in the log; else null. */
    private static Rejection wrongForm(HttpServerRequest request) {
        if (request.authority() == null
                || request.headers().getAll(HttpHeaders.HOST).size() != 1) {
            return Rejection.invalid("host.missing", "a request names one host");
        }
        String path = request.path();
        return path == null
                        || !path.startsWith("/")
                        || BROKEN_ESCAPE.matcher(path).find()
                ? Rejection.invalid("path.malformed", "a path begins with '/', and '%' stands before two hex digits")
                : null;
    }

    int port() {
        return server.actualPort();
    }

    /** Takes no more connections, at once; done when the last one has ended. */
    Future<Void> stopAccepting() {
        return server.shutdown(LAST_SOCKET_SECONDS, TimeUnit.SECONDS);
    }

    private void tick() {
        long now = System.nanoTime();
        List.copyOf(connections).forEach(connection -> connection.tick(now));
        deadline.tick(now);
    }

    private static HttpServerOptions options() {
        return new HttpServerOptions()
                .setMaxWebSocketFrameSize(Gateway.MAX_MESSAGE)
                .setMaxWebSocketMessageSize(Gateway.MAX_MESSAGE)
                .setWebSocketSubProtocols(List.of(Gateway.SUBPROTOCOL))
                // Inflating has no limit: a frame of 63 KB would become 62 MB.
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
