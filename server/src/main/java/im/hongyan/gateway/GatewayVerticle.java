package im.hongyan.gateway;

import im.hongyan.protocol.Rejection;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The connections of one event loop. */
final class GatewayVerticle extends AbstractVerticle {
    private static final int IDLE_SECONDS = 90;
    private static final int ACCEPT_BACKLOG = 4_096;

    private final Gateway gateway;
    private final Handler<HttpServerRequest> http;
    private final int wantedPort;
    private final Set<Connection> connections = new LinkedHashSet<>();
    private HttpServer server;

    GatewayVerticle(Gateway gateway, Handler<HttpServerRequest> http, int wantedPort) {
        this.gateway = gateway;
        this.http = http;
        this.wantedPort = wantedPort;
    }

    @Override
    public void start(Promise<Void> started) {
        Handshake handshake = new Handshake(gateway, connections);
        server = vertx.createHttpServer(options()).requestHandler(request -> {
            if (!hasOneHost(request)) {
                handshake.refuse(request, Rejection.invalid("host.missing", "a request names one host"));
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

    /** RFC 9112, 3.2: what two proxies may read differently is refused. */
    private static boolean hasOneHost(HttpServerRequest request) {
        int hosts = request.headers().getAll(HttpHeaders.HOST).size();
        return hosts == 1 || (hosts == 0 && request.version() == HttpVersion.HTTP_1_0);
    }

    int port() {
        return server.actualPort();
    }

    Future<Void> stopAccepting() {
        return server.close();
    }

    private void tick() {
        long now = System.nanoTime();
        List.copyOf(connections).forEach(connection -> connection.tick(now));
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
                // Beyond what heartbeats allow a socket; HTTP connections that nobody uses end here.
                .setIdleTimeout(IDLE_SECONDS)
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                .setAcceptBacklog(ACCEPT_BACKLOG);
    }
}
