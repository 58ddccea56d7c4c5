package im.hongyan.protocol;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The HTTP calls under {@code /api/v1}, each with its record, as {@link Routes} is for frames. Path and query
 * parameters are fields of the record beside those of the body.
 */
public final class Calls {
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
    public record Origin(Caller caller, String address) {}

    @FunctionalInterface
    public interface Handler<T, A> {
        /** @return the body of the answer; null for none */
        Future<A> handle(Origin origin, T body);
    }

    /**
     * @param path relative to {@code /api/v1}, parameters as {@code /sessions/:id}
     * @param authenticated whether a valid access token is needed
     * @param status of the answer when all goes well
     * @param answer {@code Void} where it has no body
     */
    public record Call<T, A>(
            Method method,
            String path,
            boolean authenticated,
            int status,
            Class<T> body,
            Class<A> answer,
            Handler<T, A> handler) {}

    private final List<Call<?, ?>> calls = new ArrayList<>();

    public <T, A> Calls open(
            Method method, String path, int status, Class<T> body, Class<A> answer, Handler<T, A> handler) {
        return add(new Call<>(method, path, false, status, body, answer, handler));
    }

    public <T, A> Calls authenticated(
            Method method, String path, int status, Class<T> body, Class<A> answer, Handler<T, A> handler) {
        return add(new Call<>(method, path, true, status, body, answer, handler));
    }

    public List<Call<?, ?>> table() {
        return Collections.unmodifiableList(calls);
    }

    private Calls add(Call<?, ?> call) {
        for (Call<?, ?> other : calls) {
            if (other.method() == call.method() && other.path().equals(call.path())) {
                throw new IllegalStateException(call.method() + " " + call.path() + " has two owners");
            }
        }
        calls.add(call);
        return this;
    }
}
