package im.hongyan.wallet;

import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.UUID;

/**
 * Adapter for a payment service that top-ups are paid with. {@link SandboxProvider} is built in. An operator who may
 * move real money writes another one and passes it in {@link im.hongyan.wallet.WalletSettings}.
 *
 * <p>The wallet stores an order before it asks the provider, asks again until the outcome is known, and credits it
 * once. So an adapter needs no state of its own. It must
 *
 * <ul>
 *   <li>treat {@link Order#id} as an idempotency key: the same order again, on this node or another, today or tomorrow,
 *       is the same payment and has the same outcome;
 *   <li>return {@link Paid} only if the money has arrived, and {@link Declined} only if it can never arrive;
 *   <li>return {@link Unknown} in all other cases, including failures of the adapter; the wallet then asks again with
 *       exponential backoff;
 *   <li>not block the event loop, and answer within ten seconds: later answers are ignored and count as unknown.
 * </ul>
 *
 * <p>Methods may be called from any thread and concurrently.
 */
public interface PaymentProvider {
    /**
     * A payment to make.
     *
     * @param id the same for all attempts of one payment, unique across payments
     * @param user the user who pays
     * @param amount in fen, greater than 0
     * @param currency the ledger's currency
     */
    record Order(UUID id, UserId user, long amount, String currency) {}

    /** The state of a payment. */
    sealed interface Outcome permits Paid, Declined, Unknown {}

    /** @param receipt the provider's own id of the payment; stored, never shown to users */
    record Paid(String receipt) implements Outcome {}

    /** The payment failed for good. */
    record Declined() implements Outcome {}

    /** The payment is in progress, or its state is not known. */
    record Unknown() implements Outcome {}

    /** Stored with each order: at most 64 characters, never changed, and never reused for another adapter. */
    String name();

    /** Pays an order, or returns the outcome of an earlier attempt. A failed future means {@link Unknown}. */
    Future<Outcome> pay(Order order);
}
