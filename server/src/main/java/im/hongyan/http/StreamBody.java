package im.hongyan.http;

import im.hongyan.protocol.Rejection;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.streams.ReadStream;

/**
 * The body of a request as a stream that is paused until the reader resumes it and fails after {@code maxBytes}. Used
 * on the request's event loop only.
 */
final class StreamBody implements ReadStream<Buffer> {
    private final HttpServerRequest request;
    private final long maxBytes;
    private final Handler<Rejection> tooBig;
    private Handler<Buffer> handler;
    private Handler<Void> endHandler;
    private Handler<Throwable> exceptionHandler;
    private Throwable failure;
    private Runnable discarded;
    private boolean started;
    private boolean ended;
    private long received;

    /** @param tooBig called once, if the body exceeds {@code maxBytes}; it has to {@link #fail} the body */
    StreamBody(HttpServerRequest request, long maxBytes, Handler<Rejection> tooBig) {
        this.request = request;
        this.maxBytes = maxBytes;
        this.tooBig = tooBig;
        request.pause();
        request.handler(this::receive);
        request.endHandler(none -> end());
        request.exceptionHandler(this::fail);
    }

    private void receive(Buffer chunk) {
        received += chunk.length();
        if (failure != null) {
            return;
        }
        if (received > maxBytes) {
            tooBig.handle(Responses.tooBig(maxBytes));
        } else if (handler != null) {
            handler.handle(chunk);
        }
    }

    private void end() {
        ended = true;
        if (discarded != null) {
            discarded.run();
        } else if (failure == null && endHandler != null) {
            endHandler.handle(null);
        }
    }

    /** Stops the delivery and passes the cause to the reader. Only the first failure counts. */
    void fail(Throwable cause) {
        if (failure == null && !ended) {
            failure = cause;
            if (exceptionHandler != null) {
                exceptionHandler.handle(cause);
            }
        }
    }

    /** After a failure: reads and drops the rest of the body, then calls {@code done}. */
    void discard(Runnable done) {
        if (ended) {
            done.run();
        } else {
            discarded = done;
            request.resume();
        }
    }

    boolean isEnded() {
        return ended;
    }

    long received() {
        return received;
    }

    /** A client that sent {@code Expect: 100-continue} waits for this before it sends the body. */
    private void start() {
        if (!started) {
            started = true;
            if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))
                    && !request.response().headWritten()) {
                request.response().writeContinue();
            }
        }
    }

    @Override
    public ReadStream<Buffer> resume() {
        start();
        request.resume();
        return this;
    }

    @Override
    public ReadStream<Buffer> fetch(long amount) {
        start();
        request.fetch(amount);
        return this;
    }

    @Override
    public ReadStream<Buffer> pause() {
        request.pause();
        return this;
    }

    @Override
    public ReadStream<Buffer> handler(Handler<Buffer> next) {
        handler = next;
        return this;
    }

    @Override
    public ReadStream<Buffer> endHandler(Handler<Void> next) {
        endHandler = next;
        if (next != null && ended && failure == null) {
            next.handle(null);
        }
        return this;
    }

    /** A failure that came before the reader did is passed on at once. */
    @Override
    public ReadStream<Buffer> exceptionHandler(Handler<Throwable> next) {
        exceptionHandler = next;
        if (next != null && failure != null) {
            next.handle(failure);
        }
        return this;
    }
}
