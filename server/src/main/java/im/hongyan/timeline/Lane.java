package im.hongyan.timeline;

import im.hongyan.store.StoreUnavailable;
import im.hongyan.timeline.LogStore.Outcome;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Group commit: one batch is being stored while the next one gathers. An idle lane stores at once, a busy one stores
 * more at a time, and nothing waits for a timer.
 *
 * <p>A conversation always takes the same lane, so its entries are committed, and handed on, in one order. Thread-safe.
 *
 * <p>If the connection breaks while a batch is under way, nobody knows whether it was committed. The lane stores it again
 * with the same client ids, which finds what is there already. If that does not succeed in time the senders are told
 * {@code unavailable}, and the lane goes on asking until it knows, so that a committed entry reaches its readers.
 */
final class Lane {
    private static final Logger log = LoggerFactory.getLogger(Lane.class);
    private static final int MAX_BATCH = 256;
    private static final int MAX_BATCH_BYTES = 1 << 20;
    private static final int MAX_WAITING = 10_000;
    private static final int MAX_DOUBTFUL = 10_000;
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long RETRY_MS = 200;
    private static final long RESOLVE_MS = 1_000;

    private record Waiting(Draft draft, Promise<Appended> promise, long deadline) {}

    private record Key(Object conversation, Object sender, String clientId) {
        static Key of(Draft draft) {
            return new Key(draft.conversation(), draft.sender(), draft.clientId());
        }
    }

    private final Vertx vertx;
    private final LogStore store;
    private final LogMetrics metrics;
    private final BiConsumer<Draft, Appended> committed;
    private final Queue<Waiting> queue = new ArrayDeque<>();
    private final Queue<Draft> doubtful = new ArrayDeque<>();
    private boolean busy;
    private boolean resolving;

    /** @param committed is told of each entry after its commit, in the order of the log; more than once if in doubt */
    Lane(Vertx vertx, LogStore store, LogMetrics metrics, BiConsumer<Draft, Appended> committed) {
        this.vertx = vertx;
        this.store = store;
        this.metrics = metrics;
        this.committed = committed;
    }

    Future<Appended> append(Draft draft) {
        Waiting waiting = new Waiting(draft, Promise.promise(), System.nanoTime() + DEADLINE_NANOS);
        synchronized (this) {
            if (queue.size() >= MAX_WAITING) {
                return Future.failedFuture(Refusals.busy());
            }
            queue.add(waiting);
            if (busy) {
                return waiting.promise.future();
            }
            busy = true;
        }
        storeNext();
        return waiting.promise.future();
    }

    private void storeNext() {
        List<Waiting> batch;
        synchronized (this) {
            batch = gather();
            if (batch.isEmpty()) {
                busy = false;
                return;
            }
        }
        store(batch, false);
    }

    /** What goes into the next batch; a retry that waits behind its own original is left for the one after. */
    private List<Waiting> gather() {
        List<Waiting> batch = new ArrayList<>(Math.min(queue.size(), MAX_BATCH));
        Set<Key> keys = new HashSet<>();
        int bytes = 0;
        for (Iterator<Waiting> waiting = queue.iterator(); waiting.hasNext() && batch.size() < MAX_BATCH; ) {
            Waiting next = waiting.next();
            bytes += next.draft.content().length();
            if ((bytes > MAX_BATCH_BYTES && !batch.isEmpty()) || !keys.add(Key.of(next.draft))) {
                break;
            }
            batch.add(next);
            waiting.remove();
        }
        return batch;
    }

    private void store(List<Waiting> batch, boolean again) {
        long started = System.nanoTime();
        attempt(batch).onComplete(done -> {
            metrics.batch(batch.size(), System.nanoTime() - started);
            if (done.succeeded()) {
                settle(batch, done.result(), again);
                storeNext();
            } else {
                failed(batch, done.cause(), again);
            }
        });
    }

    private Future<List<Outcome>> attempt(List<Waiting> batch) {
        try {
            return store.append(batch.stream().map(Waiting::draft).toList());
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private void settle(List<Waiting> batch, List<Outcome> outcomes, boolean again) {
        for (int i = 0; i < batch.size(); i++) {
            Waiting waiting = batch.get(i);
            if (outcomes.get(i) instanceof Outcome.Stored stored) {
                // Stored by the attempt whose outcome we did not learn: nobody has been told yet.
                if (stored.appended().fresh() || again) {
                    committed.accept(waiting.draft, stored.appended());
                }
                waiting.promise.complete(stored.appended());
            } else if (outcomes.get(i) instanceof Outcome.Refused refused) {
                waiting.promise.fail(refused.rejection());
            }
        }
    }

    private void failed(List<Waiting> batch, Throwable cause, boolean again) {
        boolean unknown = cause instanceof StoreUnavailable away && !away.outcomeKnown();
        if (unknown || again) {
            retryLater(batch);
        } else if (cause instanceof StoreUnavailable || batch.size() == 1) {
            batch.forEach(waiting -> waiting.promise.fail(cause));
            storeNext();
        } else {
            log.warn("a batch of {} was refused as a whole, storing its entries one by one", batch.size(), cause);
            oneByOne(batch, 0);
        }
    }

    private void oneByOne(List<Waiting> batch, int index) {
        if (index == batch.size()) {
            storeNext();
            return;
        }
        List<Waiting> one = List.of(batch.get(index));
        attempt(one).onComplete(done -> {
            if (done.succeeded()) {
                settle(one, done.result(), false);
            } else {
                one.get(0).promise.fail(done.cause());
            }
            oneByOne(batch, index + 1);
        });
    }

    private void retryLater(List<Waiting> batch) {
        long now = System.nanoTime();
        List<Waiting> left = new ArrayList<>(batch.size());
        for (Waiting waiting : batch) {
            if (waiting.deadline - now > 0) {
                left.add(waiting);
            } else {
                doubt(waiting.draft);
                waiting.promise.fail(Refusals.away());
            }
        }
        if (left.isEmpty()) {
            storeNext();
        } else {
            vertx.timer(RETRY_MS, TimeUnit.MILLISECONDS).onComplete(none -> store(left, true));
        }
    }

    private void doubt(Draft draft) {
        synchronized (this) {
            if (doubtful.size() >= MAX_DOUBTFUL) {
                return; // its readers find it when they sync
            }
            doubtful.add(draft);
            if (resolving) {
                return;
            }
            resolving = true;
        }
        resolveLater();
    }

    private void resolveLater() {
        vertx.timer(RESOLVE_MS, TimeUnit.MILLISECONDS).onComplete(none -> resolve());
    }

    private void resolve() {
        List<Draft> asked;
        synchronized (this) {
            asked = doubtful.stream().limit(MAX_BATCH).toList();
            if (asked.isEmpty()) {
                resolving = false;
                return;
            }
        }
        store.find(asked)
                .onSuccess(found -> {
                    synchronized (this) {
                        asked.forEach(draft -> doubtful.poll());
                    }
                    for (int i = 0; i < asked.size(); i++) {
                        if (found.get(i) != null) {
                            committed.accept(asked.get(i), found.get(i));
                        }
                    }
                    resolve();
                })
                .onFailure(failure -> resolveLater());
    }
}
