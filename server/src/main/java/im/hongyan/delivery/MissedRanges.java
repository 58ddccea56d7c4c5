package im.hongyan.delivery;

import im.hongyan.protocol.ConversationId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Entries that did not arrive from another node, until they have been read from the log: a few at a time, and again while
 * the log cannot be read. Thread-safe.
 */
final class MissedRanges {
    private static final int AT_ONCE = 4;
    /** Of so many conversations the clients ask themselves. */
    private static final int MAX = 20_000;

    private static final long AGAIN_MS = 500;
    /** What waits for longer is found sooner by the clients themselves. */
    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(4);

    private final Vertx vertx;
    private final Function<NodeMessage.MissedEntries, Future<Void>> repair;
    private final Runnable giveUp;
    private final Map<ConversationId, NodeMessage.MissedEntries> waiting = new LinkedHashMap<>();
    /** When the first of those that wait came, or earlier. */
    private long waitingSince;

    private int reading;
    private boolean pausing;

    /** @param giveUp called when there are too many */
    MissedRanges(Vertx vertx, Function<NodeMessage.MissedEntries, Future<Void>> repair, Runnable giveUp) {
        this.vertx = vertx;
        this.repair = repair;
        this.giveUp = giveUp;
    }

    void add(NodeMessage.MissedEntries range) {
        boolean tooMany;
        synchronized (this) {
            if (waiting.isEmpty()) {
                waitingSince = System.nanoTime();
            }
            waiting.merge(
                    range.conversation(),
                    range,
                    (one, other) -> new NodeMessage.MissedEntries(
                            one.conversation(),
                            Math.min(one.from(), other.from()),
                            Math.max(one.through(), other.through())));
            tooMany = waiting.size() > MAX || System.nanoTime() - waitingSince > MAX_NANOS;
            if (tooMany) {
                waiting.clear();
            }
        }
        if (tooMany) {
            giveUp.run();
        }
        readNext();
    }

    private void readNext() {
        while (true) {
            NodeMessage.MissedEntries next;
            synchronized (this) {
                if (pausing || reading >= AT_ONCE || waiting.isEmpty()) {
                    return;
                }
                next = waiting.remove(waiting.keySet().iterator().next());
                reading++;
            }
            repair.apply(next).onComplete(read -> {
                synchronized (this) {
                    reading--;
                }
                if (read.succeeded()) {
                    readNext();
                } else {
                    later();
                    add(next);
                }
            });
        }
    }

    private void later() {
        synchronized (this) {
            if (pausing) {
                return;
            }
            pausing = true;
        }
        vertx.timer(AGAIN_MS, TimeUnit.MILLISECONDS).onComplete(none -> {
            synchronized (this) {
                pausing = false;
            }
            readNext();
        });
    }
}
