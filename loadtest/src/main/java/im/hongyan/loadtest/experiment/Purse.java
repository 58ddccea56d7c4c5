package im.hongyan.loadtest.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.ChatError;
import im.hongyan.loadtest.client.Credentials;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * Somebody with one socket to whichever node can be had, who asks until he is answered: whatever is asked must be safe to
 * repeat. Thread-safe; futures complete on his own event loop.
 */
final class Purse {
    private static final long MIN_WAIT_MS = 100;
    /** After so many doublings it grows no more: 6.4 s. */
    private static final int MAX_DOUBLINGS = 6;

    private final Cluster cluster;
    private final Credentials who;
    private final Context context;
    private final LongAdder internal;
    // Below: on the context only.
    private final Random random;
    private Future<ChatConnection> connection;
    private int node;

    /** @param internal counts answers that say that the server has failed, which it should not */
    Purse(Cluster cluster, Credentials who, Context context, long seed, LongAdder internal) {
        this.cluster = cluster;
        this.who = who;
        this.context = context;
        this.internal = internal;
        this.random = new Random(seed);
        this.node = random.nextInt(cluster.nodes().size());
    }

    String user() {
        return who.user();
    }

    /** Done when the socket is open. */
    Future<Void> connect(Duration atMost) {
        return until(() -> connected().mapEmpty(), atMost);
    }

    /** @return the answer, or the refusal: neither a lost connection nor a server that cannot answer now is one */
    Future<JsonNode> ask(String type, Object data, Duration atMost) {
        return until(() -> connected().compose(open -> open.request(type, data)), atMost);
    }

    /** As {@link #ask}, over HTTP. */
    Future<JsonNode> post(String path, Object body, Duration atMost) {
        return until(
                () -> {
                    node++;
                    return cluster.clients()
                            .get(node % cluster.clients().size())
                            .call(HttpMethod.POST, path, who.accessToken(), body);
                },
                atMost);
    }

    Future<Void> later(Duration delay) {
        return cluster.vertx()
                .timer(Math.max(1, delay.toMillis()), TimeUnit.MILLISECONDS)
                .mapEmpty();
    }

    void close() {
        context.runOnContext(go -> {
            if (connection != null) {
                connection.onSuccess(ChatConnection::close);
            }
        });
    }

    private <T> Future<T> until(Supplier<Future<T>> attempt, Duration atMost) {
        Promise<T> outcome = Promise.promise();
        long deadline = System.nanoTime() + atMost.toNanos();
        context.runOnContext(go -> attempt(attempt, 0, deadline, outcome));
        return outcome.future();
    }

    private <T> void attempt(Supplier<Future<T>> attempt, int before, long deadline, Promise<T> outcome) {
        attempt.get()
                .onComplete(done -> context.runOnContext(go -> {
                    if (done.succeeded()) {
                        outcome.complete(done.result());
                    } else if (isRefusal(done.cause()) || System.nanoTime() > deadline) {
                        outcome.fail(done.cause());
                    } else {
                        cluster.vertx()
                                .timer(waitMs(done.cause(), before), TimeUnit.MILLISECONDS)
                                .onSuccess(none ->
                                        context.runOnContext(again -> attempt(attempt, before + 1, deadline, outcome)));
                    }
                }));
    }

    private boolean isRefusal(Throwable failure) {
        if (!(failure instanceof ChatError error)) {
            return false;
        }
        if (error.kind() == ChatError.Kind.INTERNAL) {
            internal.increment();
        }
        return switch (error.kind()) {
            case LIMITED, UNAVAILABLE, INTERNAL -> false;
            default -> true;
        };
    }

    /** Longer each time, and not the same for all, as clients should. */
    private long waitMs(Throwable failure, int before) {
        long most = MIN_WAIT_MS << Math.min(before, MAX_DOUBLINGS);
        long asked = failure instanceof ChatError error ? error.retryAfterMs().orElse(0) : 0;
        return asked + most / 2 + random.nextLong(most / 2 + 1);
    }

    private Future<ChatConnection> connected() {
        if (connection == null
                || connection.failed()
                || (connection.succeeded() && !connection.result().isOpen())) {
            node++;
            connection = cluster.clients()
                    .get(node % cluster.clients().size())
                    .connect(who.accessToken(), (type, data) -> {});
        }
        return connection;
    }
}
