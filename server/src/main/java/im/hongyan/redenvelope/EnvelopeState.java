package im.hongyan.redenvelope;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * An envelope and its claims at one moment.
 *
 * @param now that moment, by PostgreSQL's clock
 * @param refundedAt when the rest went back to the sender; null before
 * @param claims in the order of opening
 */
record EnvelopeState(
        Instant now,
        EnvelopeSpec spec,
        String greeting,
        long total,
        Instant at,
        Instant refundedAt,
        byte[] seed,
        String parameters,
        String nonce,
        byte[] commitment,
        List<Long> shares,
        List<ClaimedShare> claims) {
    /** After the expiry the refund may take this long; a client that watches the envelope still learns of it. */
    private static final Duration REFUND_DELAY = Duration.ofMinutes(5);

    boolean isExhausted() {
        return claims.size() == spec.count();
    }

    /** No share can be taken any more, and the seed may be published. */
    boolean isClosed() {
        return isExhausted() || refundedAt != null;
    }

    boolean isOver() {
        return isClosed() || !now.isBefore(spec.expiresAt());
    }

    /** Whether there can still be news of this envelope, so that watching it is useful. */
    boolean canChange() {
        return !isClosed() && now.isBefore(spec.expiresAt().plus(REFUND_DELAY));
    }

    /** The state at an earlier moment. */
    EnvelopeState asOf(Instant then) {
        return new EnvelopeState(
                then,
                spec,
                greeting,
                total,
                at,
                refundedAt == null || refundedAt.isAfter(then) ? null : refundedAt,
                seed,
                parameters,
                nonce,
                commitment,
                shares,
                claims.stream().filter(claim -> !claim.at().isAfter(then)).toList());
    }
}
