package im.hongyan.wallet;

/** The ways to end a transfer, and when each is allowed. A transfer ends once. */
enum Settlement {
    /** By the recipient, before the transfer expires. */
    ACCEPT(TransferState.ACCEPTED),
    /** By the recipient, before the transfer expires. */
    REFUSE(TransferState.REFUSED),
    /** By the server, after the transfer has expired. */
    RETURN(TransferState.RETURNED),
    /** By the server, after the recipient's account was deleted. */
    ABANDON(TransferState.RETURNED);

    enum Verdict {
        SETTLE,
        /** It has ended in the same way: this is a retry. */
        ALREADY_SETTLED,
        SETTLED_OTHERWISE,
        EXPIRED,
        NOT_DUE
    }

    private final TransferState end;

    Settlement(TransferState end) {
        this.end = end;
    }

    TransferState end() {
        return end;
    }

    PostingKind posting() {
        return this == ACCEPT ? WalletKinds.TRANSFER_ACCEPT : WalletKinds.TRANSFER_RETURN;
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
