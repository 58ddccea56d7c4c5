package im.hongyan.http;

import io.vertx.ext.web.Router;

/** Forbids browsers to guess another type than the one that a response declares. */
final class Nosniff {
    private Nosniff() {}

    /** For all responses of the router. Call it first. */
    static void mount(Router router) {
        router.route().order(-1).handler(context -> {
            context.response().putHeader("X-Content-Type-Options", "nosniff");
            context.next();
        });
    }
}
