package im.hongyan.redenvelope;

import im.hongyan.timeline.EntryKind;
import im.hongyan.wallet.AccountKind;
import im.hongyan.wallet.Ledger;
import im.hongyan.wallet.PostingKind;
import im.hongyan.wallet.PostingKind.Purpose;
import java.util.List;

/** The kinds of accounts, postings and entries that red envelopes own. */
final class RedEnvelopeKinds {
    /** An account that holds the money that is left in an envelope. */
    static final AccountKind ACCOUNT = new AccountKind("envelope");

    static final PostingKind SEND = new PostingKind("envelope", ACCOUNT, Purpose.SEND);
    static final PostingKind CLAIM = new PostingKind("envelope_claim", AccountKind.WALLET, Purpose.RECEIVE);
    static final PostingKind REFUND = new PostingKind("envelope_refund", AccountKind.WALLET, Purpose.OTHER);

    static final List<PostingKind> POSTINGS = List.of(SEND, CLAIM, REFUND);

    static final EntryKind ENTRY = new EntryKind("envelope", true, true);

    private RedEnvelopeKinds() {}

    static void register(Ledger ledger) {
        ledger.register(ACCOUNT);
        POSTINGS.forEach(ledger::register);
    }
}
