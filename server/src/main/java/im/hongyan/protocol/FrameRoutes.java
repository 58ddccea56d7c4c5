package im.hongyan.protocol;

import io.vertx.core.Future;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who answers which frame. Filled once while the server is put together; a type with two owners fails then. After that
 * it is only read, by all event loops.
 */
public final class FrameRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(FrameRoutes.class);
    /** The backstop: whatever a request waits for has a shorter deadline of its own. */
    private static final long DEADLINE_SECONDS = 20;

    /** Answers one request. It is called on the socket's event loop and must not block it. */
    @FunctionalInterface
    public interface Handler<T, A> {
        /** @return what becomes the {@code data} of the answer; null stands for an empty object */
        Future<A> handle(Principal caller, T body);
    }

    /** Is told of each answer. Called on any event loop. */
    @FunctionalInterface
    public interface Observer {
        /**
         * @param type one of the table, or {@code unknown}
         * @param refusal null if the request succeeded
         */
        void answered(String type, ErrorKind refusal, long nanos);
    }

    /**
     * One row of the table, as the protocol's description needs it.
     *
     * @param answer {@code Void} where the answer is an empty object
     * @param limit the rate limit that replaces a socket's general one for this type
     */
    public record FrameRoute<T, A>(
            String type, Class<T> body, Class<A> answer, Optional<FrameLimit> limit, Handler<T, A> handler) {}

    private final Map<String, FrameRoute<?, ?>> routes = new TreeMap<>();
    private final Map<String, Class<?>> pushes = new TreeMap<>();
    private final Map<String, Class<?>> entries = new TreeMap<>();
    private final Map<String, Class<?>> contents = new TreeMap<>();
    private final Map<String, Class<?>> conversationFields = new TreeMap<>();
    private final FrameCodec codec;
    private final Function<Throwable, Rejection> translate;
    private Observer observer = (type, refusal, nanos) -> {};

    /** @param translate what the client is told of a failure that is no {@link Rejection}; null if it is a bug */
    public FrameRoutes(FrameCodec codec, Function<Throwable, Rejection> translate) {
        this.codec = codec;
        this.translate = translate;
    }

    public <T, A> FrameRoutes on(String type, Class<T> body, Class<A> answer, Handler<T, A> handler) {
        return add(new FrameRoute<>(type, body, answer, Optional.empty(), handler));
    }

    /**
     * As {@link #on(String, Class, Class, Handler)}, for a frame with a rate limit of its own.
     *
     * @param limit replaces the general limit of a socket for this type: such frames do not use up the general one
     */
    public <T, A> FrameRoutes on(String type, Class<T> body, Class<A> answer, FrameLimit limit, Handler<T, A> handler) {
        return add(new FrameRoute<>(type, body, answer, Optional.of(limit), handler));
    }

    private FrameRoutes add(FrameRoute<?, ?> route) {
        if (routes.putIfAbsent(route.type(), route) != null) {
            throw new IllegalStateException("frame type '" + route.type() + "' has two owners");
        }
        return this;
    }

    /** The codec that answers are encoded with. */
    public FrameCodec codec() {
        return codec;
    }

    /** The rate limit that a frame type has instead of the general one. */
    public Optional<FrameLimit> limit(String type) {
        FrameRoute<?, ?> route = routes.get(type);
        return route == null ? Optional.empty() : route.limit();
    }

    /** While the server is put together. */
    public void observedBy(Observer observer) {
        this.observer = observer;
    }

    /** Declares a frame that the server sends unasked, so that the description knows it. */
    public FrameRoutes pushes(String type, Class<?> body) {
        if (pushes.putIfAbsent(type, body) != null) {
            throw new IllegalStateException("push '" + type + "' has two owners");
        }
        return this;
    }

    /** Declares a kind of entry with the record of its content, which is mere JSON in the push {@code entry}. */
    public FrameRoutes entries(String kind, Class<?> content) {
        if (entries.putIfAbsent(kind, content) != null) {
            throw new IllegalStateException("kind of entry '" + kind + "' has two owners");
        }
        return this;
    }

    /** Declares a type of message content with its record. */
    public FrameRoutes contents(String type, Class<?> record) {
        if (contents.putIfAbsent(type, record) != null) {
            throw new IllegalStateException("type of content '" + type + "' has two owners");
        }
        return this;
    }

    /** Declares a field that a feature adds to conversations, with its record. */
    public FrameRoutes conversationFields(String name, Class<?> record) {
        if (conversationFields.putIfAbsent(name, record) != null) {
            throw new IllegalStateException("field '" + name + "' of conversations has two owners");
        }
        return this;
    }

    /** All request types by name. */
    public Map<String, FrameRoute<?, ?>> table() {
        return Collections.unmodifiableMap(routes);
    }

    public Map<String, Class<?>> pushes() {
        return Collections.unmodifiableMap(pushes);
    }

    /** The records of the contents of entries, by kind. */
    public Map<String, Class<?>> entries() {
        return Collections.unmodifiableMap(entries);
    }

    /** The records of the contents of messages, by type. */
    public Map<String, Class<?>> contents() {
        return Collections.unmodifiableMap(contents);
    }

    /** The records of the fields that features add to conversations, by name. */
    public Map<String, Class<?>> conversationFields() {
        return Collections.unmodifiableMap(conversationFields);
    }

    /** The one answer to a request; the future never fails. */
    public Future<Frame> answer(Principal caller, Request request) {
        long began = System.nanoTime();
        return handle(caller, request)
                .timeout(DEADLINE_SECONDS, TimeUnit.SECONDS)
                .map(data -> codec.ok(request.id(), data == null ? Map.of() : data))
                .onSuccess(answer -> observed(request, null, began))
                .otherwise(failure -> refused(request, failure, began));
    }

    /**
     * The answer to a request that failed, or is not even tried.
     *
     * @param began when it came, by {@link System#nanoTime}
     */
    public Frame refused(Request request, Throwable failure, long began) {
        Rejection rejection = rejection(request.type(), failure);
        observed(request, rejection.kind(), began);
        return codec.error(request.id(), rejection);
    }

    /** A name that a client made up would be a label of its own. */
    private void observed(Request request, ErrorKind refusal, long began) {
        String type = routes.containsKey(request.type()) ? request.type() : "unknown";
        observer.answered(type, refusal, System.nanoTime() - began);
    }

    /** What a client is told of any failure. A bug is logged here, once, without what the client sent. */
    public Rejection rejection(String what, Throwable failure) {
        if (failure instanceof Rejection rejection) {
            return rejection;
        }
        if (failure instanceof TimeoutException) {
            return Rejection.unavailable("deadline", "this took too long", 1_000);
        }
        Rejection translated = translate.apply(failure);
        if (translated != null) {
            return translated;
        }
        LOG.error("{} failed", what, failure);
        return Rejection.of(ErrorKind.INTERNAL, "internal", "an error of ours; it is in the server's log");
    }

    private Future<?> handle(Principal caller, Request request) {
        FrameRoute<?, ?> route = routes.get(request.type());
        if (route == null) {
            return Future.failedFuture(
                    Rejection.field("type", "type.unknown", "this server knows no frame '" + request.type() + "'"));
        }
        try {
            return call(route, caller, request);
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private <T> Future<?> call(FrameRoute<T, ?> route, Principal caller, Request request) {
        return route.handler().handle(caller, codec.decode(request.data(), route.body()));
    }
}
