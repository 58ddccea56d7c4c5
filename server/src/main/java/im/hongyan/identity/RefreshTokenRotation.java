package im.hongyan.identity;

import java.time.Duration;
import java.time.Instant;

/**
 * What a refresh token brings about, given what the database knows of its session. Pure: no time but the one given, no
 * store.
 */
sealed interface RefreshTokenRotation {
    /**
     * How long a token that has just been replaced still answers the same successor: for two tabs that refresh at once,
     * and for an answer that was lost on its way.
     */
    Duration GRACE = Duration.ofMinutes(2);

    /** Replace the token by its successor. */
    record Rotate(RefreshToken successor, byte[] nonce) implements RefreshTokenRotation {}

    /** The predecessor once more: answer as at {@code rotatedAt}. */
    record Repeat(RefreshToken successor, Instant rotatedAt) implements RefreshTokenRotation {}

    /** A token that had its time: somebody has a copy. The session ends for both. */
    record Reused() implements RefreshTokenRotation {}

    record Expired() implements RefreshTokenRotation {}

    /** Not one of ours, or of a history that a restored backup does not know. */
    record Unknown() implements RefreshTokenRotation {}

    /**
     * @param generation of the token in use, from 0
     * @param hash of the token in use
     * @param nonce that the token in use was derived with; null for the first
     * @param rotatedAt when the token in use was given out
     */
    record State(int generation, byte[] hash, byte[] nonce, byte[] tagKey, Instant rotatedAt, Instant expiresAt) {}

    static RefreshTokenRotation of(State state, RefreshToken presented, Instant now) {
        if (!presented.genuine(state.tagKey())) {
            return new Unknown();
        }
        if (!now.isBefore(state.expiresAt())) {
            return new Expired();
        }
        int age = state.generation() - presented.generation();
        if (age == 0) {
            return presented.hasHash(state.hash()) ? rotate(state, presented) : new Unknown();
        }
        if (age == 1 && now.isBefore(state.rotatedAt().plus(GRACE))) {
            RefreshToken successor = presented.successor(state.nonce(), state.tagKey());
            return successor.hasHash(state.hash()) ? new Repeat(successor, state.rotatedAt()) : new Reused();
        }
        return age > 0 ? new Reused() : new Unknown();
    }

    private static RefreshTokenRotation rotate(State state, RefreshToken presented) {
        byte[] nonce = Digests.random(32);
        return new Rotate(presented.successor(nonce, state.tagKey()), nonce);
    }
}
