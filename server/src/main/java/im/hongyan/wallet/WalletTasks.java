package im.hongyan.wallet;

import im.hongyan.async.PeriodicTasks;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What each node does for the wallet in the background. The tasks are safe to run on several nodes at once. */
final class WalletTasks {
    private static final Logger LOG = LoggerFactory.getLogger(WalletTasks.class);
    private static final Duration SETTLE_EVERY = Duration.ofSeconds(2);
    private static final Duration RECONCILE_EVERY = Duration.ofMinutes(1);
    private static final Duration DEADLINE = Duration.ofMinutes(5);
    private static final Duration STOP = Duration.ofSeconds(1);

    private final PeriodicTasks tasks;
    private final TransferSettlement transfers;
    private final TopUps topUps;
    private final Reconciliation reconciliation;

    WalletTasks(Vertx vertx, TransferSettlement transfers, TopUps topUps, Reconciliation reconciliation) {
        this.tasks = new PeriodicTasks(vertx, LOG, StoreUnavailable.class::isInstance);
        this.transfers = transfers;
        this.topUps = topUps;
        this.reconciliation = reconciliation;
    }

    void start() {
        tasks.every(SETTLE_EVERY, "returning expired transfers", DEADLINE, transfers::returnDue)
                .every(SETTLE_EVERY, "resuming top-ups", DEADLINE, topUps::resume)
                .every(RECONCILE_EVERY, "checking the ledger", Reconciliation.LEASE, reconciliation::runIfDue);
    }

    Future<Void> stop() {
        return tasks.stop(STOP);
    }
}
