package im.hongyan.location;

import im.hongyan.async.LogThrottle;
import im.hongyan.async.PeriodicTasks;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends shares without a request: when their time is over, and when something happens to their user, device or
 * conversation. What the hooks miss, a periodic check finds. Each node does all of it; a share ends once. Thread-safe.
 */
final class ShareUpkeep {
    private static final Logger LOG = LoggerFactory.getLogger(ShareUpkeep.class);

    private static final Duration SWEEP = Duration.ofSeconds(2);
    private static final Duration CHECK = Duration.ofSeconds(15);
    /** A running share is checked this often, by one of the nodes. */
    private static final Duration CHECK_EACH = Duration.ofMinutes(1);

    private static final Duration DEADLINE = Duration.ofMinutes(1);
    private static final Duration MAX_STOP = Duration.ofSeconds(1);

    private final LocationStore store;
    private final PositionStore positions;
    private final LiveShares shares;
    private final InstantSource clock;
    private final PeriodicTasks tasks;
    private final LogThrottle failures = new LogThrottle();
    /** Whether the database holds another history than Redis knows. */
    private volatile boolean historyChanged;

    ShareUpkeep(Vertx vertx, LocationStore store, PositionStore positions, LiveShares shares, InstantSource clock) {
        this.store = store;
        this.positions = positions;
        this.shares = shares;
        this.clock = clock;
        this.tasks = new PeriodicTasks(vertx, LOG, StoreUnavailable.class::isInstance);
    }

    void start() {
        tasks.every(SWEEP, "ending expired shares of locations", DEADLINE, this::sweep)
                .every(SWEEP, "deleting positions of another history", DEADLINE, this::reconcileAll)
                .every(CHECK, "checking shares of locations", DEADLINE, this::check);
    }

    Future<Void> stop() {
        return tasks.stop(MAX_STOP);
    }

    void historyChanged() {
        historyChanged = true;
    }

    void sessionsEnded(Set<SessionId> sessions) {
        logged(repeat(() -> store.unfoundedOfSessions(sessions), this::end));
    }

    void memberLeft(ConversationId conversation, UserId user, long seq) {
        logged(store.beforeLeaving(conversation, user, seq)
                .compose(some -> each(some, share -> shares.end(share, true))));
    }

    /** A block ends the shares of both users in their direct conversation. */
    void standingChanged(ConversationId conversation) {
        logged(store.unfoundedOfConversation(conversation).compose(some -> each(some, this::end)));
    }

    Future<Void> accountDeleted(UserId user) {
        return repeat(() -> store.ofDeleted(user), share -> shares.end(share, true));
    }

    private Future<Void> end(LocationStore.Unfounded unfounded) {
        return shares.end(unfounded.share(), unfounded.silent());
    }

    /** Closes expired shares, and deletes positions that are left of ended ones. */
    private Future<Void> sweep() {
        return untilFewer(store::expire).compose(none -> untilFewer(this::clear));
    }

    private Future<Integer> clear() {
        return store.uncleared().compose(ended -> each(ended, share -> positions.end(share.conversation(), share.id()))
                .compose(none -> store.cleared(ended))
                .map(ended.size()));
    }

    private Future<Void> check() {
        return untilFewer(this::checkSome).compose(none -> positions.dropExpiredConversations(clock.instant()));
    }

    private Future<Integer> checkSome() {
        return store.takeUnchecked(CHECK_EACH).compose(taken -> store.unfounded(taken)
                .compose(unfounded -> each(unfounded, this::end))
                .map(taken.size()));
    }

    private Future<Void> reconcileAll() {
        if (!historyChanged) {
            return Future.succeededFuture();
        }
        historyChanged = false;
        return reconcileFrom(0).onFailure(failure -> historyChanged = true);
    }

    private Future<Void> reconcileFrom(int page) {
        return positions
                .conversations(page)
                .compose(some -> some.isEmpty()
                        ? Future.succeededFuture()
                        : each(some, shares::reconcile).compose(none -> reconcileFrom(page + 1)));
    }

    /** Ends a batch, then the next one, until there is none. */
    private static <T> Future<Void> repeat(Supplier<Future<List<T>>> batch, Function<T, Future<Void>> end) {
        return batch.get().compose(some -> each(some, end)
                .compose(none -> some.size() < LocationStore.BATCH ? Future.succeededFuture() : repeat(batch, end)));
    }

    private static Future<Void> untilFewer(Supplier<Future<Integer>> batch) {
        return batch.get().compose(count -> count < LocationStore.BATCH ? Future.succeededFuture() : untilFewer(batch));
    }

    /** One after the other, so that it costs one transaction at a time. */
    private static <T> Future<Void> each(Iterable<T> all, Function<T, Future<Void>> work) {
        Future<Void> done = Future.succeededFuture();
        for (T one : all) {
            done = done.compose(none -> work.apply(one));
        }
        return done;
    }

    /** The next check ends what a hook could not end. */
    private void logged(Future<Void> ending) {
        ending.onFailure(failure -> failures.log(suppressed -> LOG.warn(
                "cannot end shares of locations yet; retrying ({} more not logged): {}",
                suppressed,
                failure.toString())));
    }
}
