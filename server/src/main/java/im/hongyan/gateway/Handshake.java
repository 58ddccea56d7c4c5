package im.hongyan.gateway;

import im.hongyan.async.LogThrottle;
import im.hongyan.delivery.Presence.Announcement;
import im.hongyan.protocol.ClientAddress;
import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.ProblemDetails;
import im.hongyan.protocol.Rejection;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From a GET of {@code /ws} to a {@link Connection}. Whatever is wrong is said as an HTTP answer before the upgrade.
 *
 * <p>The token comes in {@code Authorization: Bearer} or, as browsers cannot set that header, as a second subprotocol
 * {@code bearer.<token>}; only {@code hongyan.v1} is ever selected, so that the token is not echoed.
 */
final class Handshake {
    private static final Logger LOG = LoggerFactory.getLogger(Handshake.class);
    private static final int MAX_ORIGIN_LOGGED = 200;
    private static final String BEARER = "bearer ";
    private static final String BEARER_SUBPROTOCOL = "bearer.";
    private static final String VERSION = "13";
    private static final int UPGRADE_REQUIRED = 426;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final long BUSY_RETRY_MS = 2_000;

    private final Gateway gateway;
    private final Set<Connection> connections;
    private final HttpIdleTimeout deadline;
    private final LogThrottle refusedOrigins = new LogThrottle();

    Handshake(Gateway gateway, Set<Connection> connections, HttpIdleTimeout deadline) {
        this.gateway = gateway;
        this.connections = connections;
        this.deadline = deadline;
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
                    .onFailure(failure -> refuse(request, gateway.routes().toRejection("handshake", failure)));
        } catch (Rejection rejection) {
            refuse(request, rejection);
        }
    }

    private void upgrade(Context context, HttpServerRequest request, Principal caller, String address) {
        if (!gateway.addresses().enter(address)) {
            refuse(
                    request,
                    Rejection.limited("sockets.per_address", "too many sockets from this address", BUSY_RETRY_MS));
            return;
        }
        // For a client that sent the header twice: the first would decide, and might be the token's.
        request.headers().set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, Gateway.SUBPROTOCOL);
        Principal here =
                new Principal(caller.user(), caller.session(), UUID.randomUUID().toString());
        gateway.presence().announce(here).onSuccess(expected -> {
            if (request.response().closed()) {
                // Where many come at once, many have given up by then; Vert.x would fail over each of them.
                vanished(here, address);
                return;
            }
            request.toWebSocket()
                    .onSuccess(socket -> {
                        deadline.forget(request.connection());
                        open(context, socket, here, expected, address);
                    })
                    .onFailure(failure -> vanished(here, address));
        });
    }

    private void vanished(Principal here, String address) {
        gateway.presence().withdraw(here);
        gateway.addresses().leave(address);
    }

    private void open(Context context, ServerWebSocket socket, Principal here, Announcement expected, String address) {
        // They hold the token, and would live as long as the socket.
        socket.headers().clear();
        Connection connection = new Connection(socket, context, here, gateway, new Register(address));
        try {
            connection.start();
        } catch (IllegalStateException ended) {
            vanished(here, address);
            return;
        }
        connections.add(connection);
        String epoch = gateway.node().epoch().get();
        // Among the sockets before it is told so: whoever has the welcome has every push from then on. None comes
        // before it,
        // as each is a task of this event loop.
        gateway.presence().connected(connection, expected);
        connection.offer(welcome(here, epoch));
        // Either may have changed since, when this connection was not among the sockets yet.
        if (gateway.isDraining() || !epoch.equals(gateway.node().epoch().get())) {
            connection.close(CloseCode.RESTART, "retry=100");
        }
    }

    /** Who knows of a connection, and forgets it when it ends. */
    private final class Register implements Connection.Owner {
        private final String address;

        Register(String address) {
            this.address = address;
        }

        @Override
        public void closed(Connection connection) {
            connections.remove(connection);
            gateway.presence().disconnected(connection);
        }

        @Override
        public void ended(Connection connection) {
            gateway.addresses().leave(address);
        }
    }

    private Frame welcome(Principal caller, String epoch) {
        Welcome welcome = new Welcome(
                caller.user(),
                caller.session(),
                gateway.node().bootId(),
                epoch,
                new ArrayList<>(gateway.routes().table().keySet()),
                Instant.now(),
                (int) gateway.options().heartbeat().ping().toSeconds());
        return gateway.codec().push("welcome", welcome, Frame.DropPolicy.NEVER);
    }

    private static void checkForm(HttpServerRequest request, List<String> protocols) {
        if (!request.method().equals(HttpMethod.GET)) {
            throw Rejection.invalid("upgrade.method", "a WebSocket begins with a GET");
        }
        String upgrade = request.getHeader(HttpHeaders.UPGRADE);
        if (upgrade == null || !upgrade.equalsIgnoreCase("websocket")) {
            throw Rejection.invalid("upgrade.missing", "/ws is for WebSockets");
        }
        // Netty would speak its drafts, some of which have no masks.
        if (!VERSION.equals(request.getHeader(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
            throw Rejection.invalid("upgrade.version", "the WebSocket protocol is of version " + VERSION);
        }
        // Vert.x forgets a request whose body is too long for it, and the address would count for ever.
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (request.headers().contains(HttpHeaders.TRANSFER_ENCODING) || (length != null && !length.equals("0"))) {
            throw Rejection.invalid("upgrade.body", "the request for a WebSocket has no body");
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
        refusedOrigins.log(passed -> LOG.warn(
                "a WebSocket from a page of {} was refused, and {} others before; origins besides the server's own are"
                        + " allowed by HONGYAN_HTTP_ORIGINS",
                origin.length() > MAX_ORIGIN_LOGGED ? origin.substring(0, MAX_ORIGIN_LOGGED) : origin,
                passed));
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
        for (String header : request.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL)) {
            for (String protocol : header.split(",", -1)) {
                protocols.add(protocol.trim());
            }
        }
        return protocols;
    }

    void refuse(HttpServerRequest request, Rejection rejection) {
        request.resume();
        boolean version = rejection.reason().equals("upgrade.version");
        boolean method = rejection.reason().equals("upgrade.method");
        int status = version
                ? UPGRADE_REQUIRED
                : method ? METHOD_NOT_ALLOWED : rejection.kind().status();
        HttpServerResponse response = request.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, ProblemDetails.CONTENT_TYPE);
        if (version) {
            response.putHeader(HttpHeaderNames.SEC_WEBSOCKET_VERSION, VERSION);
        }
        if (method) {
            response.putHeader(HttpHeaders.ALLOW, "GET");
        }
        if (rejection.kind() == ErrorKind.UNAUTHENTICATED) {
            response.putHeader(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
        }
        if (rejection.retryAfterMs() > 0) {
            response.putHeader(HttpHeaderNames.RETRY_AFTER, Long.toString((rejection.retryAfterMs() + 999) / 1000));
        }
        response.end(Buffer.buffer(ProblemDetails.body(gateway.codec(), rejection, status)));
    }
}
