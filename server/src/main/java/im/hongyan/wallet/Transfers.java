package im.hongyan.wallet;

import im.hongyan.protocol.Check;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.SingleLine;
import im.hongyan.protocol.UserId;
import im.hongyan.store.KeysetPage;
import im.hongyan.timeline.Appended;
import im.hongyan.timeline.Conversations;
import im.hongyan.timeline.LogTransaction;
import im.hongyan.timeline.Timeline;
import im.hongyan.timeline.TimelineErrors;
import im.hongyan.wallet.TransferStore.Transfer;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Transfers from one user to another, who accepts or refuses. Until then the money is in an account of its own; after
 * {@link WalletSettings#transferLife} it returns to the sender. Sending is one transaction: the transfer's row, the
 * posting, and an entry in the direct conversation. {@link TransferSettlement} ends transfers.
 */
final class Transfers {
    private static final int MAX_NOTE_BYTES = 256;
    private static final long MAX_AMOUNT = (1L << 53) - 1;
    private static final int DEFAULT_PAGE = 50;
    private static final int MAX_PAGE = 100;

    record Send(UserId to, Long amount, String clientId, String note) {
        public Send {
            Check.present("to", to);
            Check.range("amount", amount, 1, MAX_AMOUNT);
            Check.clientId(clientId);
            note = checkedNote(note);
        }
    }

    record Sent(TransferId transfer, long seq, ConversationId conversation, Instant at) {}

    record ById(TransferId transfer) {
        public ById {
            Check.present("transfer", transfer);
        }
    }

    record ListTransfers(TransferId cursor, Integer limit) {
        public ListTransfers {
            limit = Check.limit(limit, DEFAULT_PAGE, MAX_PAGE);
        }
    }

    record Page(List<Transfer> transfers, TransferId cursor) {}

    private final Timeline timeline;
    private final Conversations conversations;
    private final Ledger ledger;
    private final TransferStore store;
    private final TransferEntries entries;
    private final WalletSettings settings;
    private final Consumer<UserId> balanceChanged;
    private final TransferSettlement settlement;

    /** @param balanceChanged called after the commit for each user whose balance changed */
    Transfers(
            Timeline timeline,
            Conversations conversations,
            Ledger ledger,
            TransferStore store,
            TransferEntries entries,
            WalletSettings settings,
            Consumer<UserId> balanceChanged) {
        this.timeline = timeline;
        this.conversations = conversations;
        this.ledger = ledger;
        this.store = store;
        this.entries = entries;
        this.settings = settings;
        this.balanceChanged = balanceChanged;
        settlement = new TransferSettlement(timeline, ledger, store, entries, balanceChanged);
    }

    void register(FrameRoutes routes) {
        routes.on("wallet.transfer", Send.class, Sent.class, this::send)
                .on("wallet.accept", ById.class, Void.class, (caller, one) -> settle(caller, one, Settlement.ACCEPT))
                .on("wallet.refuse", ById.class, Void.class, (caller, one) -> settle(caller, one, Settlement.REFUSE))
                .on("wallet.transfers", ListTransfers.class, Page.class, this::list);
        timeline.kinds().register(routes, WalletKinds.TRANSFER_ENTRY, TransferEntries.Change.class);
    }

    TransferSettlement settlement() {
        return settlement;
    }

    private Future<Sent> send(Principal caller, Send send) {
        if (send.amount > settings.maxTransfer()) {
            throw Rejection.field(
                    "amount",
                    "field.out_of_range",
                    "the maximum amount of a transfer is " + settings.maxTransfer() + " fen");
        }
        ConversationId conversation = Conversations.directId(caller.user(), send.to);
        return conversations
                .direct(caller.user(), send.to)
                .compose(
                        opened -> send(caller.user(), conversation, send),
                        failure -> firstAnswer(caller.user(), conversation, send, failure));
    }

    /** A retry gets the first answer, even if the recipient has deleted their account since then. */
    private Future<Sent> firstAnswer(UserId sender, ConversationId conversation, Send send, Throwable failure) {
        if (!(failure instanceof Rejection rejection)) {
            return Future.failedFuture(failure);
        }
        return store.find(conversation, sender, send.clientId)
                .map(found -> found.map(first -> answer(first, send)).orElseThrow(() -> rejection.at("to")));
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
                                ? append(tx, transfer, send.clientId)
                                : store.find(tx.sql(), conversation, sender, send.clientId)
                                        .map(first -> answer(first.orElseThrow(), send))))
                .onSuccess(sent -> {
                    if (sent.transfer.equals(transfer.transfer())) {
                        ledger.posted(WalletKinds.TRANSFER, 1, send.amount);
                        balanceChanged.accept(sender);
                    }
                });
    }

    /** Locks the conversation before the accounts, in the same order as all other transactions that need both. */
    private Future<Sent> append(LogTransaction tx, Transfer transfer, String clientId) {
        Posting posting = new Posting(
                WalletKinds.TRANSFER,
                transfer.transfer().value(),
                transfer.from().value(),
                transfer.transfer().value(),
                transfer.amount(),
                transfer.to().value());
        return tx.lock(transfer.conversation(), transfer.from())
                .compose(log -> ledger.post(tx.sql(), posting))
                .compose(none -> tx.append(entries.sent(transfer, clientId)))
                .compose(appended -> appended(tx, transfer, appended));
    }

    private Future<Sent> appended(LogTransaction tx, Transfer transfer, Appended appended) {
        if (!appended.fresh()) {
            // Another entry, which is no transfer, has used the client id with the same content.
            throw TimelineErrors.clientIdReused();
        }
        return store.setSeq(tx.sql(), transfer.transfer(), appended.seq(), appended.at())
                .map(none -> new Sent(transfer.transfer(), appended.seq(), transfer.conversation(), appended.at()));
    }

    private static Sent answer(Transfer first, Send retry) {
        if (first.amount() != retry.amount || !Objects.equals(first.note(), retry.note)) {
            throw TimelineErrors.clientIdReused();
        }
        return new Sent(first.transfer(), first.seq(), first.conversation(), first.at());
    }

    /** A transfer to another user is not found, so that an answer does not reveal that it exists. */
    private Future<Void> settle(Principal caller, ById request, Settlement how) {
        return store.find(request.transfer)
                .map(found -> found.filter(transfer -> transfer.to().equals(caller.user()))
                        .orElseThrow(Transfers::notFound))
                .compose(transfer -> settlement.settle(transfer, how))
                .map(verdict -> switch (verdict) {
                    case SETTLE, ALREADY_SETTLED -> null;
                    case SETTLED_OTHERWISE ->
                        throw Rejection.conflict(
                                "transfer.settled", "this transfer has already been accepted or refused");
                    case EXPIRED, NOT_DUE -> throw Rejection.conflict("transfer.expired", "this transfer has expired");
                });
    }

    private Future<Page> list(Principal caller, ListTransfers list) {
        int limit = list.limit;
        return store.list(caller.user(), list.cursor, limit + 1).map(found -> {
            KeysetPage<Transfer> page = KeysetPage.of(found, limit);
            return new Page(page.items(), page.next(Transfer::transfer));
        });
    }

    private static Rejection notFound() {
        return Rejection.notFound("transfer.not_found", "there is no such transfer to you")
                .at("transfer");
    }

    private static String checkedNote(String note) {
        if (note == null) {
            return null;
        }
        Check.text("note", note, MAX_NOTE_BYTES);
        try {
            return Check.text("note", SingleLine.of("a note", note, MAX_NOTE_BYTES), MAX_NOTE_BYTES);
        } catch (Rejection rejection) {
            throw rejection.at("note");
        }
    }
}
