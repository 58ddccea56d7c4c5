package im.hongyan.http;

import im.hongyan.async.ConcurrencyLimit;
import im.hongyan.protocol.ClientNetwork;
import im.hongyan.protocol.HttpChannel;
import im.hongyan.protocol.HttpRoutes.RequestContext;
import im.hongyan.protocol.HttpRoutes.StreamExchange;
import im.hongyan.protocol.HttpRoutes.StreamRoute;
import im.hongyan.protocol.Rejection;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;

/**
 * One request on a stream route: bounds the body, ends a transfer that stalls, and answers a failure. A failure before
 * the response has begun becomes a problem; after that, the connection closes, so that the client notices that the
 * response is incomplete. One event loop's.
 */
final class StreamRequest<T> {
    /** How often the transfer is checked for progress, as a part of its idle timeout. */
    private static final int CHECKS = 8;

    private static final long MIN_CHECK_MS = 20;

    /**
     * After a failure, the rest of the body is read and dropped for this long. Closing a connection with unread input
     * resets it, and the client may lose the response.
     */
    private static final long LINGER_MS = 5_000;

    private final RoutingContext context;
    private final StreamRoute<T> route;
    private final Responses responses;
    private final Vertx vertx;
    private final HttpConnection connection;
    private final HttpServerResponse response;
    private final MultiMap headers;
    private final StreamBody body;
    private final long timer;
    private Progress progress;
    private long progressAt = System.nanoTime();
    private boolean finished;
    private final Limits limits;
    private final long startedAt = System.nanoTime();
    /** The key whose limit this transfer counts towards; null before it is counted. */
    private Object owner;

    /** Bounds the transfers in progress of each user, and of each address without a token. Thread-safe. */
    static final class Limits {
        private final ConcurrencyLimit<Object> inProgress = new ConcurrencyLimit<>();
        private final int max;

        Limits(int max) {
            this.max = max;
        }
    }

    /** What changes with every byte that is read or written. */
    private record Progress(long received, long written, HttpChannel.Output output) {}

    StreamRequest(RoutingContext context, StreamRoute<T> route, Responses responses, Limits limits) {
        this.context = context;
        this.route = route;
        this.responses = responses;
        this.limits = limits;
        this.vertx = context.vertx();
        this.connection = context.request().connection();
        this.response = context.response();
        this.body = new StreamBody(context.request(), route.limits().maxBodyBytes(), this::fail);
        this.progress = progress();
        response.putHeader("Cache-Control", "no-store").putHeader("X-Content-Type-Options", "nosniff");
        headers = MultiMap.caseInsensitiveMultiMap().addAll(response.headers());
        long idleMs = route.limits().idleTimeout().toMillis();
        timer = vertx.setPeriodic(Math.max(MIN_CHECK_MS, idleMs / CHECKS), tick -> checkProgress());
        HttpChannel.hold(connection, this);
        context.addEndHandler(end -> {
            if (end.failed()) {
                clientGone(end.cause());
            }
        });
    }

    /** @param reader authenticates the request and decodes its parameters */
    void run(RequestReader reader) {
        reader.context(context, route.authenticated())
                .compose(caller -> {
                    acquire(caller);
                    return handle(caller, reader);
                })
                .onSuccess(none -> complete())
                .onFailure(this::fail);
    }

    private void acquire(RequestContext caller) {
        Object counted = caller.principal() == null
                ? ClientNetwork.of(caller.address()).narrow()
                : caller.principal().user();
        if (!limits.inProgress.acquire(counted, limits.max)) {
            throw Rejection.limited("transfers.concurrent", "too many transfers in progress; retry later", 1_000);
        }
        if (finished) {
            // The client has disconnected in the meantime.
            limits.inProgress.release(counted);
        } else {
            owner = counted;
        }
    }

    private Future<Void> handle(RequestContext caller, RequestReader reader) {
        T parameters = reader.parameters(context, route.parameters());
        checkBody();
        return route.handler().handle(caller, parameters, new StreamExchange(context.request(), body, response));
    }

