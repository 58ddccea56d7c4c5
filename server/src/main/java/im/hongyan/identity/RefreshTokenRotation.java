package im.hongyan.identity;

import java.time.Instant;

/**
 * Decides what a presented refresh token leads to, from the state of its session. A pure function.
 */
sealed interface RefreshTokenRotation {
    /** Replace the token with its successor. */
    record Rotate(RefreshToken successor, byte[] nonce) implements RefreshTokenRotation {}

    /**
     * The direct predecessor again: repeat the answer given at {@code rotatedAt}. Two tabs refreshed at once, or the
     * answer was lost; the device may notice only days later. This ends when the successor is used.
     */
    record Repeat(RefreshToken successor, Instant rotatedAt) implements RefreshTokenRotation {}

    /** An older token, so there is a copy of it. The session ends for both holders. */
    record Reused() implements RefreshTokenRotation {}

    record Expired() implements RefreshTokenRotation {}

    /** Not issued by this server, or issued after the backup that was restored. */
    record Unknown() implements RefreshTokenRotation {}

    /**
     * @param generation of the current token, from 0
     * @param hash of the current token
     * @param nonce from which the current token was derived; null for the first
     * @param rotatedAt when the current token was issued
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
        if (age == 1) {
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
