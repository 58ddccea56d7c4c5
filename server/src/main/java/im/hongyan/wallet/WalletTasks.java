package im.hongyan.wallet;

import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What each node does for the wallet by itself. Several nodes do not get in each other's way. */
final class WalletTasks {
    private static final Logger LOG = LoggerFactory.getLogger(WalletTasks.class);
    private static final long OFTEN = TimeUnit.SECONDS.toMillis(2);
    private static final long MINUTE = TimeUnit.MINUTES.toMillis(1);

    private final Vertx vertx;
    private final TransferSettlement transfers;
    private final TopUps topUps;
    private final Reconciliation reconciliation;
    private volatile List<Long> timers = List.of();

    WalletTasks(Vertx vertx, TransferSettlement transfers, TopUps topUps, Reconciliation reconciliation) {
        this.vertx = vertx;
        this.transfers = transfers;
        this.topUps = topUps;
        this.reconciliation = reconciliation;
    }

    void start() {
        timers = List.of(
                every(OFTEN, "returning transfers", transfers::returnDue),
                every(OFTEN, "going on with top-ups", topUps::resume),
                every(MINUTE, "checking the ledger", reconciliation::runIfDue));
    }

    void stop() {
        timers.forEach(vertx::cancelTimer);
    }

    /** At a time of its own, and never twice at once. */
    private long every(long ms, String what, Supplier<Future<Void>> chore) {
        AtomicBoolean busy = new AtomicBoolean();
        long first = ThreadLocalRandom.current().nextLong(1, Math.min(ms, 10_000));
        return vertx.setPeriodic(first, ms, tick -> {
            if (busy.compareAndSet(false, true)) {
                chore.get()
                        .onFailure(failure -> {
                            // That a store is away is logged once, by the store.
                            if (!(failure instanceof StoreUnavailable)) {
                                LOG.error("{} failed", what, failure);
                            }
                        })
                        .onComplete(done -> busy.set(false));
            }
        });
    }
}
