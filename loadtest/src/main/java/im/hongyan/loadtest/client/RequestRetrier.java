package im.hongyan.loadtest.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Repeats a request while the server is busy or silent, until the connection closes or the time is up. The request
 * must be safe to repeat.
 */
record RequestRetrier(Vertx vertx, SyncOptions options, Random random) {

    Future<JsonNode> ask(ChatConnection link, String type, Object data) {
        return ask(
                link, type, data, 0, System.nanoTime() + options.giveUpAfter().toNanos());
    }

    private Future<JsonNode> ask(ChatConnection link, String type, Object data, int attempt, long deadline) {
        return link.request(type, data).recover(failure -> {
            long wait = waitMs(failure, attempt);
            boolean late = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.max(0, wait)) > deadline;
            if (wait < 0 || late || !link.isOpen()) {
                return Future.failedFuture(failure);
            }
            return vertx.timer(wait, TimeUnit.MILLISECONDS)
                    .compose(waited -> ask(link, type, data, attempt + 1, deadline));
        });
    }

    /** Milliseconds to wait before the next attempt, or -1 if another attempt is pointless. */
    long waitMs(Throwable failure, int attempt) {
        if (failure instanceof NoAnswer) {
            return options.backoffMs(attempt, random);
        }
        if (failure instanceof ChatError error
                && (error.kind() == ChatError.Kind.LIMITED || error.kind() == ChatError.Kind.UNAVAILABLE)) {
            long asked = error.retryAfterMs().orElse(0);
            return asked > 0 ? asked + SyncOptions.jittered(asked / 10, random) : options.backoffMs(attempt, random);
        }
        return -1;
    }
}
