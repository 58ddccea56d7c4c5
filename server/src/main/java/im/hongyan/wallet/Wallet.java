package im.hongyan.wallet;

import im.hongyan.delivery.Delivery;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.StartFailure;
import im.hongyan.timeline.Conversations;
import im.hongyan.timeline.Timeline;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;

/**
 * The users' wallets: balances, top-ups, transfers. Call {@link #start} after the stores are migrated. Then all methods
 * may be called from any thread.
 */
public final class Wallet {
    private static final long STOP_MS = 1_000;

    /** The parts of the server that the wallet uses. */
    public record Services(FrameCodec codec, Timeline timeline, Conversations conversations, Delivery delivery) {}

    private final WalletSettings settings;
    private final Ledger ledger;
    private final WalletStore store;
    private final ReconciliationStore reconciliationStore;
    private final WalletNotifier notifier;
    private final Statement statement;
    private final Transfers transfers;
    private final TopUps topUps;
    private final Reconciliation reconciliation;
    private final AnomalyReports anomalyReports;
    private final WalletTasks tasks;

    public Wallet(Vertx vertx, Postgres postgres, Services services, WalletSettings settings, MeterRegistry registry) {
        this.settings = settings;
        ledger = new Ledger(new LedgerStore(), settings.currency(), settings.maxDaily(), registry);
        WalletKinds.register(ledger);
        store = new WalletStore(postgres);
        reconciliationStore = new ReconciliationStore(postgres);
        notifier = new WalletNotifier(services.codec(), services.delivery(), store);
        statement = new Statement(store, settings);
        transfers = new Transfers(
                services.timeline(),
                services.conversations(),
                ledger,
                new TransferStore(postgres),
                new TransferEntries(services.codec(), settings.currency()),
                settings,
                this::balanceChanged);
        topUps = new TopUps(
                services.timeline(), new TopUpStore(postgres, ledger), ledger, settings, this::balanceChanged);
        reconciliation = new Reconciliation(reconciliationStore, settings.currency(), registry);
        anomalyReports = new AnomalyReports(reconciliationStore, ledger, settings);
        tasks = new WalletTasks(vertx, transfers.settlement(), topUps, reconciliation);
    }

    public void register(FrameRoutes routes) {
        statement.register(routes);
        transfers.register(routes);
        notifier.register(routes);
    }

    public void register(HttpRoutes routes) {
        topUps.register(routes);
    }

    /** Fails if the ledger has postings in another currency than the settings. */
    public Future<Void> start() {
        return store.otherCurrency(settings.currency()).map(other -> {
            if (other.isPresent()) {
                throw new StartFailure("The ledger's currency is " + other.get() + ", but wallet.currency is "
                        + settings.currency() + ". A ledger has one currency: set wallet.currency to " + other.get()
                        + ".");
            }
            tasks.start();
            return null;
        });
    }

    public Future<Void> stop() {
        // A running check may take minutes: closing its connection ends it.
        return tasks.stop().eventually(() -> reconciliationStore
                .close()
                .timeout(STOP_MS, TimeUnit.MILLISECONDS)
                .otherwiseEmpty());
    }

    /** The only way to move money. */
    public Ledger ledger() {
        return ledger;
    }

    /** Pushes a user's new balance to the user's devices. Call after the commit; best effort. */
    public void balanceChanged(UserId user) {
        notifier.balanceChanged(user);
    }

    /** Returns the pending transfers to a deleted account. The account's own money stays in the ledger. Idempotent. */
    public Future<Void> accountDeleted(UserId user) {
        return transfers.settlement().abandon(user);
    }

    public Reconciliation reconciliation() {
        return reconciliation;
    }

    public AnomalyReports anomalyReports() {
        return anomalyReports;
    }

    /** Runs the periodic task of that name now; for tests. */
    Future<Void> returnDue() {
        return transfers.settlement().returnDue();
    }

    TopUps topUps() {
        return topUps;
    }
}
