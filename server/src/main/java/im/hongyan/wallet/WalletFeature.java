package im.hongyan.wallet;

import im.hongyan.config.SettingsReader;
import im.hongyan.delivery.Delivery;
import im.hongyan.feature.CommandStores;
import im.hongyan.feature.Feature;
import im.hongyan.feature.FeatureContext;
import im.hongyan.feature.FeatureInstance;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.timeline.Conversations;
import im.hongyan.timeline.Timeline;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/**
 * The wallet: balances, transfers, top-ups and the ledger that other features move money through. Provides
 * {@link Wallet}.
 */
public final class WalletFeature implements Feature {
    @Override
    public String name() {
        return "wallet";
    }

    @Override
    public Optional<Object> readSettings(SettingsReader settings) {
        return Optional.of(WalletSettings.read(settings));
    }

    @Override
    public Optional<String> migrations() {
        return Optional.of("im/hongyan/wallet/migrations");
    }

    @Override
    public List<Object> commands(CommandStores stores) {
        return List.of(new AuditCommands.Reconcile(stores), new AuditCommands.WalletCommand(stores));
    }

    @Override
    public FeatureInstance install(FeatureContext context) {
        Wallet wallet = new Wallet(
                context.vertx(),
                context.service(Postgres.class),
                new Wallet.Services(
                        context.codec(),
                        context.service(Timeline.class),
                        context.service(Conversations.class),
                        context.service(Delivery.class)),
                context.settings(WalletSettings.class),
                context.meters());
        wallet.register(context.frames());
        wallet.register(context.http());
        context.adminReport("/wallet/anomalies", () -> wallet.anomalyReports().run());
        context.adminReport(
                "/wallet/reconciliation", () -> wallet.reconciliation().last());
        context.provide(Wallet.class, wallet);
        return new Installed(wallet);
    }

    private record Installed(Wallet wallet) implements FeatureInstance {
        @Override
        public Future<Void> start() {
            return wallet.start();
        }

        @Override
        public Future<Void> stop() {
            return wallet.stop();
        }

        @Override
        public Future<Void> accountDeleted(UserId user) {
            return wallet.accountDeleted(user);
        }
    }
}
