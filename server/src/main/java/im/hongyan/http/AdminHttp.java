package im.hongyan.http;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;

/** The private port: metrics and health. Nobody signs in here, so it must not be reachable from outside. */
public final class AdminHttp {
    private AdminHttp() {}

    public static Future<HttpServer> listen(
            Vertx vertx, PrometheusMeterRegistry registry, Health health, String host, int port) {
        Router router = Router.router(vertx);
        health.mount(router);
        router.get("/metrics").handler(context -> vertx.executeBlocking(registry::scrape)
                .onSuccess(text -> context.response()
                        .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                        .end(text))
                .onFailure(context::fail));
        return vertx.createHttpServer().requestHandler(router).listen(port, host);
    }
}
