package im.hongyan.wallet;

import static im.hongyan.store.StoresExtension.await;

import im.hongyan.feature.Feature;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.TestNode;
import im.hongyan.wallet.Reconciliation.Finding;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** The log with the wallet on it. */
final class WalletNode extends TestNode {
    static final long MAX_DAILY = 100_000;

    private static final List<Feature> FEATURES = List.of(new WalletFeature());

    /** A provider that answers as a test wants, and counts the requests for each order. */
    static final class Provider implements PaymentProvider {
        final ConcurrentHashMap<UUID, Integer> asked = new ConcurrentHashMap<>();
        volatile Function<Order, Future<Outcome>> answer = order -> Future.succeededFuture(new Paid("r-" + order.id()));

        volatile String name = "test";

        @Override
        public String name() {
            return name;
        }

        @Override
        public Future<Outcome> pay(Order order) {
            asked.merge(order.id(), 1, Integer::sum);
            return answer.apply(order);
        }
    }

    final Provider provider;
    final Wallet wallet = service(Wallet.class);

    WalletNode(StoresExtension stores) {
        this(stores, 1_000);
    }

    WalletNode(StoresExtension stores, int topUpsPerDay) {
        this(stores, stores.postgres(), topUpsPerDay);
    }

    WalletNode(StoresExtension stores, Postgres postgres, int topUpsPerDay) {
        this(stores, postgres, topUpsPerDay, new Provider());
    }

    private WalletNode(StoresExtension stores, Postgres postgres, int topUpsPerDay, Provider provider) {
        super(
                stores,
                postgres,
                FEATURES,
                new WalletSettings(
                        "points",
                        Optional.of(provider),
                        1_000_000,
                        topUpsPerDay,
                        1_000_000,
                        MAX_DAILY,
                        Duration.ofHours(24)));
        this.provider = provider;
    }

    /** A database with the wallet's schema. */
    static StoresExtension stores() {
        return stores(FEATURES, "im/hongyan/wallet/testmigrations");
    }

    /** A user with this balance. */
    UserId userWith(long amount) throws Exception {
        UserId user = newUser();
        topUp(user, amount, "start");
        return user;
    }

    TopUps.Credited topUp(UserId user, long amount, String key) throws Exception {
        return await(toppingUp(user, amount, key));
    }

    Future<TopUps.Credited> toppingUp(UserId user, long amount, String key) {
        return wallet.topUps().topUp(caller(user), new TopUps.TopUp(amount, key));
    }

    static Map<String, Object> sending(UserId to, long amount, String clientId) {
        return Map.of("to", to.text(), "amount", amount, "clientId", clientId);
    }

    String transfer(UserId from, UserId to, long amount) throws Exception {
        return ask(from, "wallet.transfer", sending(to, amount, newClientId()))
                .get("transfer")
                .asText();
    }

    static Map<String, Object> which(String transfer) {
        return Map.of("transfer", transfer);
    }

    long balance(UserId user) throws Exception {
        return ask(user, "wallet.balance", Map.of()).get("balance").asLong();
    }

    /** Expires a transfer. */
    void expire(String transfer) throws Exception {
        sql("UPDATE transfer SET expires_at = now() - interval '1 second' WHERE id = $1", id(transfer));
    }

    String state(String transfer) throws Exception {
        return sql("SELECT state FROM transfer WHERE id = $1", id(transfer))
                .iterator()
                .next()
                .getString("state");
    }

    /** The number of entries of a transfer. */
    long entries(String transfer) throws Exception {
        return number("SELECT count(*) FROM entry WHERE content LIKE '%\"" + transfer + "\"%'");
    }

    static UUID id(String text) {
        return Id.Text.decode(text);
    }

    /** The names of the failed checks. */
    List<String> wrong() throws Exception {
        return await(wallet.reconciliation().run()).stream()
                .filter(finding -> !finding.passed())
                .map(Finding::check)
                .toList();
    }
}
