package im.hongyan.protocol;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The HTTP calls under {@code /api/v1}, each with its record, as {@link FrameRoutes} is for frames. Path and query
 * parameters are fields of the record beside those of the body.
 */
public final class HttpRoutes {
    public enum Method {
        GET,
        POST,
        PATCH,
        DELETE
    }

    /**
     * @param caller null for a call that needs no token
     * @param address the client's, after configured proxies
     */
    public record RequestContext(Principal caller, String address) {}

    @FunctionalInterface
    public interface Handler<T, A> {
        /** @return the body of the answer; null for none */
        Future<A> handle(RequestContext origin, T body);
    }

    /**
     * @param path relative to {@code /api/v1}, parameters as {@code /sessions/:id}
     * @param authenticated whether a valid access token is needed
     * @param status of the answer when all goes well
     * @param answer {@code Void} where it has no body
     */
    public record HttpRoute<T, A>(
            Method method,
            String path,
            boolean authenticated,
            int status,
            Class<T> body,
            Class<A> answer,
            Handler<T, A> handler) {}

    private final List<HttpRoute<?, ?>> calls = new ArrayList<>();

    public <T, A> HttpRoutes open(
            Method method, String path, int status, Class<T> body, Class<A> answer, Handler<T, A> handler) {
        return add(new HttpRoute<>(method, path, false, status, body, answer, handler));
    }

    public <T, A> HttpRoutes authenticated(
            Method method, String path, int status, Class<T> body, Class<A> answer, Handler<T, A> handler) {
        return add(new HttpRoute<>(method, path, true, status, body, answer, handler));
    }

    public List<HttpRoute<?, ?>> table() {
        return Collections.unmodifiableList(calls);
    }

    private HttpRoutes add(HttpRoute<?, ?> call) {
        for (HttpRoute<?, ?> other : calls) {
            if (other.method() == call.method() && other.path().equals(call.path())) {
                throw new IllegalStateException(call.method() + " " + call.path() + " has two owners");
            }
        }
        calls.add(call);
        return this;
    }
}
