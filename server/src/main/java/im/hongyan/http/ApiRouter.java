package im.hongyan.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import im.hongyan.protocol.Authenticator;
import im.hongyan.protocol.ClientAddress;
import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.HttpRoutes.HttpRoute;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.ProblemDetails;
import im.hongyan.protocol.Rejection;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.HttpException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Serves the table of {@link HttpRoutes} under {@code /api/v1}; each refusal is a problem with the kinds of frames. */
final class ApiRouter {
    private static final int MAX_BODY = 64 << 10;
    private static final int TOO_BIG = 413;
    private static final long DEADLINE_MS = 20_000;
    private static final String SERVED = "served";
    private static final String OUTCOME = "outcome";
    private static final String BEARER = "bearer ";

    private final FrameCodec codec;
    private final FrameRoutes routes;
    private final HttpRoutes calls;
    private final Authenticator authenticator;
    private final Set<String> origins;
    private final Predicate<String> trustedProxy;
    private final HttpMetrics metrics;

    ApiRouter(
            FrameCodec codec,
            FrameRoutes routes,
            HttpRoutes calls,
            Authenticator authenticator,
            Set<String> origins,
            Predicate<String> trustedProxy,
            HttpMetrics metrics) {
        this.codec = codec;
        this.routes = routes;
        this.calls = calls;
        this.authenticator = authenticator;
        this.origins = origins;
        this.trustedProxy = trustedProxy;
        this.metrics = metrics;
    }

    void mount(Router router) {
        router.route("/api/*").handler(this::measure);
        router.route("/api/*").handler(this::crossOrigin);
        router.route("/api/*").handler(ApiRouter::refuseOtherContent);
        router.route("/api/*").handler(BodyHandler.create(false).setBodyLimit(MAX_BODY));
        for (HttpRoute<?, ?> call : calls.table()) {
            Route route = router.route("/api/v1" + call.path());
            methods(call).forEach(route::method);
            route.handler(context -> serve(context, call));
        }
        router.route("/api/*").handler(context -> fail(context, unknown(context)));
        router.route("/api/*").failureHandler(context -> fail(context, failure(context)));
    }

    private void measure(RoutingContext context) {
        long began = System.nanoTime();
        context.addEndHandler(done -> metrics.served(
                context.get(SERVED, "unknown"),
                context.response().getStatusCode(),
                context.get(OUTCOME, "ok"),
                System.nanoTime() - began));
        context.next();
    }

    private <T> void serve(RoutingContext context, HttpRoute<T, ?> call) {
        context.put(SERVED, call.method() + " " + call.path());
        String address = ClientAddress.of(context.request(), trustedProxy);
        caller(context, call)
                .compose(caller ->
                        call.handler().handle(new HttpRoutes.RequestContext(caller, address), body(context, call)))
                .timeout(DEADLINE_MS, TimeUnit.MILLISECONDS)
                .onSuccess(answer -> answer(context, call.status(), answer))
                .onFailure(failure -> fail(context, failure));
    }

