package im.hongyan.timeline;

import im.hongyan.async.LogThrottle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Entries that are stored, or may be, and are not published: the answer to their commit was lost, or their audience
 * could not be read. Looks them up until they are found and published, or certainly not stored. So a reader does not
 * have to wait for the next entry to learn of this one. Thread-safe.
 */
final class UnpublishedEntries {
    /** Publishes an entry; retried if it fails. */
    @FunctionalInterface
    interface Publisher {
        Future<Void> publish(NewEntry.Key key, long seq);
    }

    private static final Logger LOG = LoggerFactory.getLogger(UnpublishedEntries.class);
    private static final int MAX = 10_000;
    private static final int BATCH = 256;

    /**
     * A server that was frozen continues to read from connections that were given up long ago, so an entry may be
     * stored after it was not found. After this number of lookups, a second apart, the statement's own timeout has
     * passed.
     */
    private static final int MAX_LOOKUPS = 10;

    private record Doubt(NewEntry.Key key, int lookups) {}

    private final Vertx vertx;
    private final LogStore store;
    private final long everyMs;
    private final Publisher publisher;
    private final Queue<Doubt> doubts = new ArrayDeque<>();
    private final LogThrottle overflow = new LogThrottle();
    private boolean isScheduled;

    UnpublishedEntries(Vertx vertx, LogStore store, long everyMs, Publisher publisher) {
        this.vertx = vertx;
        this.store = store;
        this.everyMs = everyMs;
        this.publisher = publisher;
    }

    void add(NewEntry newEntry) {
        add(new Doubt(newEntry.key(), 0));
    }

    private void add(Doubt doubt) {
        synchronized (this) {
            if (doubts.size() >= MAX) {
                overflow.log(passed -> LOG.warn(
                        "too many entries are unpublished: readers find one in {}, and {} more, only when they sync",
                        doubt.key.conversation(),
                        passed));
                return;
            }
            doubts.add(doubt);
            if (isScheduled) {
                return;
            }
            isScheduled = true;
        }
        schedule();
    }

    private void schedule() {
        vertx.timer(everyMs, TimeUnit.MILLISECONDS).onSuccess(none -> lookUp());
    }

    private void lookUp() {
        List<Doubt> all;
        synchronized (this) {
            all = List.copyOf(doubts);
            doubts.clear();
            isScheduled = !all.isEmpty();
        }
        if (!all.isEmpty()) {
            lookUp(all, 0).onComplete(done -> schedule());
        }
    }

    /** Looks them up in batches; failed lookups are repeated. */
    private Future<Void> lookUp(List<Doubt> all, int from) {
        if (from >= all.size()) {
            return Future.succeededFuture();
        }
        List<Doubt> batch = all.subList(from, Math.min(from + BATCH, all.size()));
        return store.find(batch.stream().map(Doubt::key).toList())
                .compose(places -> publishFound(batch, places))
                .otherwise(failure -> {
                    batch.forEach(this::add);
                    return null;
                })
                .compose(none -> lookUp(all, from + BATCH));
    }

    private Future<Void> publishFound(List<Doubt> batch, List<Long> places) {
        List<Future<Void>> published = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            Doubt doubt = batch.get(i);
            Long seq = places.get(i);
            if (seq != null) {
                published.add(publisher.publish(doubt.key, seq).onFailure(failure -> add(doubt)));
            } else if (doubt.lookups + 1 < MAX_LOOKUPS) {
                add(new Doubt(doubt.key, doubt.lookups + 1));
            }
        }
        return Future.join(published).otherwiseEmpty().mapEmpty();
    }
}
