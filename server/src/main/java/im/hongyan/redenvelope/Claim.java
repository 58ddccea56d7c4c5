package im.hongyan.redenvelope;

import im.hongyan.protocol.UserId;
import java.time.Instant;

/** What people have and want of envelopes. */
final class Claim {
    private Claim() {}

    /**
     * Somebody is to have a share.
     *
     * @param idx the one that the gate gave; null for any that is free
     */
    record Wanted(EnvelopeId envelope, UserId user, Integer idx) {
        Wanted {
            java.util.Objects.requireNonNull(envelope);
            java.util.Objects.requireNonNull(user);
        }
    }

    /** Somebody has a share. */
    record Taken(UserId user, int idx, long amount, Instant at) {}

    /** What PostgreSQL says of a wish. */
    sealed interface Outcome {
        /**
         * @param fresh false if it was claimed before: the same answer again
         * @param taken shares of the envelope that are claimed
         * @param remaining fen that are left in the envelope
         */
        record Has(Taken share, boolean fresh, int taken, long remaining) implements Outcome {}

        /** The index is somebody else's, or there is none such: the gate errs. */
        record NotThatOne() implements Outcome {}

        /** Asked without an index: all shares are claimed. */
        record Empty() implements Outcome {}

        record Expired() implements Outcome {}

        record Refused(Refusal why) implements Outcome {}
    }

    /** Who may not open an envelope. */
    enum Refusal {
        NOT_FOUND,
        NOT_RECIPIENT,
        OWN
    }
}
