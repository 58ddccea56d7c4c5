package im.hongyan.http;

import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.ProblemDetails;
import im.hongyan.protocol.Rejection;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.util.concurrent.TimeoutException;

/** Writes JSON responses and problems. */
final class Responses {
    /** Keys of a {@link RoutingContext}: the route that took the request, and how the request ended. */
    static final String ROUTE = "route";

    static final String OUTCOME = "outcome";

    private final FrameCodec codec;
    private final FrameRoutes frames;

    /** @param frames translates failures, so that an HTTP problem has the kind and reason of a frame's error */
    Responses(FrameCodec codec, FrameRoutes frames) {
        this.codec = codec;
        this.frames = frames;
    }

    /** @param body null for none */
    void succeed(RoutingContext context, int status, Object body) {
        HttpServerResponse response = context.response();
        if (response.closed() || response.ended()) {
            return;
        }
        response.setStatusCode(status).putHeader("Cache-Control", "no-store");
        if (body == null) {
            response.end();
        } else {
            response.putHeader("Content-Type", "application/json; charset=utf-8")
                    .end(Buffer.buffer(codec.bytes(body)));
        }
    }

    void fail(RoutingContext context, Throwable failure) {
        HttpServerResponse response = context.response();
        if (!response.closed() && !response.ended()) {
            response.end(problem(context, failure));
        }
    }

    /** Sets the status and headers of a problem. */
    Buffer problem(RoutingContext context, Throwable failure) {
        Rejection rejection = rejection(context, failure);
        int status = status(rejection);
        context.put(OUTCOME, rejection.kind().text());
        HttpServerResponse response = context.response()
                .setStatusCode(status)
                .putHeader("Cache-Control", "no-store")
                .putHeader("Content-Type", ProblemDetails.CONTENT_TYPE);
        if (rejection.kind() == ErrorKind.UNAUTHENTICATED) {
            response.putHeader("WWW-Authenticate", "Bearer");
        }
        if (rejection.retryAfterMs() > 0) {
            response.putHeader("Retry-After", Long.toString((rejection.retryAfterMs() + 999) / 1_000));
        }
        if (rejection.reason().equals("range.unsatisfiable")) {
            response.putHeader("Content-Range", "bytes */" + rejection.extra().get("length"));
        }
        return Buffer.buffer(ProblemDetails.body(codec, rejection, status));
    }

    /** What the client may know of a failure. A bug is logged here. */
    Rejection rejection(RoutingContext context, Throwable failure) {
        if (failure instanceof TimeoutException) {
            return Rejection.unavailable("deadline", "the request took too long", 1_000);
        }
        // Vert.x decodes the query when it is first read, and fails then.
        return failure instanceof HttpException
                ? malformed()
                : frames.toRejection(context.request().method() + " " + context.normalizedPath(), failure);
    }

    static Rejection malformed() {
        return Rejection.invalid("request.malformed", "malformed request");
    }

    static Rejection tooBig(long maxBytes) {
        return Rejection.invalid("body.too_big", "the body exceeds " + maxBytes + " bytes");
    }

    private static int status(Rejection rejection) {
        return switch (rejection.reason()) {
            case "body.too_big" -> 413;
            case "body.content_type" -> 415;
            case "method.unknown" -> 405;
            case "range.unsatisfiable" -> 416;
            default -> rejection.kind().status();
        };
    }
}
