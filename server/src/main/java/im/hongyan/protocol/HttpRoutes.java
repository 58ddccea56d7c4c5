package im.hongyan.protocol;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The HTTP routes under {@code /api/v1}. A JSON route maps a request record to a response record, as {@link
 * FrameRoutes} does for frames. A stream route reads or writes bytes of any type.
 *
 * <p>Filled once at startup, then only read, by all event loops. A method and path with two owners fails at startup.
 */
public final class HttpRoutes {
    /** The methods that a route can have. A GET route also answers HEAD unless a stream route declares HEAD itself. */
    public enum Method {
        GET,
        HEAD,
        POST,
        PUT,
        PATCH,
        DELETE
    }

    /** The cookies of a request and of its response. */
    public interface Cookies {
        /** A client without cookies. */
        Cookies NONE = new Cookies() {
            @Override
            public Optional<String> get(String name) {
                return Optional.empty();
            }

            @Override
            public void set(String name, String value, Duration maxAge) {
                // The client would not keep it.
            }
        };

        Optional<String> get(String name);

        /** Sets a cookie for routes under {@code /api/v1}. Scripts cannot read it, and other sites do not send it. */
        void set(String name, String value, Duration maxAge);
    }

    /**
     * @param principal null on a route that needs no access token
     * @param address the client's address, behind any configured proxies
     */
    public record RequestContext(Principal principal, String address, Cookies cookies) {
        /** For a client without cookies. */
        public RequestContext(Principal principal, String address) {
            this(principal, address, Cookies.NONE);
        }
    }

    /** Answers a JSON request. Called on an event loop, which it must not block. */
    @FunctionalInterface
    public interface Handler<T, A> {
        /** @return the response body; null for an empty one */
        Future<A> handle(RequestContext context, T body);
    }

    /**
     * A route whose request and response are JSON. Path and query parameters are fields of the request record, beside
     * those of the body.
     *
     * @param path relative to {@code /api/v1}, with parameters as in {@code /sessions/:id}
     * @param authenticated whether the route needs a valid access token
     * @param status of a successful response
     * @param body the record of the request
     * @param answer the record of the response; {@code Void} if it has no body
     */
    public record HttpRoute<T, A>(
            Method method,
            String path,
            boolean authenticated,
            int status,
            Class<T> body,
            Class<A> answer,
            Handler<T, A> handler) {}

    /**
     * One request on a stream route, with its two streams.
     *
     * @param request for the method and headers; its body is read from {@code body} only
     * @param body paused until the handler calls {@code resume}, {@code fetch} or {@code pipeTo}. It fails with a
     *     {@link Rejection} when the body exceeds its limit or the transfer stalls, and with another exception when the
     *     client goes away
     * @param response the handler writes status, headers and body, and ends it
     */
    public record StreamExchange(HttpServerRequest request, ReadStream<Buffer> body, HttpServerResponse response) {}

    /** Answers a request on a stream route. Called on an event loop, which it must not block. */
    @FunctionalInterface
    public interface StreamHandler<T> {
        /**
         * @return succeeds after the response was ended. If it fails before the response has begun, the client gets the
         *     failure as a problem; after that, the connection is closed
         */
        Future<Void> handle(RequestContext context, T parameters, StreamExchange exchange);
    }

    /**
     * @param maxBodyBytes of the request
     * @param idleTimeout how long a transfer may go without a byte read or written. It covers the time that the handler
     *     itself needs between the last byte of the body and the first of the response
     * @param minBytesPerSecond the average rate that a transfer must keep up after its first {@code idleTimeout}, in
     *     both directions together; 0 for a stream that is meant to stay open
     */
    public record StreamLimits(long maxBodyBytes, Duration idleTimeout, int minBytesPerSecond) {
        /** Slower than any network on which a transfer is practical. */
        private static final int MIN_BYTES_PER_SECOND = 256;

        public StreamLimits(long maxBodyBytes, Duration idleTimeout) {
            this(maxBodyBytes, idleTimeout, MIN_BYTES_PER_SECOND);
        }
    }

    /**
     * What a stream route reads and writes, for checks and for the protocol's description.
     *
     * @param request media types that the route accepts, such as {@code image/*}; empty if requests have no body
     * @param response media types that it sends; empty if responses have no body
     * @param json the record of responses of type {@code application/json}; {@code Void} if it sends none
     */
    public record StreamContent(List<String> request, List<String> response, Class<?> json) {
        public StreamContent {
            request = List.copyOf(request);
            response = List.copyOf(response);
        }

        /** Accepts bodies of the given types and answers with JSON. */
        public static StreamContent upload(Class<?> json, String... types) {
            return new StreamContent(List.of(types), json == Void.class ? List.of() : List.of(JSON), json);
        }

        /** Takes no body and sends one of the given types. */
        public static StreamContent download(String... types) {
            return new StreamContent(List.of(), List.of(types), Void.class);
        }
    }

    /**
     * A route that reads or writes bytes of any type. HEAD, conditions and ranges are the handler's own; {@link
     * ByteRange} helps with the latter.
     *
     * @param path relative to {@code /api/v1}, with parameters as in {@code /files/:id}
     * @param authenticated whether the route needs a valid access token
     * @param parameters the record of the path and query parameters
     */
    public record StreamRoute<T>(
            Method method,
            String path,
            boolean authenticated,
            Class<T> parameters,
            StreamContent content,
            StreamLimits limits,
            StreamHandler<T> handler) {}

    private static final String JSON = "application/json";

    private final List<HttpRoute<?, ?>> routes = new ArrayList<>();
    private final List<StreamRoute<?>> streams = new ArrayList<>();

    /** A JSON route that needs no access token. */
    public <T, A> HttpRoutes anonymous(
            Method method, String path, int status, Class<T> body, Class<A> answer, Handler<T, A> handler) {
        return add(new HttpRoute<>(method, path, false, status, body, answer, handler));
    }

    /** A JSON route that needs an access token. */
    public <T, A> HttpRoutes authenticated(
            Method method, String path, int status, Class<T> body, Class<A> answer, Handler<T, A> handler) {
        return add(new HttpRoute<>(method, path, true, status, body, answer, handler));
    }

    public HttpRoutes stream(StreamRoute<?> route) {
        checkUnowned(route.method(), route.path());
        streams.add(route);
        return this;
    }

    /** The JSON routes. */
    public List<HttpRoute<?, ?>> table() {
        return Collections.unmodifiableList(routes);
    }

    /** The stream routes. */
    public List<StreamRoute<?>> streams() {
        return Collections.unmodifiableList(streams);
    }

    private HttpRoutes add(HttpRoute<?, ?> route) {
        checkUnowned(route.method(), route.path());
        routes.add(route);
        return this;
    }

    /** The path without the names of its parameters: {@code /files/:id} and {@code /files/:name} are the same route. */
    private static String shape(String path) {
        return path.replaceAll(":[^/]+", ":");
    }

    private void checkUnowned(Method method, String path) {
        String shape = shape(path);
        boolean owned = routes.stream()
                        .anyMatch(route ->
                                route.method() == method && shape(route.path()).equals(shape))
                || streams.stream()
                        .anyMatch(route ->
                                route.method() == method && shape(route.path()).equals(shape));
        if (owned) {
            throw new IllegalStateException(method + " " + path + " has two owners");
        }
    }
}
