package im.hongyan.gateway;

import im.hongyan.delivery.Outlet;
import im.hongyan.protocol.Caller;
import im.hongyan.protocol.ClientAddress;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Kind;
import im.hongyan.protocol.Problem;
import im.hongyan.protocol.Rejection;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/**
 * From a GET of {@code /ws} to a {@link Connection}. Whatever is wrong is said as an HTTP answer before the upgrade.
 *
 * <p>The token comes in {@code Authorization: Bearer} or, as browsers cannot set that header, as a second subprotocol
 * {@code bearer.<token>}; only {@code hongyan.v1} is ever selected, so that the token is not echoed.
 */
final class Handshake {
    private static final String BEARER = "bearer ";
    private static final String BEARER_SUBPROTOCOL = "bearer.";
    private static final long BUSY_RETRY_MS = 2_000;

    private final Gateway gateway;
    private final Set<Connection> connections;

    Handshake(Gateway gateway, Set<Connection> connections) {
        this.gateway = gateway;
        this.connections = connections;
    }

    void handle(Context context, HttpServerRequest request) {
        String address = ClientAddress.of(request, gateway.options().trustedProxy());
        try {
            List<String> protocols = subprotocols(request);
            checkForm(request, protocols);
            checkOrigin(request);
            checkRoom();
            String token = token(request, protocols);
            request.pause();
            gateway.authenticator()
                    .authenticate(token)
                    .onSuccess(caller -> upgrade(context, request, caller, address))
                    .onFailure(failure -> refuse(request, gateway.routes().rejection("handshake", failure)));
        } catch (Rejection rejection) {
            refuse(request, rejection);
        }
    }

    private void upgrade(Context context, HttpServerRequest request, Caller caller, String address) {
        if (!gateway.addresses().enter(address)) {
            refuse(
                    request,
                    Rejection.limited("sockets.per_address", "too many sockets from this address", BUSY_RETRY_MS));
            return;
        }
        request.toWebSocket()
                .onSuccess(socket -> open(context, socket, caller, address))
                .onFailure(failure -> gateway.addresses().leave(address));
    }

    private void open(Context context, ServerWebSocket socket, Caller caller, String address) {
        Caller here =
                new Caller(caller.user(), caller.session(), UUID.randomUUID().toString());
        Connection connection = new Connection(socket, context, here, gateway);
        connections.add(connection);
        connection.start(closed -> {
            connections.remove(closed);
            gateway.addresses().leave(address);
            gateway.presence().disconnected(closed);
        });
        connection.offer(welcome(here));
        Outlet replaced = gateway.presence().connected(connection);
        if (replaced != null) {
            replaced.close(CloseCode.REPLACED, "the session opened another socket");
        }
        if (gateway.isDraining()) {
            connection.close(CloseCode.RESTART, "retry=100");
        }
    }

    private Frame welcome(Caller caller) {
        Welcome welcome = new Welcome(
                caller.user(),
                caller.session(),
                gateway.node().bootId(),
                gateway.node().epoch().get(),
                new ArrayList<>(gateway.routes().table().keySet()),
                Instant.now(),
                Heartbeat.STANDARD.seconds());
        return gateway.codec().push("welcome", welcome, Frame.Loss.NEVER);
    }

    private static void checkForm(HttpServerRequest request, List<String> protocols) {
        String upgrade = request.getHeader(HttpHeaders.UPGRADE);
        if (upgrade == null || !upgrade.equalsIgnoreCase("websocket")) {
            throw Rejection.invalid("upgrade.missing", "/ws is for WebSockets");
        }
        if (!protocols.contains(Gateway.SUBPROTOCOL)) {
            throw Rejection.invalid("subprotocol.missing", "the subprotocol is " + Gateway.SUBPROTOCOL);
        }
    }

    /** Browsers send the page's origin; a page of somebody else's must not connect with a user's token. */
    private void checkOrigin(HttpServerRequest request) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null || gateway.options().origins().contains(origin.toLowerCase(Locale.ROOT))) {
            return;
        }
        String host = request.getHeader(HttpHeaders.HOST);
        try {
            if (host != null && host.equalsIgnoreCase(URI.create(origin).getAuthority())) {
                return;
            }
        } catch (IllegalArgumentException notAnOrigin) {
            // refused below
        }
        throw Rejection.forbidden("origin", "pages of this origin may not connect");
    }

    private void checkRoom() {
        if (gateway.isDraining()) {
            throw Rejection.unavailable("draining", "this node is being stopped", 100);
        }
        if (gateway.sockets().count() >= gateway.options().socketsPerNode()) {
            throw Rejection.unavailable("node.full", "this node holds as many sockets as it may", BUSY_RETRY_MS);
        }
    }

    private static String token(HttpServerRequest request, List<String> protocols) {
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return header.substring(BEARER.length()).trim();
        }
        for (String protocol : protocols) {
            if (protocol.startsWith(BEARER_SUBPROTOCOL)) {
                return protocol.substring(BEARER_SUBPROTOCOL.length());
            }
        }
        throw Rejection.unauthenticated("token.missing", "an access token is needed");
    }

    private static List<String> subprotocols(HttpServerRequest request) {
        List<String> protocols = new ArrayList<>();
        for (String header : request.headers().getAll("Sec-WebSocket-Protocol")) {
            for (String protocol : header.split(",", -1)) {
                protocols.add(protocol.trim());
            }
        }
        return protocols;
    }

    private void refuse(HttpServerRequest request, Rejection rejection) {
        request.resume();
        var response = request.response()
                .setStatusCode(rejection.kind().status())
                .putHeader(HttpHeaders.CONTENT_TYPE, Problem.CONTENT_TYPE);
        if (rejection.kind() == Kind.UNAUTHENTICATED) {
            response.putHeader("WWW-Authenticate", "Bearer");
        }
        if (rejection.retryAfterMs() > 0) {
            response.putHeader("Retry-After", Long.toString((rejection.retryAfterMs() + 999) / 1000));
        }

        response.end(Buffer.buffer(Problem.body(gateway.codec(), rejection)));
    }
}
