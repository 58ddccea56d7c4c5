package im.hongyan.delivery;

import im.hongyan.cluster.NodeMessage;
import im.hongyan.protocol.ConversationId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Entries from other nodes that were lost, until they have been read from the log. Reads a few ranges at a time, and
 * retries while the log is unavailable. Thread-safe.
 */
final class MissedRanges {
    private static final int MAX_CONCURRENT_READS = 4;
    /** With more conversations than this, it is cheaper to let the clients sync. */
    private static final int MAX_WAITING = 20_000;

    private static final long RETRY_MS = 500;
    /** After this time, clients find the gap sooner by themselves. */
    private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(4);

    private final Vertx vertx;
    private final Function<NodeMessage.MissedEntries, Future<Void>> repair;
    private final Runnable giveUp;
    private final Map<ConversationId, NodeMessage.MissedEntries> waiting = new LinkedHashMap<>();
    /** When the oldest waiting range arrived, or earlier. */
    private long waitingSince;

    private int reading;
    private boolean paused;

    /** @param giveUp called when too many ranges wait, or for too long; they are then discarded */
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
            tooMany = waiting.size() > MAX_WAITING || System.nanoTime() - waitingSince > MAX_WAIT_NANOS;
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
                if (paused || reading >= MAX_CONCURRENT_READS || waiting.isEmpty()) {
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
                    pause();
                    add(next);
                }
            });
        }
    }

    private void pause() {
        synchronized (this) {
            if (paused) {
                return;
            }
            paused = true;
        }
        vertx.timer(RETRY_MS, TimeUnit.MILLISECONDS).onComplete(none -> {
            synchronized (this) {
                paused = false;
            }
            readNext();
        });
    }
}
