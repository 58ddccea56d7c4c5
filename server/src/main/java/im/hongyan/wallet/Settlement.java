package im.hongyan.wallet;

/** The ways for a transfer to end, and which of them is open to it: there is one end for each. */
enum Settlement {
    /** By the recipient, in time. */
    ACCEPT(TransferState.ACCEPTED, "transfer_accept"),
    /** By the recipient, in time. */
    REFUSE(TransferState.REFUSED, "transfer_return"),
    /** By the server, when the time is over. */
    RETURN(TransferState.RETURNED, "transfer_return"),
    /** By the server, when the recipient's account is gone. */
    ABANDON(TransferState.RETURNED, "transfer_return");

    enum Verdict {
        SETTLE,
        /** It has ended so before: this is a retry. */
        SETTLED_SO,
        SETTLED_OTHERWISE,
        EXPIRED,
        NOT_DUE
    }

    private final TransferState end;
    private final String posting;

    Settlement(TransferState end, String posting) {
        this.end = end;
        this.posting = posting;
    }

    TransferState end() {
        return end;
    }

    /** The kind of the posting that it is. */
    String posting() {
        return posting;
    }

    boolean byRecipient() {
        return this == ACCEPT || this == REFUSE;
    }

    /** @param expired whether the time is over, by the database's clock, under the transfer's lock */
    Verdict judge(TransferState state, boolean expired) {
        if (state == end) {
            return Verdict.SETTLED_SO;
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
