package im.hongyan.wallet;

import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Transaction;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Future;
import java.time.Duration;

/** What a person may send within 24 hours, whatever he sends and whether or not it comes back. */
final class DailyLimit {
    /** Far more than a person sends; it bounds the work of a check. */
    static final int MAX_POSTINGS = 10_000;

    private final WalletStore store;
    private final long most;
    private final Counter refused;

    DailyLimit(WalletStore store, long most, Counter refused) {
        this.store = store;
        this.most = most;
        this.refused = refused;
    }

    /** After the posting, whose lock on the account makes those of one person follow each other. */
    Future<Void> check(Transaction tx, UserId sender) {
        return store.sentWithinADay(tx, sender, MAX_POSTINGS + 1).map(sent -> {
            if (sent.amount() > most || sent.count() > MAX_POSTINGS) {
                refused.increment();
                long untilTheOldestIsPast = Math.max(1_000, sent.oldestMs() + 1);
                throw Rejection.limited(
                        "wallet.daily_limit",
                        "this is more than you may send within "
                                + Duration.ofDays(1).toHours() + " hours",
                        untilTheOldestIsPast);
            }
            return null;
        });
    }
}
