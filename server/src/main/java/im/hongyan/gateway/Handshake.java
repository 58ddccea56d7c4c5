package im.hongyan.gateway;

import im.hongyan.async.LogThrottle;
import im.hongyan.protocol.Authenticator;
import im.hongyan.protocol.ClientAddress;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.RequestHost;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Context;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks a GET request for {@code /ws} and authenticates it, before {@link Connections} upgrades it. Errors are HTTP
 * responses.
 *
 * <p>The token is sent in {@code Authorization: Bearer} or, because browsers cannot set that header, as a second
 * subprotocol {@code bearer.<token>}. The server always selects {@code hongyan.v1}, so that the token is not echoed.
 */
final class Handshake {
    static final String SUBPROTOCOL = "hongyan.v1";

    private static final Logger LOG = LoggerFactory.getLogger(Handshake.class);
    private static final int MAX_ORIGIN_LOGGED = 200;
    private static final String BEARER = "bearer ";
    private static final String BEARER_SUBPROTOCOL = "bearer.";

    private final Authenticator authenticator;
    private final Admission admission;
    private final Connections connections;
    private final ErrorResponder errors;
    private final GatewayOptions options;
    private final LogThrottle refusedOrigins = new LogThrottle();

    Handshake(
            Authenticator authenticator,
            Admission admission,
            Connections connections,
            ErrorResponder errors,
            GatewayOptions options) {
        this.authenticator = authenticator;
        this.admission = admission;
        this.connections = connections;
        this.errors = errors;
        this.options = options;
    }

    void handle(Context context, HttpServerRequest request) {
        String address = ClientAddress.of(request, options.trustedProxy());
        try {
            List<String> protocols = subprotocols(request);
            // First, because browsers hide why a handshake failed: a page learns it from a plain POST to this path.
            checkOrigin(request);
            checkForm(request, protocols);
            admission.checkNode();
            String token = token(request, protocols);
            request.pause();
            authenticator
                    .authenticate(token)
                    .onSuccess(caller -> upgrade(context, request, caller, address))
                    .onFailure(failure -> errors.refuse(request, failure));
        } catch (Rejection rejection) {
            errors.refuse(request, rejection);
        }
    }

    private void upgrade(Context context, HttpServerRequest request, Principal caller, String address) {
        try {
            admission.acquire(address);
        } catch (Rejection rejection) {
            errors.refuse(request, rejection);
            return;
        }
        // A client may send the header twice. Vert.x would select the first one, which may be the token's.
        request.headers().set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
        Principal principal =
                new Principal(caller.user(), caller.session(), UUID.randomUUID().toString());
        connections.upgrade(context, request, principal, address);
    }

    private static void checkForm(HttpServerRequest request, List<String> protocols) {
        if (!request.method().equals(HttpMethod.GET)) {
            throw Rejection.invalid("upgrade.method", "a WebSocket handshake must be a GET request");
        }
        String upgrade = request.getHeader(HttpHeaders.UPGRADE);
        if (upgrade == null || !upgrade.equalsIgnoreCase("websocket")) {
            throw Rejection.invalid("upgrade.missing", "the header 'Upgrade: websocket' is required");
        }
        // Netty would also accept old drafts, some of which have no masking.
        if (!ErrorResponder.WEBSOCKET_VERSION.equals(request.getHeader(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
            throw Rejection.invalid(
                    "upgrade.version", "the WebSocket version must be " + ErrorResponder.WEBSOCKET_VERSION);
        }
        // Vert.x drops a request whose body is too long, and its address would never be released.
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (request.headers().contains(HttpHeaders.TRANSFER_ENCODING) || (length != null && !length.equals("0"))) {
            throw Rejection.invalid("upgrade.body", "a WebSocket handshake must not have a body");
        }
        if (!protocols.contains(SUBPROTOCOL)) {
            throw Rejection.invalid("subprotocol.missing", "the subprotocol must be " + SUBPROTOCOL);
        }
    }

    /** Browsers send the page's origin; a page from another site must not connect with a user's token. */
    private void checkOrigin(HttpServerRequest request) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null || options.origins().contains(origin.toLowerCase(Locale.ROOT))) {
            return;
        }
        List<String> hosts = RequestHost.of(request, options.trustedProxy());
        if (RequestHost.isOrigin(origin, hosts)) {
            return;
        }
        refusedOrigins.log(suppressed -> LOG.warn(
                "Rejected a WebSocket from origin {} ({} similar warnings suppressed); to allow origins other than the"
                        + " server's own, set HONGYAN_HTTP_ORIGINS",
                shortened(origin),
                suppressed));
        throw Rejection.forbidden(
                "origin",
                "the page's origin '" + shortened(origin) + "' is neither this server, which the request calls "
                        + shortened(hosts.toString())
                        + ", nor in HONGYAN_HTTP_ORIGINS; a proxy must keep the Host header, or be trusted"
                        + " (HONGYAN_HTTP_TRUSTED_PROXIES) and send X-Forwarded-Host");
    }

    private static String shortened(String text) {
        return text.length() > MAX_ORIGIN_LOGGED ? text.substring(0, MAX_ORIGIN_LOGGED) : text;
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
        throw Rejection.unauthenticated("token.missing", "an access token is required");
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
}
