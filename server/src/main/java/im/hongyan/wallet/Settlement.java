package im.hongyan.wallet;

/** The ways to end a transfer, and when each is allowed. A transfer ends once. */
enum Settlement {
    /** By the recipient, before the transfer expires. */
    ACCEPT(TransferState.ACCEPTED, WalletKinds.TRANSFER_ACCEPT),
    /** By the recipient, before the transfer expires. */
    REFUSE(TransferState.REFUSED, WalletKinds.TRANSFER_RETURN),
    /** By the server, after the transfer has expired. */
    RETURN(TransferState.RETURNED, WalletKinds.TRANSFER_RETURN),
    /** By the server, after the recipient's account was deleted. */
    ABANDON(TransferState.RETURNED, WalletKinds.TRANSFER_RETURN);

    enum Verdict {
        SETTLE,
        /** It has ended in the same way: this is a retry. */
        ALREADY_SETTLED,
        SETTLED_OTHERWISE,
        EXPIRED,
        NOT_DUE
    }

    private final TransferState end;
    private final PostingKind posting;

    Settlement(TransferState end, PostingKind posting) {
        this.end = end;
        this.posting = posting;
    }

    TransferState end() {
        return end;
    }

    PostingKind posting() {
        return posting;
    }

    boolean byRecipient() {
        return this == ACCEPT || this == REFUSE;
    }

    /** @param expired by the database's clock, while the transfer is locked */
    Verdict judge(TransferState state, boolean expired) {
        if (state == end) {
            return Verdict.ALREADY_SETTLED;
        }
        return switch (state) {
            case PENDING -> {
                if (byRecipient() && expired) {
                    yield Verdict.EXPIRED;
                }
                yield this == RETURN && !expired ? Verdict.NOT_DUE : Verdict.SETTLE;
            }
            case RETURNED -> Verdict.EXPIRED;
            case ACCEPTED, REFUSED -> Verdict.SETTLED_OTHERWISE;
        };
    }
}
