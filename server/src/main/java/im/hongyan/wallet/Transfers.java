package im.hongyan.wallet;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SingleLine;
import im.hongyan.protocol.UserId;
import im.hongyan.store.KeysetPage;
import im.hongyan.timeline.Appended;
import im.hongyan.timeline.Conversations;
import im.hongyan.timeline.EntryKind;
import im.hongyan.timeline.LogTransaction;
import im.hongyan.timeline.NewEntry;
import im.hongyan.timeline.Timeline;
import im.hongyan.timeline.TimelineErrors;
import im.hongyan.wallet.LedgerStore.AccountKind;
import im.hongyan.wallet.LedgerStore.Posting;
import im.hongyan.wallet.TransferStore.Locked;
import im.hongyan.wallet.TransferStore.Transfer;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Money from one person to another, who accepts or refuses it. Until then it is in an account of its own, and when its time is
 * over it goes back. Each step is one transaction: the transfer's row, the posting, an entry of the direct conversation.
 */
final class Transfers {
    private static final Logger LOG = LoggerFactory.getLogger(Transfers.class);
    static final String POSTING = "transfer";
    private static final EntryKind KIND = new EntryKind("transfer", true, true);
    private static final int MAX_NOTE_BYTES = 256;
    private static final long MAX_AMOUNT = (1L << 53) - 1;
    private static final int LIST_LIMIT = 50;
    private static final int MAX_LIST = 100;
    private static final int DUE_BATCH = 100;

    record Send(UserId to, Long amount, String clientId, String note) {
        public Send {
            Check.present("to", to);
            Check.range("amount", amount, 1, MAX_AMOUNT);
            Check.clientId(clientId);
            note = noted(note);
        }
    }

    record Sent(TransferId transfer, long seq, ConversationId conversation, Instant at) {}

    record Which(TransferId transfer) {
        public Which {
            Check.present("transfer", transfer);
        }
    }

    record ListAll(TransferId cursor, Integer limit) {
        public ListAll {
            limit = Check.limit(limit, LIST_LIMIT, MAX_LIST);
        }
    }

    record Page(List<Transfer> transfers, TransferId cursor) {}

    /** The content of an entry. */
    record Change(TransferId transfer, String change, UserId to, long amount, String note) {}

    private final FrameCodec codec;
    private final Timeline timeline;
    private final Conversations conversations;
    private final LedgerStore ledger;
    private final TransferStore store;
    private final WalletSettings settings;
    private final DailyLimit dailyLimit;
    private final Consumer<UserId> changed;

    /** @param changed is told whose balance is another, after the commit */
    Transfers(
            FrameCodec codec,
            Timeline timeline,
            Conversations conversations,
            LedgerStore ledger,
            TransferStore store,
            WalletSettings settings,
            DailyLimit dailyLimit,
            Consumer<UserId> changed) {
        this.codec = codec;
        this.timeline = timeline;
        this.conversations = conversations;
        this.ledger = ledger;
        this.store = store;
        this.settings = settings;
        this.dailyLimit = dailyLimit;
        this.changed = changed;
    }

    void register(FrameRoutes routes) {
        routes.on("wallet.transfer", Send.class, Sent.class, this::send)
                .on(
                        "wallet.accept",
                        Which.class,
                        Void.class,
                        (caller, which) -> settle(caller, which, Settlement.ACCEPT))
                .on(
                        "wallet.refuse",
                        Which.class,
                        Void.class,
                        (caller, which) -> settle(caller, which, Settlement.REFUSE))
                .on("wallet.transfers", ListAll.class, Page.class, this::list);
        timeline.kinds().register(routes, KIND, Change.class);
    }

    private Future<Sent> send(Principal caller, Send send) {
        if (send.amount > settings.maxTransfer()) {
            throw Rejection.field(
                    "amount", "field.out_of_range", "a transfer is of at most " + settings.maxTransfer() + " fen");
        }
        ConversationId conversation = Conversations.directId(caller.user(), send.to);
        return conversations
                .direct(caller.user(), send.to)
                .compose(
                        opened -> send(caller.user(), conversation, send),
                        refusal -> answeredBefore(caller.user(), conversation, send, refusal));
    }

