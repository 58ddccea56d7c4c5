package im.hongyan.wallet;

import im.hongyan.delivery.Delivery;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.StartFailure;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.store.Transaction;
import im.hongyan.timeline.Conversations;
import im.hongyan.timeline.Timeline;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What people have, and what they give each other. {@link #start} once the stores are migrated; then all methods may be called
 * from any thread.
 */
public final class Wallet {
    private static final long STOP_MS = 1_000;
    private static final Logger LOG = LoggerFactory.getLogger(Wallet.class);

    /** The push. */
    record Changed(long balance, long revision) {}

    private final FrameCodec codec;
    private final Delivery delivery;
    private final WalletSettings settings;
    private final LedgerStore ledger;
    private final WalletStore store;
    private final AuditStore auditStore;
    private final DailyLimit dailyLimit;
    private final Statement statement;
    private final Transfers transfers;
    private final TopUps topUps;
    private final Reconciliation reconciliation;
    private final AnomalyReports patterns;
    private final WalletTasks chores;

    public Wallet(
            Vertx vertx,
            FrameCodec codec,
            Postgres postgres,
            Timeline timeline,
            Conversations conversations,
            Delivery delivery,
            WalletSettings settings,
            MeterRegistry registry) {
        this.codec = codec;
        this.delivery = delivery;
        this.settings = settings;
        ledger = new LedgerStore(settings.currency(), registry);
        store = new WalletStore(postgres);
        auditStore = new AuditStore(postgres);
        dailyLimit = new DailyLimit(store, settings.maxDaily(), ledger.refusals("daily_limit"));
        statement = new Statement(store, settings);
        transfers = new Transfers(
                codec,
                timeline,
                conversations,
                ledger,
                new TransferStore(postgres),
                settings,
                dailyLimit,
                this::announce);
        topUps = new TopUps(timeline, new TopUpStore(postgres, ledger), ledger, settings, this::announce);
        reconciliation = new Reconciliation(auditStore, settings.currency(), registry);
        patterns = new AnomalyReports(auditStore, settings);
        chores = new WalletTasks(vertx, transfers, topUps, reconciliation);
    }

    public void register(FrameRoutes routes) {
        statement.register(routes);
        transfers.register(routes);
        routes.pushes("wallet", Changed.class);
    }

    public void register(HttpRoutes calls) {
        topUps.register(calls);
    }

    /** Fails if the ledger has another currency than the settings. */
    public Future<Void> start() {
        return store.otherCurrency(settings.currency()).map(other -> {
            if (other.isPresent()) {
                throw new StartFailure("The ledger is in " + other.get() + " and wallet.currency is "
                        + settings.currency() + ": a ledger has one currency, so set wallet.currency to "
                        + other.get() + ".");
            }
            chores.start();
            return null;
        });
    }

    public Future<Void> stop() {
        // A check under way may take minutes: its connection ends with the node.
        return chores.stop().eventually(() -> auditStore
                .close()
                .timeout(STOP_MS, TimeUnit.MILLISECONDS)
                .otherwiseEmpty());
    }

    /** The one way for money to move. */
    public LedgerStore ledger() {
        return ledger;
    }

    /**
     * Refuses, {@code limited} and {@code wallet.daily_limit}, if a person has sent more within 24 hours than he may. To be
     * asked after the posting, in its transaction: what that sends is counted, and the account is locked.
     */
    public Future<Void> checkDaily(Transaction tx, UserId sender) {
        return dailyLimit.check(tx, sender);
    }

    /** Tells a person's devices what he has now. To be called after the commit; best effort. */
    public void announce(UserId user) {
        store.balance(user)
                .onSuccess(held -> delivery.toUser(
                        user,
                        codec.push("wallet", new Changed(held.balance(), held.revision()), Frame.DropPolicy.SYNC)))
                .onFailure(Wallet::notTold);
    }

    private static void notTold(Throwable failure) {
        if (failure instanceof StoreUnavailable) {
            LOG.debug("a balance could not be told: {}", failure.toString());
        } else {
            LOG.error("a balance could not be told", failure);
        }
    }

    /** Undoes what waits for a person whose account is gone. What he has stays in the ledger. */
    public Future<Void> accountDeleted(UserId user) {
        return transfers.abandon(user);
    }

    /** What otherwise happens every two seconds. */
    Future<Void> returnDue() {
        return transfers.returnDue();
    }

    TopUps topUps() {
        return topUps;
    }

    public Reconciliation reconciliation() {
        return reconciliation;
    }

    public AnomalyReports patterns() {
        return patterns;
    }
}
