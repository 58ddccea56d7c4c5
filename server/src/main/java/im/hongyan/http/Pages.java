package im.hongyan.http;

import im.hongyan.protocol.ClientAddress;
import im.hongyan.protocol.PagePolicy;
import im.hongyan.protocol.RequestHost;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.function.Predicate;

/** The web client and the protocol's pages. */
final class Pages {
    private static final String CONNECT = "connect-src";

    /** The pages run no inline script and load nothing from other sites. They have no access to the device. */
    private static final PagePolicy POLICY = PagePolicy.NONE
            .allow("default-src", "'self'")
            .allow("img-src", "data:", "blob:")
            .allow("style-src", "'self'")
            .allow("script-src", "'self'")
            .allow("object-src", "'none'")
            .allow("base-uri", "'none'")
            .allow("form-action", "'self'")
            .allow("frame-ancestors", "'none'")
            .permit("camera")
            .permit("display-capture")
            .permit("geolocation")
            .permit("microphone")
            .permit("payment")
            .permit("usb");

    private final PageFiles files;
    private final PagePolicy policy;
    private final Predicate<String> trustedProxy;
    private final String permissionsPolicy;

    /**
     * @param trustedProxy whether {@code X-Forwarded-*} headers from an address are trusted
     * @throws IllegalStateException if the web client is not built
     */
    Pages(Vertx vertx, PageOptions options, Predicate<String> trustedProxy) {
        this.files = new PageFiles(vertx, options);
        this.policy = POLICY.plus(options.policy());
        this.trustedProxy = trustedProxy;
        this.permissionsPolicy = policy.permissionsPolicy();
    }

    /** Adds the security headers to everything that is mounted after this call. */
    void secure(Router router) {
        router.route().handler(this::headers);
    }

    void mount(Router router) {
        // With the slash, so that the page finds its files beside it, whatever path a proxy puts before.
        router.get("/docs").handler(Pages::addSlash);
        router.route("/*").method(HttpMethod.GET).method(HttpMethod.HEAD).handler(this::serve);
    }

    private void serve(RoutingContext context) {
        String path = context.normalizedPath().substring(1);
        String name = path.isEmpty() || path.endsWith("/") ? path + "index.html" : path;
        files.find(name).onFailure(context::fail).onSuccess(file -> {
            if (file == null) {
                context.next();
            } else {
                file.answer(context.request());
            }
        });
    }

    private static void addSlash(RoutingContext context) {
        if (context.request().path().endsWith("/")) {
            context.next();
        } else {
            context.response()
                    .setStatusCode(308)
                    .putHeader(HttpHeaders.LOCATION, "docs/")
                    .end();
        }
    }

    /** Sockets may go to this server only. Not all browsers take {@code 'self'} for {@code wss:}, so it is named. */
    private String policyFor(HttpServerRequest request) {
        List<String> hosts = RequestHost.of(request, trustedProxy);
        if (hosts.isEmpty()) {
            return policy.allow(CONNECT).contentSecurityPolicy();
        }
        String secure = "wss://" + hosts.get(0);
        PagePolicy own = ClientAddress.isHttps(request, trustedProxy)
                ? policy.allow(CONNECT, secure)
                : policy.allow(CONNECT, secure, "ws://" + hosts.get(0));
        return own.contentSecurityPolicy();
    }

    private void headers(RoutingContext context) {
        context.response()
                .putHeader("Content-Security-Policy", policyFor(context.request()))
                .putHeader("Permissions-Policy", permissionsPolicy)
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cross-Origin-Opener-Policy", "same-origin");
        context.next();
    }
}