    /** The recipient may have deleted his account since the same was asked first: that answer holds. */
    private Future<Sent> answeredBefore(UserId sender, ConversationId conversation, Send send, Throwable refusal) {
        if (!(refusal instanceof Rejection rejection)) {
            return Future.failedFuture(refusal);
        }
        return store.find(conversation, sender, send.clientId)
                .map(found -> found.map(transfer -> same(transfer, send)).orElseThrow(() -> rejection.at("to")));
    }

    private Future<Sent> send(UserId sender, ConversationId conversation, Send send) {
        Transfer transfer = new Transfer(
                new TransferId(Id.next()),
                sender,
                send.to,
                send.amount,
                send.note,
                TransferState.PENDING,
                null,
                null,
                null,
                conversation,
                0);
        return timeline.transact(conversation, sender, tx -> store.insert(
                                tx.sql(), transfer, send.clientId, settings.transferLife())
                        .compose(fresh -> fresh
                                ? place(tx, transfer, send.clientId)
                                : store.find(tx.sql(), conversation, sender, send.clientId)
                                        .map(found -> same(found.orElseThrow(), send))))
                .onSuccess(sent -> {
                    if (sent.transfer.equals(transfer.transfer())) {
                        ledger.posted(POSTING, 1, send.amount);
                        changed.accept(sender);
                    }
                });
    }

    private Future<Sent> place(LogTransaction tx, Transfer transfer, String clientId) {
        Posting posting = new Posting(
                POSTING,
                transfer.transfer().value(),
                transfer.from().value(),
                transfer.transfer().value(),
                transfer.amount(),
                transfer.to().value());
        // The log before the accounts, as envelopes lock them.
        return tx.lock(transfer.conversation(), transfer.from())
                .compose(log -> ledger.post(tx.sql(), AccountKind.TRANSFER, posting))
                .compose(none -> dailyLimit.check(tx.sql(), transfer.from()))
                .compose(none -> tx.append(entry(transfer, transfer.from(), clientId, "sent")))
                .compose(appended -> placed(tx, transfer, appended));
    }

    private Future<Sent> placed(LogTransaction tx, Transfer transfer, Appended appended) {
        if (!appended.fresh()) {
            // An entry that is no transfer of ours has the client id, by some chance with the same content.
            throw TimelineErrors.clientIdReused();
        }
        return store.placed(tx.sql(), transfer.transfer(), appended.seq(), appended.at())
                .map(none -> new Sent(transfer.transfer(), appended.seq(), transfer.conversation(), appended.at()));
    }

    private static Sent same(Transfer found, Send send) {
        if (found.amount() != send.amount || !Objects.equals(found.note(), send.note)) {
            throw TimelineErrors.clientIdReused();
        }
        return new Sent(found.transfer(), found.seq(), found.conversation(), found.at());
    }

    /** Somebody else's transfer is as one that there is not. */
    private Future<Void> settle(Principal caller, Which which, Settlement how) {
        return store.find(which.transfer)
                .map(found -> found.filter(transfer -> transfer.to().equals(caller.user()))
                        .orElseThrow(Transfers::notFound))
                .compose(transfer -> settle(transfer, how))
                .map(verdict -> switch (verdict) {
                    case SETTLE, SETTLED_SO -> null;
                    case SETTLED_OTHERWISE ->
                        throw Rejection.conflict(
                                "transfer.settled", "this transfer has been accepted or refused already");
                    case EXPIRED, NOT_DUE ->
                        throw Rejection.conflict("transfer.expired", "the time of this transfer is over");
                });
    }

    private Future<Settlement.Verdict> settle(Transfer transfer, Settlement how) {
        UserId by = how.byRecipient() ? transfer.to() : transfer.from();
        UserId credited = how == Settlement.ACCEPT ? transfer.to() : transfer.from();
        Function<LogTransaction, Future<Settlement.Verdict>> work =
                tx -> store.lock(tx.sql(), transfer.transfer(), how.byRecipient())
                        .compose(locked -> locked.isPresent()
                                ? settle(tx, locked.get(), how, by, credited)
                                // Somebody is settling it at this moment.
                                : Future.succeededFuture(Settlement.Verdict.NOT_DUE));
        // What the server does by itself is not held up by a sender who does much else.
        Future<Settlement.Verdict> settled = how.byRecipient()
                ? timeline.transact(transfer.conversation(), by, work)
                : timeline.transact(transfer.conversation(), work);
        return settled.onSuccess(verdict -> {
            if (verdict == Settlement.Verdict.SETTLE) {
                ledger.posted(how.posting(), 1, transfer.amount());
                changed.accept(credited);
            }
        });
    }

