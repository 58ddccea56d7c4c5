package im.hongyan.redenvelope;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/** An envelope as a user sees it. */
record EnvelopeView(
        EnvelopeId envelope,
        ConversationId conversation,
        UserId sender,
        EnvelopeKind kind,
        String greeting,
        UserId recipient,
        long total,
        int count,
        int taken,
        long takenAmount,
        String state,
        Instant at,
        Instant expiresAt,
        Instant closedAt,
        Long mine,
        List<Opener> openers,
        Long seconds,
        String commitment,
        Proof proof) {
    /** @param best true for the best luck of an exhausted envelope; absent otherwise */
    record Opener(UserId user, long amount, Instant at, Boolean best) {}

    /** Proves that the amounts were fixed when the envelope was sent. */
    record Proof(String seed, String parameters, String nonce, String commitment, List<Long> shares) {}

    static EnvelopeView of(EnvelopeState state, UserId viewer) {
        EnvelopeSpec spec = state.spec();
        List<ClaimedShare> claims = state.claims();
        Instant closedAt = state.isExhausted() ? claims.get(claims.size() - 1).at() : state.refundedAt();
        return new EnvelopeView(
                spec.id(),
                spec.conversation(),
                spec.sender(),
                spec.kind(),
                state.greeting(),
                spec.recipient(),
                state.total(),
                spec.count(),
                claims.size(),
                claims.stream().mapToLong(ClaimedShare::amount).sum(),
                EnvelopeFrames.state(state.isExhausted(), state.isOver()),
                state.at(),
                spec.expiresAt(),
                closedAt,
                amountOf(viewer, claims),
                openers(state),
                state.isExhausted() ? Duration.between(state.at(), closedAt).toSeconds() : null,
                HexFormat.of().formatHex(state.commitment()),
                state.isClosed() ? proof(state) : null);
    }

    private static Long amountOf(UserId user, List<ClaimedShare> claims) {
        return claims.stream()
                .filter(claim -> claim.user().equals(user))
                .map(ClaimedShare::amount)
                .findFirst()
                .orElse(null);
    }

    private static List<Opener> openers(EnvelopeState state) {
        ClaimedShare best = bestLuck(state);
        return state.claims().stream()
                .map(claim -> new Opener(claim.user(), claim.amount(), claim.at(), claim.equals(best) ? true : null))
                .toList();
    }

    /** The largest share of an exhausted lucky envelope; of several, the one that was claimed first. */
    private static ClaimedShare bestLuck(EnvelopeState state) {
        if (state.spec().kind() != EnvelopeKind.LUCKY
                || !state.isExhausted()
                || state.spec().count() == 1) {
            return null;
        }
        return state.claims().stream()
                .max(Comparator.comparingLong(ClaimedShare::amount)
                        .thenComparing(Comparator.comparing(ClaimedShare::at)
                                .thenComparing(ClaimedShare::idx)
                                .reversed()))
                .orElse(null);
    }

    private static Proof proof(EnvelopeState state) {
        return new Proof(
                HexFormat.of().formatHex(state.seed()),
                state.parameters(),
                state.nonce(),
                HexFormat.of().formatHex(state.commitment()),
                state.shares());
    }
}
