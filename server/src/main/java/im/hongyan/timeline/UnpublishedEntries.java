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
 * Entries that are in the log, or may be, and that nobody was told of: the answer to their commit was lost, or it could not
 * be read who is to be told. The log is asked until they are found and told, or until it is certain that they are not
 * there. So a reader need not wait for the next entry to learn of this one. Thread-safe.
 */
final class UnpublishedEntries {
    /** Tells the readers of an entry; a failure is tried again. */
    @FunctionalInterface
    interface Announcer {
        Future<Void> announce(NewEntry.Key key, long seq);
    }

    private static final Logger LOG = LoggerFactory.getLogger(UnpublishedEntries.class);
    private static final int MAX = 10_000;
    private static final int BATCH = 256;

    /**
     * A frozen server reads what was sent to it when it goes on, on connections that we have long given up: an entry may
     * be stored after it was not found. Asked this often, a second apart, a statement's own timeout has passed.
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

    /** Piece by piece; what could not be asked is asked again. */
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
