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
 * A user with one socket to any available node, who repeats each request until it is answered. Every request must be
 * safe to repeat. Thread-safe; futures complete on the user's own event loop.
 */
final class SimulatedWallet {
    private static final long MIN_WAIT_MS = 100;
    /** The number of doublings after which the wait no longer grows: 6.4 s. */
    private static final int MAX_DOUBLINGS = 6;

    private final Cluster cluster;
    private final Credentials who;
    private final Context context;
    private final LongAdder internal;
    // The fields below are used on the context only.
    private final Random random;
    private Future<ChatConnection> connection;
    private int node;

    /** @param internal counts answers that report an internal error, which should not happen */
    SimulatedWallet(Cluster cluster, Credentials who, Context context, long seed, LongAdder internal) {
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

    /** Completes when the socket is open. */
    Future<Void> connect(Duration atMost) {
        return until(() -> connected().mapEmpty(), atMost);
    }

    /** @return the answer or an error; a lost connection or an unavailable server is neither and leads to a retry */
    Future<JsonNode> ask(String type, Object data, Duration atMost) {
        return until(() -> connected().compose(open -> open.request(type, data)), atMost);
    }

    /** Like {@link #ask}, over HTTP. */
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

    /** The wait grows and has jitter, as it should in clients. */
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
