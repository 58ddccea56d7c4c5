package im.hongyan.http;

import im.hongyan.protocol.Authenticator;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.HttpRoutes.HttpRoute;
import im.hongyan.protocol.HttpRoutes.Method;
import im.hongyan.protocol.HttpRoutes.StreamRoute;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.RequestHost;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Serves {@link HttpRoutes} under {@code /api/v1}. Errors are problems with the kinds and reasons of frames. */
final class ApiRouter {
    private static final int MAX_BODY = 64 << 10;
    private static final String PREFIX = "/api/v1";
    private static final int TOO_BIG = 413;
    private static final Set<HttpMethod> READS = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final long DEADLINE_MS = 20_000;

    private final HttpRoutes routes;
    private final Set<String> origins;
    private final Predicate<String> trustedProxy;
    private final HttpMetrics metrics;
    private final RequestReader reader;
    private final Responses responses;
    private final StreamRequest.Limits transfers;

    ApiRouter(
            FrameCodec codec,
            FrameRoutes frames,
            HttpRoutes routes,
            Authenticator authenticator,
            HttpOptions options,
            HttpMetrics metrics) {
        this.routes = routes;
        this.origins = options.origins();
        this.trustedProxy = options.trustedProxy();
        this.metrics = metrics;
        this.reader = new RequestReader(codec, authenticator, options);
        this.responses = new Responses(codec, frames);
        this.transfers = new StreamRequest.Limits(options.concurrentTransfersPerUser());
    }

    void mount(Router router) {
        router.route("/api/*").handler(this::measure);
        router.route("/api/*").handler(this::crossOrigin);
        router.route("/api/*").handler(this::rejectOtherSites);
        routes.streams().forEach(route -> mount(router, route));
        router.route("/api/*").handler(ApiRouter::rejectOtherContent);
        router.route("/api/*").handler(BodyHandler.create(false).setBodyLimit(MAX_BODY));
        for (HttpRoute<?, ?> route : routes.table()) {
            Route mounted = router.route(PREFIX + route.path());
            methods(route.method(), route.path()).forEach(mounted::method);
            mounted.handler(context -> serve(context, route));
        }
        router.route("/api/*").handler(context -> responses.fail(context, unknown(context)));
        router.route("/api/*").failureHandler(context -> responses.fail(context, failure(context)));
    }

    /** Before the body handler, which would read the body into memory. */
    private void mount(Router router, StreamRoute<?> route) {
        Route mounted = router.route(PREFIX + route.path());
        methods(route.method(), route.path()).forEach(mounted::method);
        mounted.handler(context -> serve(context, route));
    }

    private void measure(RoutingContext context) {
        long began = System.nanoTime();
        context.addEndHandler(done -> metrics.served(
                context.get(Responses.ROUTE, "unknown"),
                context.response().getStatusCode(),
                context.get(Responses.OUTCOME, "ok"),
                System.nanoTime() - began));
        context.next();
    }

    private <T> void serve(RoutingContext context, HttpRoute<T, ?> route) {
        context.put(Responses.ROUTE, route.method() + " " + route.path());
        reader.context(context, route.authenticated())
                .compose(caller -> route.handler().handle(caller, reader.request(context, route.body())))
                .timeout(DEADLINE_MS, TimeUnit.MILLISECONDS)
                .onSuccess(answer -> responses.succeed(context, route.status(), answer))
                .onFailure(failure -> responses.fail(context, failure));
    }

    private <T> void serve(RoutingContext context, StreamRoute<T> route) {
        context.put(Responses.ROUTE, route.method() + " " + route.path());
        new StreamRequest<>(context, route, responses, transfers).run(reader);
    }

    private Rejection unknown(RoutingContext context) {
        String path = context.normalizedPath();
        String allowed = Stream.concat(
                        routes.table().stream().map(route -> Map.entry(route.path(), route.method())),
                        routes.streams().stream().map(route -> Map.entry(route.path(), route.method())))
                .filter(route -> path.matches(PREFIX + route.getKey().replaceAll(":[^/]+", "[^/]+")))
                .flatMap(route -> methods(route.getValue(), route.getKey()).stream())
                .map(HttpMethod::name)
                .distinct()
                .collect(Collectors.joining(", "));
        if (allowed.isEmpty()) {
            return Rejection.notFound("route.not_found", "unknown path; /docs lists all routes");
        }
        context.response().putHeader("Allow", allowed);
        return Rejection.invalid(
                "method.unknown", "method " + context.request().method() + " is not allowed on this path");
    }

    /** A GET route answers HEAD, too (RFC 9110, 9.3.2), unless the path has a HEAD route of its own. */
    private List<HttpMethod> methods(Method method, String path) {
        HttpMethod one = HttpMethod.valueOf(method.name());
        boolean ownHead = routes.streams().stream()
                .anyMatch(route -> route.method() == Method.HEAD && route.path().equals(path));
        return method == Method.GET && !ownHead ? List.of(one, HttpMethod.HEAD) : List.of(one);
    }

    /** The body handler would take a form apart, and the error would be that all fields are missing. */
    private static void rejectOtherContent(RoutingContext context) {
        String type = context.request().getHeader("Content-Type");
        if (type == null || type.toLowerCase(Locale.ROOT).matches("application/json\\s*(;.*)?")) {
            context.next();
        } else {
            context.fail(Rejection.invalid("body.content_type", "the body must be application/json"));
        }
    }

    /** Until a route takes the request, only reading it can fail: the body is too long or incomplete. */
    private static Throwable failure(RoutingContext context) {
        if (context.failure() instanceof Rejection || context.get(Responses.ROUTE) != null) {
            return context.failure();
        }
        return context.statusCode() == TOO_BIG ? Responses.tooBig(MAX_BODY) : Responses.malformed();
    }

    /**
     * Keeps pages of other sites from changing anything, even without a token: a page that registered accounts from the
     * addresses of its visitors would get around the limits per address.
     */
    private void rejectOtherSites(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (READS.contains(request.method()) || isOwnPage(request) || isAllowed(request.getHeader("Origin"))) {
            context.next();
        } else {
            context.fail(Rejection.forbidden("origin", "pages of this origin may not use this server"));
        }
    }

    /** Browsers set both headers themselves. The newer one is right even if a proxy replaces the header Host. */
    private boolean isOwnPage(HttpServerRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        String origin = request.getHeader("Origin");
        return site == null
                ? origin == null || RequestHost.isOrigin(origin, RequestHost.of(request, trustedProxy))
                : !site.equals("cross-site") && !site.equals("same-site");
    }

    private boolean isAllowed(String origin) {
        return origin != null && origins.contains(origin.toLowerCase(Locale.ROOT));
    }

    /** Lets pages of the configured origins call. The token is in a header, so there is no cookie to abuse. */
    private void crossOrigin(RoutingContext context) {
        String origin = context.request().getHeader("Origin");
        // On every response: one that a cache holds for one origin is wrong for another.
        context.response().putHeader("Vary", "Origin");
        if (isAllowed(origin)) {
            context.response()
                    .putHeader("Access-Control-Allow-Origin", origin)
                    .putHeader("Access-Control-Allow-Headers", "authorization, content-type, range, if-range")
                    .putHeader("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
                    .putHeader("Access-Control-Expose-Headers", "Accept-Ranges, Content-Range, Retry-After")
                    .putHeader("Access-Control-Max-Age", "600");
            if (context.request().method().equals(HttpMethod.OPTIONS)) {
                context.response().setStatusCode(204).end();
                return;
            }
        }
        context.next();
    }
}
