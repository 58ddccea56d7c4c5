package im.hongyan.http;

import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.ProblemDetails;
import im.hongyan.protocol.Rejection;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.util.NetUtil;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** The admin port: metrics, health, reports. It has no authentication, so it must not be reachable from outside. */
public final class AdminHttp {
    private static final long REPORT_SECONDS = 120;

    private AdminHttp() {}

    /**
     * @param reports by path; computed on each request, one at a time per path
     * @param hosts host names by which clients may address the port, besides IP addresses and names without a dot
     */
    public static Future<HttpServer> listen(
            Vertx vertx,
            PrometheusMeterRegistry registry,
            Health health,
            FrameCodec codec,
            Map<String, Supplier<Future<?>>> reports,
            Set<String> hosts,
            String host,
            int port) {
        Router router = Router.router(vertx);
        SecurityHeaders.mount(router);
        router.route().handler(context -> checkHost(context, codec, hosts));
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

    /**
     * Without this check, a web page in an administrator's browser could read this port: the page's owner can make its
     * name resolve to this machine (DNS rebinding). Such a name contains a dot and is not an IP address.
     */
    private static void checkHost(RoutingContext context, FrameCodec codec, Set<String> allowed) {
        HostAndPort authority = context.request().authority();
        String name = authority == null ? "" : authority.host().toLowerCase(Locale.ROOT);
        boolean address =
                NetUtil.isValidIpV4Address(name) || NetUtil.isValidIpV6Address(name.replaceAll("[\\[\\]]", ""));
        if (address || name.matches("[a-z0-9_-]+") || allowed.contains(name)) {
            context.next();
            return;
        }
        Rejection refusal = Rejection.forbidden(
                "host.not_allowed",
                "this port is addressed by an IP address, a name without a dot, or a name in HONGYAN_ADMIN_HOSTS");
        context.response()
                .setStatusCode(refusal.kind().status())
                .putHeader("Content-Type", ProblemDetails.CONTENT_TYPE)
                .end(Buffer.buffer(
                        ProblemDetails.body(codec, refusal, refusal.kind().status())));
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
