package im.hongyan.redenvelope;

/** PostgreSQL's answer to a {@link ClaimRequest}. */
sealed interface ClaimOutcome {
    /**
     * The user has a share.
     *
     * @param fresh whether this batch has claimed it, in any of its attempts; false if the user had it before
     * @param taken the number of claimed shares of the envelope
     * @param remaining what is left in the envelope, in fen
     */
    record Claimed(ClaimedShare share, boolean fresh, int taken, long remaining) implements ClaimOutcome {}

    /** Another user has the share of the requested index, or the index does not exist: the allocator is wrong. */
    record IndexTaken() implements ClaimOutcome {}

    /** All shares are claimed. Only for a request without an index. */
    record Exhausted() implements ClaimOutcome {}

    record Expired() implements ClaimOutcome {}

    /** The user may not open the envelope. */
    record Refused(Refusal why) implements ClaimOutcome {}

    /** Why a user may not open an envelope. */
    enum Refusal {
        NOT_FOUND,
        NOT_RECIPIENT,
        OWN
    }
}
