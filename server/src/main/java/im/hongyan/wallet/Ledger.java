package im.hongyan.wallet;

import im.hongyan.protocol.Rejection;
import im.hongyan.store.Transaction;
import im.hongyan.wallet.PostingKind.Purpose;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The only way to move money. Each posting is part of the transaction of the feature that moves the money. Lock order:
 * the feature's own row, the conversation, the accounts by id (which {@link #post} locks).
 *
 * <p>Features register their kinds of accounts and postings while the server is put together. Then all methods may be
 * called from any thread.
 */
public final class Ledger {
    private record Meters(Counter count, Counter amount) {}

    private final LedgerStore store;
    private final String currency;
    private final MeterRegistry registry;
    private final KindRegistry kinds = new KindRegistry();
    private final DailyLimit dailyLimit;
    private final Counter insufficient;
    private final Map<String, Meters> meters = new ConcurrentHashMap<>();

    Ledger(LedgerStore store, String currency, long maxDaily, MeterRegistry registry) {
        this.store = store;
        this.currency = currency;
        this.registry = registry;
        insufficient = rejections("insufficient");
        dailyLimit = new DailyLimit(store, kinds, maxDaily, rejections("daily_limit"));
    }

    /** @throws IllegalStateException if the kind is registered already */
    public void register(AccountKind kind) {
        kinds.add(kind);
    }

    /**
     * @throws IllegalStateException if the kind is registered already, or opens accounts of a kind that is not
     *     registered
     */
    public void register(PostingKind kind) {
        kinds.add(kind);
        meters(kind);
    }

    /** The currency of all postings. */
    public String currency() {
        return currency;
    }

    /**
     * Moves money and checks the daily limit if the kind {@linkplain Purpose#SEND sends}. Fails with {@code
     * wallet.insufficient} or {@code wallet.daily_limit}; the transaction then has to be rolled back.
     */
    public Future<Void> post(Transaction tx, Posting posting) {
        kinds.require(posting.kind());
        return store.post(tx, posting, currency)
                .recover(failure -> Future.failedFuture(LedgerStore.isNotEnough(failure) ? insufficient() : failure))
                .compose(none -> posting.kind().purpose() == Purpose.SEND
                        ? dailyLimit.check(tx, posting.debit())
                        : Future.succeededFuture());
    }

    /** Counts committed postings for the metrics. */
    public void posted(PostingKind kind, long count, long amount) {
        Meters of = meters(kind);
        of.count.increment((double) count);
        of.amount.increment((double) amount);
    }

    /** The names of all registered kinds with this purpose. */
    List<String> kinds(Purpose purpose) {
        return kinds.names(purpose);
    }

    private Counter rejections(String reason) {
        return Counter.builder("hongyan.ledger.rejections")
                .description("Postings that were rejected, by reason")
                .tag("reason", reason)
                .register(registry);
    }

    private Meters meters(PostingKind kind) {
        return meters.computeIfAbsent(
                kind.name(),
                name -> new Meters(
                        Counter.builder("hongyan.ledger.postings")
                                .description("Postings that this node has committed")
                                .tag("kind", name)
                                .register(registry),
                        Counter.builder("hongyan.ledger.amount")
                                .description("Amount of the postings that this node has committed")
                                .baseUnit("fen")
                                .tag("kind", name)
                                .register(registry)));
    }

    private Rejection insufficient() {
        insufficient.increment();
        return Rejection.conflict("wallet.insufficient", "there is not enough money in the wallet")
                .at("amount");
    }
}
