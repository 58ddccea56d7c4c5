package im.hongyan.http;

import im.hongyan.protocol.Authenticator;
import im.hongyan.protocol.Calls;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Routes;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.util.Set;
import java.util.function.Predicate;

/** Everything on the public port that is no WebSocket. */
public final class PublicHttp {
    private PublicHttp() {}

    public static Router router(
            Vertx vertx,
            FrameCodec codec,
            Routes routes,
            Calls calls,
            Authenticator authenticator,
            Health health,
            Set<String> origins,
            Predicate<String> trustedProxy) {
        Router router = Router.router(vertx);
        health.mount(router);
        new Api(codec, routes, calls, authenticator, origins, trustedProxy).mount(router);
        Pages.secure(router);
        new Docs(vertx, codec, routes, calls).mount(router);
        Pages.mount(router);
        return router;
    }
}
