package im.hongyan.wallet;

import im.hongyan.protocol.Rejection;
import im.hongyan.store.Transaction;
import im.hongyan.wallet.PostingKind.Purpose;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Future;
import java.util.UUID;

/** The maximum amount that a user may send within 24 hours, by any feature, even if the money comes back later. */
final class DailyLimit {
    /** Also limits the number of postings, and so the cost of a check. Far beyond what a user sends by hand. */
    static final int MAX_POSTINGS = 10_000;

    private final LedgerStore store;
    private final KindRegistry kinds;
    private final long max;
    private final Counter rejections;

    DailyLimit(LedgerStore store, KindRegistry kinds, long max, Counter rejections) {
        this.store = store;
        this.kinds = kinds;
        this.max = max;
        this.rejections = rejections;
    }

    /** Call after the posting: its lock on the account serializes the checks of one user. */
    Future<Void> check(Transaction tx, UUID sender) {
        return store.sentWithinADay(tx, sender, kinds.names(Purpose.SEND), MAX_POSTINGS + 1)
                .map(sent -> {
                    if (sent.amount() > max || sent.count() > MAX_POSTINGS) {
                        rejections.increment();
                        throw Rejection.limited(
                                "wallet.daily_limit",
                                "you would exceed the amount that you may send within 24 hours",
                                Math.max(1_000, sent.oldestMs() + 1));
                    }
                    return null;
                });
    }
}
