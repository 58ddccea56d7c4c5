package im.hongyan.wallet;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.HttpRoutes;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.timeline.Timeline;
import im.hongyan.wallet.PaymentProvider.Declined;
import im.hongyan.wallet.PaymentProvider.Order;
import im.hongyan.wallet.PaymentProvider.Outcome;
import im.hongyan.wallet.PaymentProvider.Paid;
import im.hongyan.wallet.PaymentProvider.Unknown;
import im.hongyan.wallet.TopUpStore.State;
import im.hongyan.wallet.TopUpStore.Stored;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Top-ups: money that comes from outside. A top-up is stored, then the provider is asked to pay it, then it is
 * credited. {@link #resume} continues top-ups that were interrupted between these steps.
 */
final class TopUps {
    private static final Logger LOG = LoggerFactory.getLogger(TopUps.class);
    private static final long MAX_AMOUNT = (1L << 53) - 1;
    private static final int MAX_KEY_BYTES = 64;
    private static final long PROVIDER_SECONDS = 10;
    /** Longer than a request may take, so that no other node resumes a top-up while a request works on it. */
    private static final Duration LEASE = Duration.ofSeconds(30);

    private static final int RESUME_BATCH = 20;

    record TopUp(Long amount, String key) {
        public TopUp {
            Check.range("amount", amount, 1, MAX_AMOUNT);
            Check.text("key", key, MAX_KEY_BYTES);
        }
    }

    record Credited(TopUpId topUp, long amount, long balance, String currency, Instant at) {}

    private final Timeline timeline;
    private final TopUpStore store;
    private final Ledger ledger;
    private final WalletSettings settings;
    private final Consumer<UserId> balanceChanged;

    TopUps(
            Timeline timeline,
            TopUpStore store,
            Ledger ledger,
            WalletSettings settings,
            Consumer<UserId> balanceChanged) {
        this.timeline = timeline;
        this.store = store;
        this.ledger = ledger;
        this.settings = settings;
        this.balanceChanged = balanceChanged;
    }

    void register(HttpRoutes routes) {
        routes.authenticated(
                HttpRoutes.Method.POST,
                "/wallet/top-ups",
                201,
                TopUp.class,
                Credited.class,
                (context, body) -> topUp(context.principal(), body));
    }

    Future<Credited> topUp(Principal caller, TopUp wanted) {
        PaymentProvider provider = settings.provider()
                .orElseThrow(() -> Rejection.forbidden("wallet.no_provider", "this server has no payment provider"));
        if (wanted.amount > settings.maxTopUp()) {
            throw Rejection.field(
                    "amount",
                    "field.out_of_range",
                    "the maximum amount of a top-up is " + settings.maxTopUp() + " fen");
        }
        Stored topUp = new Stored(
                new TopUpId(Id.next()),
                caller.user(),
                wanted.key,
                wanted.amount,
                provider.name(),
                State.PENDING,
                0,
                null);
        return timeline.queueFor(caller.user(), () -> store.begin(topUp, settings.topUpsPerDay(), LEASE))
                .compose(stored -> {
                    if (stored.amount() != wanted.amount) {
                        throw Rejection.conflict("key.reused", "this key was already used for another amount")
                                .at("key");
                    }
                    // Only the provider that was asked first may pay it: two providers could both take the money.
                    boolean ours = stored.provider().equals(provider.name());
                    return stored.state() == State.PENDING && ours
                            ? pay(provider, stored)
                            : Future.succeededFuture(stored);
                })
                .map(stored -> switch (stored.state()) {
                    case CREDITED ->
                        new Credited(
                                stored.id(), stored.amount(), stored.balance(), ledger.currency(), stored.settledAt());
                    case DECLINED -> throw Rejection.conflict("wallet.declined", "the payment was declined");
                    case PENDING ->
                        throw Rejection.unavailable(
                                "wallet.payment_pending",
                                "the payment is still pending; repeat the request with the same key",
                                5_000);
                });
    }

    /** Continues pending top-ups that are due, for example those of a node that died. */
    Future<Void> resume() {
        if (settings.provider().isEmpty()) {
            return Future.succeededFuture();
        }
        PaymentProvider provider = settings.provider().get();
        return store.claimDue(provider.name(), LEASE, RESUME_BATCH)
                .compose(due -> Future.join(due.stream()
                        .map(stored -> pay(provider, stored)
                                .onFailure(failure -> LOG.warn(
                                        "cannot complete the top-up {} yet; retrying: {}",
                                        stored.id(),
                                        failure.toString())))
                        .toList()))
                .<Void>mapEmpty()
                // A failed top-up is due again later.
                .otherwiseEmpty();
    }

    private Future<Stored> pay(PaymentProvider provider, Stored topUp) {
        Order order = new Order(topUp.id().value(), topUp.user(), topUp.amount(), ledger.currency());
        return ask(provider, order).compose(outcome -> {
            if (outcome instanceof Paid paid) {
                return store.credit(topUp.id(), paid.receipt())
                        .onSuccess(credit -> {
                            if (credit.fresh()) {
                                ledger.posted(WalletKinds.TOP_UP, 1, topUp.amount());
                                balanceChanged.accept(topUp.user());
                            }
                        })
                        .map(TopUpStore.Credit::topUp);
            }
            if (outcome instanceof Declined) {
                return store.decline(topUp.id()).map(none -> with(topUp, State.DECLINED));
            }
            return Future.succeededFuture(topUp);
        });
    }

    private static Future<Outcome> ask(PaymentProvider provider, Order order) {
        return Future.<Void>succeededFuture()
                .compose(none -> provider.pay(order))
                .timeout(PROVIDER_SECONDS, TimeUnit.SECONDS)
                .otherwise(failure -> {
                    LOG.warn(
                            "the payment provider {} did not report the state of payment {}; retrying: {}",
                            provider.name(),
                            order.id(),
                            failure.toString());
                    return new Unknown();
                });
    }

    private static Stored with(Stored topUp, State state) {
        return new Stored(
                topUp.id(), topUp.user(), topUp.key(), topUp.amount(), topUp.provider(), state, 0, Instant.now());
    }
}
