package im.hongyan.wallet;

import im.hongyan.timeline.EntryKind;
import im.hongyan.wallet.PostingKind.Purpose;
import java.util.List;

/** The kinds of accounts, postings and entries that the wallet owns. */
final class WalletKinds {
    /** An account that holds the money of a pending transfer. */
    static final AccountKind TRANSFER_ACCOUNT = new AccountKind("transfer");

    static final PostingKind TOP_UP = new PostingKind("topup", AccountKind.WALLET, Purpose.OTHER);
    static final PostingKind TRANSFER = new PostingKind("transfer", TRANSFER_ACCOUNT, Purpose.SEND);
    static final PostingKind TRANSFER_ACCEPT = new PostingKind("transfer_accept", AccountKind.WALLET, Purpose.RECEIVE);
    static final PostingKind TRANSFER_RETURN = new PostingKind("transfer_return", AccountKind.WALLET, Purpose.OTHER);

    static final List<PostingKind> POSTINGS = List.of(TOP_UP, TRANSFER, TRANSFER_ACCEPT, TRANSFER_RETURN);

    static final EntryKind TRANSFER_ENTRY = new EntryKind("transfer", true, true);

    private WalletKinds() {}

    static void register(Ledger ledger) {
        ledger.register(AccountKind.WALLET);
        ledger.register(TRANSFER_ACCOUNT);
        POSTINGS.forEach(ledger::register);
    }
}
