package im.hongyan.wallet;

import im.hongyan.protocol.Rejection;
import im.hongyan.store.Transaction;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The ledger, to other features: the one way for money to move, inside the transaction of whatever it moves for. Lock the
 * feature's own row before, and the conversation after.
 */
public final class LedgerStore {
    /** SQLSTATEs of a check and of a foreign key. */
    private static final Set<String> NOT_ENOUGH = Set.of("23514", "23503");

    /**
     * A balanced pair.
     *
     * @param kind and {@code ref}: posted once, whatever happens
     * @param ref what it is for; a retry has the same
     * @param debit the account that the money goes from
     * @param credit the account that it goes to; opened if it is not there yet
     * @param amount in fen, more than 0
     * @param peer the other person, as a statement shows it; may be null
     */
    public record Posting(String kind, UUID ref, UUID debit, UUID credit, long amount, UUID peer) {}

    /** Whose an account is that a posting opens. */
    public enum AccountKind {
        WALLET("wallet"),
        TRANSFER("transfer"),
        ENVELOPE("envelope");

        private final String kind;

        AccountKind(String kind) {
            this.kind = kind;
        }
    }

    private static final String POST =
            "SELECT ledger_post($1, $2, $3, ARRAY[$4::uuid], ARRAY[0], ARRAY[$5::uuid], ARRAY[$6::uuid], ARRAY[$7::bigint], ARRAY[$8::uuid])";

    private final String currency;
    private final MeterRegistry registry;
    private final Map<String, Posted> posted = new ConcurrentHashMap<>();

    /** What a node has posted of a kind. */
    private record Posted(Counter count, Counter amount) {}

    public LedgerStore(String currency) {
        this(currency, new SimpleMeterRegistry());
    }

    LedgerStore(String currency, MeterRegistry registry) {
        this.currency = currency;
        this.registry = registry;
        List.of(TopUps.POSTING, Transfers.POSTING, Settlement.ACCEPT.posting(), Settlement.REFUSE.posting())
                .forEach(this::meters);
        refusals("insufficient");
    }

    /** The currency of all postings. */
    public String currency() {
        return currency;
    }

    /** Moves money; fails with {@code wallet.insufficient} if it is not there, and then nothing is changed. */
    public Future<Void> post(Transaction tx, AccountKind opens, Posting posting) {
        return tx.query(
                        POST,
                        Tuple.of(
                                posting.kind(),
                                currency,
                                opens.kind,
                                posting.ref(),
                                posting.debit(),
                                posting.credit(),
                                posting.amount(),
                                posting.peer()))
                .<Void>mapEmpty()
                .recover(failure -> Future.failedFuture(isNotEnough(failure) ? insufficient() : failure));
    }

    /** Counts what was posted, once it is committed. */
    public void posted(String kind, long count, long amount) {
        Posted meters = meters(kind);
        meters.count.increment((double) count);
        meters.amount.increment((double) amount);
    }

    Counter refusals(String reason) {
        return Counter.builder("hongyan.ledger.rejections")
                .description("What was not posted, for this reason")
                .tag("reason", reason)
                .register(registry);
    }

    private Posted meters(String kind) {
        return posted.computeIfAbsent(
                kind,
                absent -> new Posted(
                        Counter.builder("hongyan.ledger.postings")
                                .description("Postings that this node has committed")
                                .tag("kind", kind)
                                .register(registry),
                        Counter.builder("hongyan.ledger.amount")
                                .description("What they moved, in fen")
                                .baseUnit("fen")
                                .tag("kind", kind)
                                .register(registry)));
    }

    private static boolean isNotEnough(Throwable failure) {
        return failure instanceof PgException refused && NOT_ENOUGH.contains(String.valueOf(refused.getSqlState()));
    }

    private Rejection insufficient() {
        refusals("insufficient").increment();
        return Rejection.conflict("wallet.insufficient", "there is not enough money in the wallet")
                .at("amount");
    }
}
