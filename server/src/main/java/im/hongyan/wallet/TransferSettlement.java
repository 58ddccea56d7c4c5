package im.hongyan.wallet;

import im.hongyan.async.Repeat;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.timeline.LogTransaction;
import im.hongyan.timeline.Timeline;
import im.hongyan.wallet.Settlement.Verdict;
import im.hongyan.wallet.TransferStore.Locked;
import im.hongyan.wallet.TransferStore.Transfer;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends transfers: accepted, refused, or returned. Each is one transaction that locks the transfer, moves its money and
 * appends an entry to the conversation. Thread-safe; any number of nodes may settle the same transfers.
 */
final class TransferSettlement {
    private static final Logger LOG = LoggerFactory.getLogger(TransferSettlement.class);
    private static final int BATCH = 100;

    private final Timeline timeline;
    private final Ledger ledger;
    private final TransferStore store;
    private final TransferEntries entries;
    private final Consumer<UserId> balanceChanged;

    TransferSettlement(
            Timeline timeline,
            Ledger ledger,
            TransferStore store,
            TransferEntries entries,
            Consumer<UserId> balanceChanged) {
        this.timeline = timeline;
        this.ledger = ledger;
        this.store = store;
        this.entries = entries;
        this.balanceChanged = balanceChanged;
    }

    Future<Verdict> settle(Transfer transfer, Settlement how) {
        Function<LogTransaction, Future<Verdict>> work =
                tx -> store.lock(tx.sql(), transfer.transfer(), how.byRecipient())
                        .compose(locked -> locked.isPresent()
                                ? settle(tx, locked.get(), how)
                                // Another transaction is settling it now.
                                : Future.succeededFuture(Verdict.NOT_DUE));
        // A return does not queue behind the sender's own requests.
        Future<Verdict> settled = how.byRecipient()
                ? timeline.transact(transfer.conversation(), author(transfer, how), work)
                : timeline.transact(transfer.conversation(), work);
        return settled.onSuccess(verdict -> {
            if (verdict == Verdict.SETTLE) {
                ledger.posted(how.posting(), 1, transfer.amount());
                balanceChanged.accept(credited(transfer, how));
            }
        });
    }

    private Future<Verdict> settle(LogTransaction tx, Locked locked, Settlement how) {
        Transfer transfer = locked.transfer();
        Verdict verdict = how.judge(transfer.state(), locked.expired());
        if (verdict != Verdict.SETTLE) {
            return Future.succeededFuture(verdict);
        }
        UserId author = author(transfer, how);
        // The transfer's state makes this idempotent, so the entry's client id only has to be unused.
        String clientId = Id.Text.encode(Id.next());
        return tx.lock(transfer.conversation(), author)
                .compose(log -> ledger.post(tx.sql(), posting(transfer, how)))
                .compose(none -> store.settle(tx.sql(), transfer.transfer(), how.end()))
                .compose(none -> tx.appendUnchecked(entries.settled(transfer, author, clientId, how.end())))
                .map(verdict);
    }

    private static Posting posting(Transfer transfer, Settlement how) {
        UserId credited = credited(transfer, how);
        UserId peer = credited.equals(transfer.to()) ? transfer.from() : transfer.to();
        return new Posting(
                how.posting(),
                transfer.transfer().value(),
                transfer.transfer().value(),
                credited.value(),
                transfer.amount(),
                peer.value());
    }

    private static UserId author(Transfer transfer, Settlement how) {
        return how.byRecipient() ? transfer.to() : transfer.from();
    }

    private static UserId credited(Transfer transfer, Settlement how) {
        return how == Settlement.ACCEPT ? transfer.to() : transfer.from();
    }

    /** Returns all expired transfers. A transfer that fails is logged and retried by the next call. */
    Future<Void> returnDue() {
        AtomicReference<Transfer> last = new AtomicReference<>();
        return Repeat.untilLast(() -> store.due(last.get(), BATCH).compose(due -> {
            boolean isLast = due.size() < BATCH;
            if (!isLast) {
                last.set(due.get(BATCH - 1));
            }
            return returnEach(due).map(isLast);
        }));
    }

    private Future<Void> returnEach(List<Transfer> transfers) {
        Future<Void> done = Future.succeededFuture();
        for (Transfer transfer : transfers) {
            done = done.compose(none -> settle(transfer, Settlement.RETURN)
                    .onFailure(failure -> LOG.warn(
                            "cannot return the expired transfer {} yet; retrying: {}",
                            transfer.transfer(),
                            failure.toString()))
                    .<Void>mapEmpty()
                    .otherwiseEmpty());
        }
        return done;
    }

    /** Returns all pending transfers to a user whose account was deleted. Idempotent. */
    Future<Void> abandon(UserId recipient) {
        AtomicReference<TransferId> last = new AtomicReference<>();
        return Repeat.untilLast(
                () -> store.pendingTo(recipient, last.get(), BATCH).compose(pending -> {
                    Future<?> done = Future.succeededFuture();
                    for (Transfer transfer : pending) {
                        done = done.compose(none -> settle(transfer, Settlement.ABANDON));
                        last.set(transfer.transfer());
                    }
                    return done.map(pending.size() < BATCH);
                }));
    }
}