    private Future<Settlement.Verdict> settle(
            LogTransaction tx, Locked locked, Settlement how, UserId by, UserId credited) {
        Transfer transfer = locked.transfer();
        Settlement.Verdict verdict = how.judge(transfer.state(), locked.expired());
        if (verdict != Settlement.Verdict.SETTLE) {
            return Future.succeededFuture(verdict);
        }
        Posting posting = new Posting(
                how.posting(),
                transfer.transfer().value(),
                transfer.transfer().value(),
                credited.value(),
                transfer.amount(),
                (credited.equals(transfer.to()) ? transfer.from() : transfer.to()).value());
        return tx.lock(transfer.conversation(), by)
                .compose(log -> ledger.post(tx.sql(), AccountKind.WALLET, posting))
                .compose(none -> store.settle(tx.sql(), transfer.transfer(), how.end()))
                // The row's state says that it is done: the client id has to be one that nobody can have taken before.
                .compose(none -> tx.appendUnchecked(
                        entry(transfer, by, Id.Text.encode(Id.next()), how.end().text())))
                .map(verdict);
    }

    private Future<Page> list(Principal caller, ListAll list) {
        int limit = list.limit;
        return store.list(caller.user(), list.cursor, limit + 1).map(found -> {
            KeysetPage<Transfer> page = KeysetPage.of(found, limit);
            return new Page(page.items(), page.next(Transfer::transfer));
        });
    }

    /** Gives back what was not accepted in time. Any number of nodes may do it at once. */
    Future<Void> returnDue() {
        return returnDue(null);
    }

    private Future<Void> returnDue(Transfer after) {
        return store.due(after, DUE_BATCH).compose(due -> each(due, Settlement.RETURN)
                .compose(none ->
                        due.size() < DUE_BATCH ? Future.succeededFuture() : returnDue(due.get(due.size() - 1))));
    }

    /** Gives back what waits for somebody whose account is gone. Running it again goes on where it stopped. */
    Future<Void> abandon(UserId recipient) {
        return abandon(recipient, null);
    }

    private Future<Void> abandon(UserId recipient, TransferId after) {
        return store.pendingTo(recipient, after, DUE_BATCH).compose(pending -> {
            Future<?> done = Future.succeededFuture();
            for (Transfer transfer : pending) {
                done = done.compose(none -> settle(transfer, Settlement.ABANDON));
            }
            return done.compose(none -> pending.size() < DUE_BATCH
                    ? Future.succeededFuture()
                    : abandon(recipient, pending.get(pending.size() - 1).transfer()));
        });
    }

    /** One after the other; one that fails does not hold up those behind it, and is due the next time. */
    private Future<Void> each(List<Transfer> transfers, Settlement how) {
        Future<Void> done = Future.succeededFuture();
        for (Transfer transfer : transfers) {
            done = done.compose(none -> settle(transfer, how)
                    .onFailure(failure -> LOG.warn(
                            "the transfer {} could not be given back yet: {}", transfer.transfer(), failure.toString()))
                    .<Void>mapEmpty()
                    .otherwiseEmpty());
        }
        return done;
    }

    private NewEntry entry(Transfer transfer, UserId by, String clientId, String change) {
        Change content = new Change(transfer.transfer(), change, transfer.to(), transfer.amount(), transfer.note());
        String summary = change + " a transfer of " + Fen.text(transfer.amount()) + " " + ledger.currency();
        return new NewEntry(transfer.conversation(), by, clientId, KIND, codec.json(content), summary, null);
    }

    private static Rejection notFound() {
        return Rejection.notFound("transfer.not_found", "there is no such transfer to you")
                .at("transfer");
    }

    private static String noted(String typed) {
        if (typed == null) {
            return null;
        }
        Check.text("note", typed, MAX_NOTE_BYTES);
        try {
            return Check.text("note", SingleLine.of("a note", typed, MAX_NOTE_BYTES), MAX_NOTE_BYTES);
        } catch (Rejection rejection) {
            throw rejection.at("note");
        }
    }
}
