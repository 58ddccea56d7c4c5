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
 * The handlers of all frame types, and the declarations of pushes and entry kinds. Filled once at startup, then only
 * read, by all event loops. A type with two owners fails at startup.
 */
public final class FrameRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(FrameRoutes.class);
    /** The last resort: everything that a request waits for has a shorter deadline of its own. */
    private static final long DEADLINE_SECONDS = 20;

    /** Answers one request. Called on the socket's event loop, which it must not block. */
    @FunctionalInterface
    public interface Handler<T, A> {
        /** @return the {@code data} of the answer; null for an empty object */
        Future<A> handle(Principal caller, T body);
    }

    /** Observes each answer, for metrics. Called on any event loop. */
    @FunctionalInterface
    public interface Observer {
        /**
         * @param type of the frame; {@code unknown} if no handler has it
         * @param error null if the request succeeded
         */
        void answered(String type, ErrorKind error, long nanos);
    }

    /**
     * A frame type with its handler and, for the protocol's description, its records.
     *
     * @param answer {@code Void} if the answer is an empty object
     * @param limit the rate limit that replaces a socket's general one for this type
     */
    public record FrameRoute<T, A>(
            String type, Class<T> body, Class<A> answer, Optional<FrameLimit> limit, Handler<T, A> handler) {}

    private final Map<String, FrameRoute<?, ?>> routes = new TreeMap<>();
    private final Map<String, Class<?>> pushes = new TreeMap<>();
    private final Map<String, Class<?>> entries = new TreeMap<>();
    private final Map<String, Class<?>> contentTypes = new TreeMap<>();
    private final Map<String, Class<?>> conversationFields = new TreeMap<>();
    private final FrameCodec codec;
    private final Function<Throwable, Rejection> translate;
    private Observer observer = (type, error, nanos) -> {};

    /** @param translate turns an expected failure, such as an unavailable store, into a rejection; null for a bug */
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

    /** The codec that encodes the answers. */
    public FrameCodec codec() {
        return codec;
    }

    /** The rate limit that a frame type has instead of the general one. */
    public Optional<FrameLimit> limit(String type) {
        FrameRoute<?, ?> route = routes.get(type);
        return route == null ? Optional.empty() : route.limit();
    }

    /** Sets the observer. At startup only. */
    public void observe(Observer observer) {
        this.observer = observer;
    }

    /** Declares the type of a push and its record, for the protocol's description. */
    public FrameRoutes declarePush(String type, Class<?> body) {
        if (pushes.putIfAbsent(type, body) != null) {
            throw new IllegalStateException("push '" + type + "' has two owners");
        }
        return this;
    }

    /** Declares a kind of entry and the record of its content, which the frame {@code entry} carries as raw JSON. */
    public FrameRoutes declareEntryKind(String kind, Class<?> content) {
        if (entries.putIfAbsent(kind, content) != null) {
            throw new IllegalStateException("entry kind '" + kind + "' has two owners");
        }
        return this;
    }

    /** Declares a type of message content with its record. */
    public FrameRoutes declareContentType(String type, Class<?> record) {
        if (contentTypes.putIfAbsent(type, record) != null) {
            throw new IllegalStateException("content type '" + type + "' has two owners");
        }
        return this;
    }

    /** Declares a field that a feature adds to conversations, with its record. */
    public FrameRoutes declareConversationField(String name, Class<?> record) {
        if (conversationFields.putIfAbsent(name, record) != null) {
            throw new IllegalStateException("conversation field '" + name + "' has two owners");
        }
        return this;
    }

    /** The request types, by name. */
    public Map<String, FrameRoute<?, ?>> table() {
        return Collections.unmodifiableMap(routes);
    }

    /** The records of the pushes, by type. */
    public Map<String, Class<?>> pushes() {
        return Collections.unmodifiableMap(pushes);
    }

    /** The records of entry contents, by kind. */
    public Map<String, Class<?>> entryKinds() {
        return Collections.unmodifiableMap(entries);
    }

    /** The records of message contents, by type. */
    public Map<String, Class<?>> contentTypes() {
        return Collections.unmodifiableMap(contentTypes);
    }

    /** The records of the fields that features add to conversations, by name. */
    public Map<String, Class<?>> conversationFields() {
        return Collections.unmodifiableMap(conversationFields);
    }

    /** Answers a request. The future never fails. */
    public Future<Frame> answer(Principal caller, Request request) {
        long began = System.nanoTime();
        return handle(caller, request)
                .timeout(DEADLINE_SECONDS, TimeUnit.SECONDS)
                .map(data -> codec.ok(request.id(), data == null ? Map.of() : data))
                .onSuccess(answer -> observed(request, null, began))
                .otherwise(failure -> reject(request, failure, began));
    }

    /**
     * The answer to a request that failed or was not tried.
     *
     * @param began when it arrived, by {@link System#nanoTime}
     */
    public Frame reject(Request request, Throwable failure, long began) {
        Rejection rejection = toRejection(request.type(), failure);
        observed(request, rejection.kind(), began);
        return codec.error(request.id(), rejection);
    }

    /** Unknown types are counted as one: clients choose their names, and each would be a metric of its own. */
    private void observed(Request request, ErrorKind error, long began) {
        String type = routes.containsKey(request.type()) ? request.type() : "unknown";
        observer.answered(type, error, System.nanoTime() - began);
    }

    /**
     * Converts any failure to what the client gets. Logs a bug, without the content of the request.
     *
     * @param what names the request in the log
     */
    public Rejection toRejection(String what, Throwable failure) {
        if (failure instanceof Rejection rejection) {
            return rejection;
        }
        if (failure instanceof TimeoutException) {
            return Rejection.unavailable("deadline", "the request took too long", 1_000);
        }
        Rejection translated = translate.apply(failure);
        if (translated != null) {
            return translated;
        }
        LOG.error("{} failed", what, failure);
        return Rejection.of(ErrorKind.INTERNAL, "internal", "internal server error");
    }

    private Future<?> handle(Principal caller, Request request) {
        FrameRoute<?, ?> route = routes.get(request.type());
        if (route == null) {
            return Future.failedFuture(
                    Rejection.field("type", "type.unknown", "unknown frame type '" + request.type() + "'"));
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
