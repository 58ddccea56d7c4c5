package im.hongyan.gateway;

import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.ProblemDetails;
import im.hongyan.protocol.Rejection;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/** Answers an HTTP request that fails before its WebSocket is open. */
final class ErrorResponder {
    /** The only supported version of the WebSocket protocol. */
    static final String WEBSOCKET_VERSION = "13";

    private static final int UPGRADE_REQUIRED = 426;
    private static final int METHOD_NOT_ALLOWED = 405;

    private final FrameRoutes routes;

    ErrorResponder(FrameRoutes routes) {
        this.routes = routes;
    }

    void refuse(HttpServerRequest request, Throwable failure) {
        Rejection rejection = routes.toRejection("handshake", failure);
        request.resume();
        boolean version = rejection.reason().equals("upgrade.version");
        boolean method = rejection.reason().equals("upgrade.method");
        int status = version
                ? UPGRADE_REQUIRED
                : method ? METHOD_NOT_ALLOWED : rejection.kind().status();
        HttpServerResponse response = request.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, ProblemDetails.CONTENT_TYPE)
                .putHeader("X-Content-Type-Options", "nosniff");
        if (version) {
            response.putHeader(HttpHeaderNames.SEC_WEBSOCKET_VERSION, WEBSOCKET_VERSION);
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
        response.end(Buffer.buffer(ProblemDetails.body(routes.codec(), rejection, status)));
    }
}
