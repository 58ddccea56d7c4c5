package im.hongyan.http;

import io.vertx.ext.web.Router;

/** The header that keeps browsers from guessing a type other than the one that a response declares. */
final class SecurityHeaders {
    private SecurityHeaders() {}

    /** Applies to all responses of the router. Call this first. */
    static void mount(Router router) {
        router.route().order(-1).handler(context -> {
            context.response().putHeader("X-Content-Type-Options", "nosniff");
            context.next();
        });
    }
}
