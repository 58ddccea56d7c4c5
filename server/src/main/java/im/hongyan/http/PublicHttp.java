package im.hongyan.http;

import im.hongyan.async.LogThrottle;
import im.hongyan.protocol.Authenticator;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.channels.ClosedChannelException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything on the public port that is no WebSocket. */
public final class PublicHttp {
    private static final Logger LOG = LoggerFactory.getLogger(PublicHttp.class);

    private static final LogThrottle FAILURES = new LogThrottle();

    private PublicHttp() {}

    public static Router router(
            Vertx vertx,
            FrameCodec codec,
            FrameRoutes routes,
            HttpRoutes httpRoutes,
            Authenticator authenticator,
            Health health,
            HttpOptions options,
            MeterRegistry registry,
            PageOptions pageOptions) {
        Router router = Router.router(vertx).errorHandler(500, PublicHttp::failed);
        SecurityHeaders.mount(router);
        health.mount(router);
        new ApiRouter(codec, routes, httpRoutes, authenticator, options, new HttpMetrics(registry)).mount(router);
        Pages pages = new Pages(vertx, pageOptions, options.trustedProxy());
        pages.secure(router);
        new Docs(vertx, codec, routes, httpRoutes).mount(router);
        pages.mount(router);
        return router;
    }

    /** A client that disconnects during a response is not a server error. */
    private static void failed(RoutingContext context) {
        boolean gone = context.response().closed() || context.failure() instanceof ClosedChannelException;
        if (!gone) {
            FAILURES.log(unlogged -> LOG.error(
                    "{} failed ({} more failures not logged)",
                    context.request().method(),
                    unlogged,
                    context.failure()));
        }
    }
}
