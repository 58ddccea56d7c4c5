package im.hongyan.redenvelope;

import im.hongyan.async.LogThrottle;
import im.hongyan.async.PeriodicTasks;
import im.hongyan.redenvelope.EnvelopeStore.Settled;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What each node does for envelopes in the background: refunds expired envelopes and resumes abandoned reservations. The
 * tasks are safe to run on several nodes at once.
 */
final class EnvelopeTasks {
    private static final Logger LOG = LoggerFactory.getLogger(EnvelopeTasks.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration DEADLINE = Duration.ofMinutes(5);
    private static final Duration STOP = Duration.ofSeconds(1);
    private static final int SETTLE_BATCH = 100;
    /** Longer than a claim takes that nothing has happened to. */
    private static final long OVERDUE_MS = 5_000;

    private final PeriodicTasks tasks;
    private final EnvelopeStore store;
    private final EnvelopeOpening grab;
    private final EnvelopeMetrics metrics;
    private final Consumer<List<Settled>> settled;
    private final LogThrottle seldom = new LogThrottle();

    EnvelopeTasks(
            Vertx vertx,
            EnvelopeStore store,
            EnvelopeOpening grab,
            EnvelopeMetrics metrics,
            Consumer<List<Settled>> settled) {
        this.tasks = new PeriodicTasks(vertx, LOG, StoreUnavailable.class::isInstance);
        this.store = store;
        this.grab = grab;
        this.metrics = metrics;
        this.settled = settled;
    }

    void start() {
        tasks.every(PERIOD, "refunding expired envelopes", DEADLINE, this::settle)
                .every(PERIOD, "resuming reservations", DEADLINE, () -> grab.goOn(OVERDUE_MS));
    }

    Future<Void> stop() {
        return tasks.stop(STOP);
    }

    /** What otherwise happens every second. */
    Future<Void> settle() {
        return store.settle(SETTLE_BATCH)
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
        return store.settle(1, passed)
                .compose(
                        some -> {
                            told(some);
                            return some.isEmpty() ? Future.succeededFuture() : settleEach(left - 1, passed);
                        },
                        failure -> {
                            if (failure instanceof StoreUnavailable) {
                                return Future.failedFuture(failure);
                            }
                            seldom.log(suppressed -> LOG.error(
                                    "an expired envelope could not be refunded ({} more failures not logged)",
                                    suppressed,
                                    failure));
                            return settleEach(left - 1, passed + 1);
                        });
    }

    private void told(List<Settled> some) {
        metrics.settled(some.size());
        settled.accept(some);
    }
}
