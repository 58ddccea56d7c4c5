package im.hongyan.http;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.StaticHandler;

/** The web client and the protocol's pages, from the jar. */
final class Pages {
    /** The pages are ours, run no inline script and load nothing from elsewhere. */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'self'; connect-src 'self' ws: wss:;"
            + " img-src 'self' data: blob:; style-src 'self'; script-src 'self'; object-src 'none';"
            + " base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private Pages() {}

    /** Whatever is served from here on comes with the headers of a page. */
    static void secure(Router router) {
        router.route().handler(Pages::headers);
    }

    static void mount(Router router) {
        // With the slash, so that the page finds its files beside it, whatever path a proxy puts before.
        router.get("/docs").handler(Pages::addSlash);
        router.route("/*")
                .method(HttpMethod.GET)
                .method(HttpMethod.HEAD)
                .handler(StaticHandler.create("web")
                        .setCachingEnabled(true)
                        .setIncludeHidden(false)
                        .setDirectoryListing(false)
                        .setDefaultContentEncoding("UTF-8"));
    }

    private static void addSlash(RoutingContext context) {
        if (context.request().path().endsWith("/")) {
            context.next();
        } else {
            context.response().setStatusCode(308).putHeader("Location", "docs/").end();
        }
    }

    private static void headers(RoutingContext context) {
        HttpServerResponse response = context.response();
        response.putHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cross-Origin-Opener-Policy", "same-origin");
        // A new release is other files under the same names: a browser asks each time whether its copy is the newest.
        context.addHeadersEndHandler(none -> {
            if (response.headers().contains("Last-Modified")) {
                response.putHeader("Cache-Control", "no-cache");
            }
        });
        context.next();
    }
}