    private Future<Principal> caller(RoutingContext context, HttpRoute<?, ?> call) {
        if (!call.authenticated()) {
            return Future.succeededFuture();
        }
        String header = context.request().getHeader("Authorization");
        if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return Future.failedFuture(
                    Rejection.unauthenticated("token.missing", "an access token is needed: Authorization: Bearer …"));
        }
        return authenticator.authenticate(header.substring(BEARER.length()).trim());
    }

    /** The body's fields, with those of the path and the query beside them; a name that is there twice is refused. */
    private <T> T body(RoutingContext context, HttpRoute<T, ?> call) {
        ObjectNode fields = codec.object(text(context.body().buffer()));
        context.pathParams().forEach((name, value) -> put(fields, name, value));
        for (Map.Entry<String, String> parameter : context.queryParams()) {
            put(fields, parameter.getKey(), parameter.getValue());
        }
        return codec.decode(fields, call.body());
    }

    private static String text(Buffer body) {
        if (body == null) {
            return "";
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body.getBytes()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Rejection.invalid("body.malformed", "the body is no UTF-8");
        }
    }

    private static void put(ObjectNode fields, String name, String value) {
        if (fields.has(name)) {
            throw Rejection.field(name, "field.duplicate", "'" + name + "' is given twice");
        }
        fields.put(name, value);
    }

    private void answer(RoutingContext context, int status, Object answer) {
        if (context.response().closed() || context.response().ended()) {
            return;
        }
        context.response().setStatusCode(status).putHeader("Cache-Control", "no-store");
        if (answer == null) {
            context.response().end();
        } else {
            context.response()
                    .putHeader("Content-Type", "application/json; charset=utf-8")
                    .end(Buffer.buffer(codec.bytes(answer)));
        }
    }

    private void fail(RoutingContext context, Throwable failure) {
        if (context.response().closed() || context.response().ended()) {
            return;
        }
        Rejection rejection = rejection(context, failure);
        int status = status(rejection);
        context.put(OUTCOME, rejection.kind().text());
        context.response()
                .setStatusCode(status)
                .putHeader("Cache-Control", "no-store")
                .putHeader("Content-Type", ProblemDetails.CONTENT_TYPE);
        if (rejection.kind() == ErrorKind.UNAUTHENTICATED) {
            context.response().putHeader("WWW-Authenticate", "Bearer");
        }
        if (rejection.retryAfterMs() > 0) {
            context.response().putHeader("Retry-After", Long.toString((rejection.retryAfterMs() + 999) / 1_000));
        }
        context.response().end(Buffer.buffer(ProblemDetails.body(codec, rejection, status)));
    }

    private Rejection rejection(RoutingContext context, Throwable failure) {
        if (failure instanceof TimeoutException) {
            return Rejection.unavailable("deadline", "this took too long", 1_000);
        }
        // The query is decoded when it is asked for.
        return failure instanceof HttpException
                ? malformed()
                : routes.rejection(context.request().method() + " " + context.normalizedPath(), failure);
    }

    private static int status(Rejection rejection) {
        return switch (rejection.reason()) {
            case "body.too_big" -> TOO_BIG;
            case "body.content_type" -> 415;
            case "method.unknown" -> 405;
            default -> rejection.kind().status();
        };
    }

    private Rejection unknown(RoutingContext context) {
        String path = context.normalizedPath();
        String allowed = calls.table().stream()
                .filter(call -> path.matches("/api/v1" + call.path().replaceAll(":[^/]+", "[^/]+")))
                .flatMap(call -> methods(call).stream().map(HttpMethod::name))
                .distinct()
                .collect(Collectors.joining(", "));
        if (allowed.isEmpty()) {
            return Rejection.notFound("call.unknown", "there is no such call; /docs lists all");
        }
        context.response().putHeader("Allow", allowed);
        return Rejection.invalid(
                "method.unknown", "this path does not take " + context.request().method());
    }

    /** As RFC 9110, 9.3.2 wants it, what answers a GET answers a HEAD. */
    private static List<HttpMethod> methods(HttpRoute<?, ?> call) {
        HttpMethod method = HttpMethod.valueOf(call.method().name());
        return method.equals(HttpMethod.GET) ? List.of(method, HttpMethod.HEAD) : List.of(method);
    }

    /** A form would be taken apart elsewhere, and its sender told that all fields are missing. */
    private static void refuseOtherContent(RoutingContext context) {
        String type = context.request().getHeader("Content-Type");
        if (type == null || type.toLowerCase(Locale.ROOT).matches("application/json\\s*(;.*)?")) {
            context.next();
        } else {
            context.fail(Rejection.invalid("body.content_type", "a body is application/json"));
        }
    }

    /** Until a call is served all that fails is the request: its body is too long, torn, or never came. */
    private static Throwable failure(RoutingContext context) {
        if (context.failure() instanceof Rejection || context.get(SERVED) != null) {
            return context.failure();
        }
        return context.statusCode() == TOO_BIG
                ? Rejection.invalid("body.too_big", "a body has at most " + MAX_BODY + " bytes")
                : malformed();
    }

    private static Rejection malformed() {
        return Rejection.invalid("request.malformed", "this request cannot be read");
    }

    /** Pages of configured origins may call; the token is in a header, so there is no cookie to abuse. */
    private void crossOrigin(RoutingContext context) {
        String origin = context.request().getHeader("Origin");
        // Of every answer, as what a cache holds for one origin is wrong for another.
        context.response().putHeader("Vary", "Origin");
        if (origin != null && origins.contains(origin.toLowerCase(Locale.ROOT))) {
            context.response()
                    .putHeader("Access-Control-Allow-Origin", origin)
                    .putHeader("Access-Control-Allow-Headers", "authorization, content-type")
                    .putHeader("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE")
                    .putHeader("Access-Control-Max-Age", "600");
            if (context.request().method().equals(HttpMethod.OPTIONS)) {
                context.response().setStatusCode(204).end();
                return;
            }
        }
        context.next();
    }
}
