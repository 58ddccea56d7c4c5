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
    interface Announcer {
        Future<Void> announce(NewEntry.Key key, long seq);
    }

    private static final Logger LOG = LoggerFactory.getLogger(UnpublishedEntries.class);
    private static final int MAX = 10_000;
    private static final int BATCH = 256;

    /**
     * A server that was frozen continues to read from connections that were given up long ago, so an entry may be
     * stored after it was not found. After this number of lookups, a second apart, the statement's own timeout has
     * passed.
     */
    private static final int MAX_ASKED = 10;

    private record Doubt(NewEntry.Key key, int asked) {}

    private final Vertx vertx;
    private final LogStore store;
    private final long everyMs;
    private final Announcer announcer;
    private final Queue<Doubt> doubts = new ArrayDeque<>();
    private final LogThrottle overflow = new LogThrottle();
    private boolean asking;

    UnpublishedEntries(Vertx vertx, LogStore store, long everyMs, Announcer announcer) {
        this.vertx = vertx;
        this.store = store;
        this.everyMs = everyMs;
        this.announcer = announcer;
    }

    void add(NewEntry draft) {
        add(new Doubt(draft.key(), 0));
    }

    private void add(Doubt doubt) {
        synchronized (this) {
            if (doubts.size() >= MAX) {
                overflow.log(passed -> LOG.warn(
                        "too many entries are in doubt: the readers of one in {}, and of {} more, find it when they sync",
                        doubt.key.conversation(),
                        passed));
                return;
            }
            doubts.add(doubt);
            if (asking) {
                return;
            }
            asking = true;
        }
        askLater();
    }

    private void askLater() {
        vertx.timer(everyMs, TimeUnit.MILLISECONDS).onSuccess(none -> ask());
    }

    private void ask() {
        List<Doubt> all;
        synchronized (this) {
            all = List.copyOf(doubts);
            doubts.clear();
            asking = !all.isEmpty();
        }
        if (!all.isEmpty()) {
            ask(all, 0).onComplete(asked -> askLater());
        }
    }

    /** Looks them up in batches; failed lookups are repeated. */
    private Future<Void> ask(List<Doubt> all, int from) {
        if (from >= all.size()) {
            return Future.succeededFuture();
        }
        List<Doubt> some = all.subList(from, Math.min(from + BATCH, all.size()));
        return store.find(some.stream().map(Doubt::key).toList())
                .compose(places -> told(some, places))
                .otherwise(failure -> {
                    some.forEach(this::add);
                    return null;
                })
                .compose(none -> ask(all, from + BATCH));
    }

    private Future<Void> told(List<Doubt> some, List<Long> places) {
        List<Future<Void>> told = new ArrayList<>();
        for (int i = 0; i < some.size(); i++) {
            Doubt doubt = some.get(i);
            Long seq = places.get(i);
            if (seq != null) {
                told.add(announcer.announce(doubt.key, seq).onFailure(failure -> add(doubt)));
            } else if (doubt.asked + 1 < MAX_ASKED) {
                add(new Doubt(doubt.key, doubt.asked + 1));
            }
        }
        return Future.join(told).otherwiseEmpty().mapEmpty();
    }
}
