package im.hongyan.redenvelope;

import im.hongyan.async.PeriodicTasks;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What each node does for envelopes in the background: refunds expired envelopes and resumes overdue reservations. The
 * tasks are safe to run on several nodes at once.
 */
final class EnvelopeTasks {
    private static final Logger LOG = LoggerFactory.getLogger(EnvelopeTasks.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration DEADLINE = Duration.ofMinutes(5);
    private static final Duration MAX_STOP = Duration.ofSeconds(1);
    /** A reservation of this age is overdue: longer than a claim takes if its node is alive. */
    private static final long OVERDUE_MS = 5_000;

    private final PeriodicTasks tasks;
    private final EnvelopeRefunds refunds;
    private final ReservationRecovery recovery;

    EnvelopeTasks(Vertx vertx, EnvelopeRefunds refunds, ReservationRecovery recovery) {
        this.tasks = new PeriodicTasks(vertx, LOG, StoreUnavailable.class::isInstance);
        this.refunds = refunds;
        this.recovery = recovery;
    }

    void start() {
        tasks.every(PERIOD, "refunding expired envelopes", DEADLINE, refunds::refundExpired)
                .every(PERIOD, "resuming reservations", DEADLINE, () -> recovery.resumeOverdue(OVERDUE_MS));
    }

    Future<Void> stop() {
        return tasks.stop(MAX_STOP);
    }
}
