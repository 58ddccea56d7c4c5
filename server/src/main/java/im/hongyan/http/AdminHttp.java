package im.hongyan.http;

import im.hongyan.protocol.FrameCodec;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** The admin port: metrics, health, reports. It has no authentication, so it must not be reachable from outside. */
public final class AdminHttp {
    private static final long REPORT_SECONDS = 120;

    private AdminHttp() {}

    /** @param reports by path; computed on each request, one at a time per path */
    public static Future<HttpServer> listen(
            Vertx vertx,
            PrometheusMeterRegistry registry,
            Health health,
            FrameCodec codec,
            Map<String, Supplier<Future<?>>> reports,
            String host,
            int port) {
        Router router = Router.router(vertx);
        health.mount(router);
        router.get("/metrics").handler(context -> vertx.executeBlocking(registry::scrape)
                .onSuccess(text -> context.response()
                        .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                        .end(text))
                .onFailure(context::fail));
        reports.forEach((path, report) -> {
            AtomicBoolean busy = new AtomicBoolean();
            router.get(path).handler(context -> {
                if (busy.compareAndSet(false, true)) {
                    answer(context, codec, report).onComplete(done -> busy.set(false));
                } else {
                    context.response()
                            .setStatusCode(503)
                            .putHeader("Retry-After", "5")
                            .end();
                }
            });
        });
        return vertx.createHttpServer().requestHandler(router).listen(port, host);
    }

    private static Future<?> answer(RoutingContext context, FrameCodec codec, Supplier<Future<?>> report) {
        return report.get()
                .timeout(REPORT_SECONDS, TimeUnit.SECONDS)
                .onSuccess(answer -> context.response()
                        .putHeader("Content-Type", "application/json; charset=utf-8")
                        .end(Buffer.buffer(codec.bytes(answer))))
                .onFailure(context::fail);
    }
}
