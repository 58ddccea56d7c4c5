package im.hongyan.timeline;

import im.hongyan.protocol.ConversationId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Has the transactions on one conversation wait for each other here rather than at its lock. There each would hold one of
 * the few connections that everybody's transactions need, so that one busy conversation would stop all others.
 * Thread-safe.
 */
final class Turns {
    /** One works, and one is at the lock when the other has committed. */
    private static final int AT_ONCE = 2;

    private static final int MOST_WAITING = 1_000;
    /** As long as PostgreSQL would let it wait for the lock. */
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(3);

    private record Waiting(long since, Runnable start, Runnable refuse) {
        boolean isLate() {
            return System.nanoTime() - since > LONGEST_WAIT_NANOS;
        }
    }

    private static final class Line {
        private int running;
        private final Queue<Waiting> queue = new ArrayDeque<>();
    }

    private final Map<ConversationId, Line> lines = new HashMap<>();

    /** Runs {@code work} when it has its turn; refuses it if too many wait, or if its turn comes too late. */
    <T> Future<T> take(ConversationId conversation, Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        Waiting waiting = new Waiting(
                System.nanoTime(), () -> run(conversation, work, promise), () -> promise.fail(Refusals.busy()));
        synchronized (lines) {
            Line line = lines.computeIfAbsent(conversation, none -> new Line());
            if (line.running >= AT_ONCE) {
                if (line.queue.size() >= MOST_WAITING) {
                    return Future.failedFuture(Refusals.busy());
                }
                line.queue.add(waiting);
                return promise.future();
            }
            line.running++;
        }
        waiting.start.run();
        return promise.future();
    }

    private <T> void run(ConversationId conversation, Supplier<Future<T>> work, Promise<T> promise) {
        Future<T> result;
        try {
            result = work.get();
        } catch (RuntimeException e) {
            result = Future.failedFuture(e);
        }
        result.onComplete(done -> {
            next(conversation);
            if (done.succeeded()) {
                promise.complete(done.result());
            } else {
                promise.fail(done.cause());
            }
        });
    }

    private void next(ConversationId conversation) {
        List<Waiting> late = new ArrayList<>();
        Waiting next;
        synchronized (lines) {
            Line line = lines.get(conversation);
            for (next = line.queue.poll(); next != null && next.isLate(); next = line.queue.poll()) {
                late.add(next);
            }
            if (next == null && --line.running == 0) {
                lines.remove(conversation);
            }
        }
        late.forEach(waiting -> waiting.refuse.run());
        if (next != null) {
            next.start.run();
        }
    }
}