    /** Rejects what the headers already tell, so that the client need not send the body. */
    private void checkBody() {
        String length = context.request().getHeader("Content-Length");
        // A length of more than 18 digits exceeds every limit.
        if (length != null
                && (length.length() > 18
                        || Long.parseLong(length) > route.limits().maxBodyBytes())) {
            throw Responses.tooBig(route.limits().maxBodyBytes());
        }
        if (hasBody() && route.content().request().stream().noneMatch(this::accepts)) {
            throw Rejection.invalid(
                    "body.content_type",
                    route.content().request().isEmpty()
                            ? "this route takes no body"
                            : "the body must be "
                                    + String.join(", ", route.content().request()));
        }
    }

    private boolean hasBody() {
        String length = context.request().getHeader("Content-Length");
        return length == null ? context.request().headers().contains("Transfer-Encoding") : !length.matches("0+");
    }

    private boolean accepts(String accepted) {
        String type = context.request().getHeader("Content-Type");
        String essence = type == null ? "" : type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        return accepted.equals("*/*")
                || accepted.equals(essence)
                || (accepted.endsWith("/*") && essence.startsWith(accepted.substring(0, accepted.length() - 1)));
    }

    private void complete() {
        if (finished) {
            return;
        }
        if (!response.ended()) {
            fail(new IllegalStateException("the handler of " + name() + " did not end its response"));
            return;
        }
        finish();
        if (!body.isEnded()) {
            // The connection takes its next request after this one's body.
            body.discard(() -> {});
        }
    }

    private void fail(Throwable cause) {
        if (finished) {
            return;
        }
        if (response.closed()) {
            clientGone(cause);
            return;
        }
        finish();
        if (response.ended()) {
            // The response is being sent, and the connection may already be serving its next request.
            responses.rejection(context, cause);
            body.fail(cause);
            body.discard(() -> {});
            return;
        }
        if (response.headWritten()) {
            context.put(
                    Responses.OUTCOME,
                    responses.rejection(context, cause).kind().text());
            HttpChannel.abort(connection);
        } else {
            answer(cause);
        }
        body.fail(cause);
    }

    private void answer(Throwable cause) {
        response.headers().clear().addAll(headers);
        Buffer problem = responses.problem(context, cause);
        if (body.isEnded() || !hasBody()) {
            response.end(problem);
            body.discard(() -> {});
            return;
        }
        response.putHeader("Connection", "close").putHeader("Content-Length", Integer.toString(problem.length()));
        response.write(problem);
        long linger = vertx.setTimer(LINGER_MS, late -> end());
        body.discard(() -> {
            vertx.cancelTimer(linger);
            end();
        });
    }

    private void end() {
        if (!response.closed() && !response.ended()) {
            response.end().onComplete(ended -> connection.close());
        }
    }

    private void clientGone(Throwable cause) {
        context.put(Responses.OUTCOME, "aborted");
        finish();
        body.fail(cause);
    }

    private void finish() {
        if (!finished) {
            finished = true;
            vertx.cancelTimer(timer);
            HttpChannel.release(connection, this);
            if (owner != null) {
                limits.inProgress.release(owner);
            }
        }
    }

    private void checkProgress() {
        Progress now = progress();
        if (!now.equals(progress)) {
            progress = now;
            progressAt = System.nanoTime();
        } else if (System.nanoTime() - progressAt > route.limits().idleTimeout().toNanos()) {
            stop(Rejection.unavailable("deadline", "the transfer made no progress for too long", 1_000));
        }
        if (isTooSlow()) {
            stop(Rejection.unavailable("deadline", "the transfer was too slow", 1_000));
        }
    }

    private void stop(Rejection cause) {
        boolean unread = !finished && response.ended();
        fail(cause);
        if (unread) {
            // The client does not read the rest of a response that the handler has handed over.
            HttpChannel.abort(connection);
        }
    }

    /** Otherwise a client could keep a transfer open forever by sending an occasional byte. */
    private boolean isTooSlow() {
        double seconds =
                (System.nanoTime() - startedAt - route.limits().idleTimeout().toNanos()) / 1e9;
        long transferred =
                progress.received() + progress.written() - progress.output().pending();
        return seconds > 0 && transferred < seconds * route.limits().minBytesPerSecond();
    }

    private Progress progress() {
        return new Progress(body.received(), response.bytesWritten(), HttpChannel.output(connection));
    }

    private String name() {
        return route.method() + " " + route.path();
    }
}
