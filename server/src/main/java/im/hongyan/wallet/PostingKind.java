package im.hongyan.wallet;

import java.util.Objects;

/**
 * A kind of posting. The feature that owns the kind inserts it into {@code posting_kind} in a migration and registers
 * it with {@link Ledger#register(PostingKind)}. The owner of a {@link Purpose#SEND} kind also creates a partial index
 * on {@code posting (debit, at)} for it, which the daily limit reads.
 *
 * @param name as it is stored and as the protocol shows it in a statement
 * @param opens the kind of the credited account if the posting opens it
 */
public record PostingKind(String name, AccountKind opens, Purpose purpose) {
    /** What a posting means for the user whose wallet it changes. */
    public enum Purpose {
        /** The user sends money, which counts towards the daily limit even if it comes back later. */
        SEND,
        /** The user receives money that another user, the posting's peer, sent. */
        RECEIVE,
        /** Money that comes from outside or comes back. */
        OTHER
    }

    public PostingKind {
        KindRegistry.checkName(name);
        Objects.requireNonNull(opens);
        Objects.requireNonNull(purpose);
    }
}
