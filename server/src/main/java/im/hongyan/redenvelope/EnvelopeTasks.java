package im.hongyan.redenvelope;

import im.hongyan.async.LogThrottle;
import im.hongyan.redenvelope.RefundStore.Refund;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What each node does for envelopes by itself: what is left of those whose time is over goes back, and reservations
 * that somebody left behind are gone on with. Several nodes do not get in each other's way.
 */
final class EnvelopeTasks {
    private static final Logger LOG = LoggerFactory.getLogger(EnvelopeTasks.class);
    private static final long SETTLE_MS = 1_000;
    private static final int SETTLE_BATCH = 100;
    private static final long REAP_MS = 1_000;
    /** Longer than a claim takes that nothing has happened to. */
    private static final long OVERDUE_MS = 5_000;

    private final Vertx vertx;
    private final RefundStore store;
    private final ReservationRecovery recovery;
    private final EnvelopeMetrics metrics;
    private final Consumer<List<Refund>> settled;
    private final LogThrottle seldom = new LogThrottle();
    private List<Long> timers = List.of();

    EnvelopeTasks(
            Vertx vertx,
            RefundStore store,
            ReservationRecovery recovery,
            EnvelopeMetrics metrics,
            Consumer<List<Refund>> settled) {
        this.vertx = vertx;
        this.store = store;
        this.recovery = recovery;
        this.metrics = metrics;
        this.settled = settled;
    }

    synchronized void start() {
        timers = List.of(
                every(SETTLE_MS, "giving back what is left of envelopes", this::settle),
                every(REAP_MS, "going on with reservations", () -> recovery.resumeOverdue(OVERDUE_MS)));
    }

    synchronized void stop() {
        timers.forEach(vertx::cancelTimer);
    }

    /** One at a time. */
    private long every(long ms, String what, Supplier<Future<Void>> chore) {
        AtomicBoolean busy = new AtomicBoolean();
        return vertx.setPeriodic(ms, none -> {
            if (busy.compareAndSet(false, true)) {
                chore.get().onFailure(failure -> failed(what, failure)).onComplete(done -> busy.set(false));
            }
        });
    }

    /** What otherwise happens every second. */
    Future<Void> settle() {
        return store.refund(SETTLE_BATCH)
                .compose(
                        some -> {
                            told(some);
                            return some.size() < SETTLE_BATCH ? Future.succeededFuture() : settle();
                        },
                        failure -> failure instanceof StoreUnavailable
                                ? Future.failedFuture(failure)
                                : settleEach(SETTLE_BATCH, 0));
    }

    /** One that cannot be given back, for the books are wrong about it, is not to hold up those behind it. */
    private Future<Void> settleEach(int left, int passed) {
        if (left == 0) {
            return Future.succeededFuture();
        }
        return store.refund(1, passed)
                .compose(
                        some -> {
                            told(some);
                            return some.isEmpty() ? Future.succeededFuture() : settleEach(left - 1, passed);
                        },
                        failure -> {
                            if (failure instanceof StoreUnavailable) {
                                return Future.failedFuture(failure);
                            }
                            failed("giving back what is left of an envelope", failure);
                            return settleEach(left - 1, passed + 1);
                        });
    }

    private void told(List<Refund> some) {
        metrics.refunded(some.size());
        settled.accept(some);
    }

    /** That a store is away is logged once, by the store. */
    private void failed(String what, Throwable failure) {
        if (!(failure instanceof StoreUnavailable)) {
            seldom.log(passed -> LOG.error("{} failed ({} more before)", what, passed, failure));
        }
    }
}
