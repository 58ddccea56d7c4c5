package im.hongyan.http;

import im.hongyan.protocol.ClientAddress;
import im.hongyan.protocol.HttpRoutes.Cookies;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/** The cookies of one request. */
final class RequestCookies implements Cookies {
    private final HttpServerRequest request;
    private final Predicate<String> trustedProxy;

    RequestCookies(HttpServerRequest request, Predicate<String> trustedProxy) {
        this.request = request;
        this.trustedProxy = trustedProxy;
    }

    @Override
    public Optional<String> get(String name) {
        return Optional.ofNullable(request.getCookie(name)).map(Cookie::getValue);
    }

    /** Without a path, the browser derives it from the request, which also works behind a proxy that adds a prefix. */
    @Override
    public void set(String name, String value, Duration maxAge) {
        request.response()
                .addCookie(Cookie.cookie(name, value)
                        .setHttpOnly(true)
                        .setSecure(ClientAddress.isHttps(request, trustedProxy))
                        .setSameSite(CookieSameSite.STRICT)
                        .setMaxAge(maxAge.toSeconds()));
    }
}
