package im.hongyan.wallet;

import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import java.util.UUID;

/**
 * Where money comes from outside. The built-in one is {@link SandboxProvider}; another is an adapter of whoever has a licence
 * to move real money, and is named where {@link im.hongyan.wallet.WalletSettings} is made.
 *
 * <p>The wallet writes an order down before it asks for it, asks again until it knows how it ended, and credits it once. So an
 * adapter keeps nothing. It must
 *
 * <ul>
 *   <li>take {@link Order#id} as what makes a payment unique: the same order again, on this node or another, today or
 *       tomorrow, is the same payment and has the same outcome. Most providers call that an idempotency key;
 *   <li>say {@link Paid} only of money that has come, and {@link Declined} only of what can never come any more;
 *   <li>say {@link Unknown} of everything between, a failure of its own included: it is asked again, more and more seldom;
 *   <li>not block the event loop that it is called on, and answer within ten seconds, or it is taken as unknown.
 * </ul>
 *
 * <p>Calls may come from any thread, several at a time.
 */
public interface PaymentProvider {
    /**
     * What is to be paid.
     *
     * @param id the same for all tries of one payment, and of no other
     * @param user who pays
     * @param amount in fen, more than 0
     * @param currency the ledger's
     */
    record Order(UUID id, UserId user, long amount, String currency) {}

    /** How a payment stands. */
    sealed interface Outcome permits Paid, Declined, Unknown {}

    /** @param receipt the provider's own name for the payment; kept, and shown to nobody */
    record Paid(String receipt) implements Outcome {}

    /** It is over and was not paid. */
    record Declined() implements Outcome {}

    /** Not over, or nobody knows. */
    record Unknown() implements Outcome {}

    /** Kept with each order: at most 64 characters, never changed, and never given to another adapter. */
    String name();

    /** Pays, or tells how what was paid before has ended. A future that fails means {@link Unknown}. */
    Future<Outcome> pay(Order order);
}
