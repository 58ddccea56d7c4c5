package im.hongyan.redenvelope;

import java.time.Duration;

/**
 * The limits of red envelopes, which an operator sets.
 *
 * @param maxShare the maximum amount of a share, in fen
 * @param maxShares the maximum number of shares of an envelope
 * @param maxGreeting the maximum length of a greeting, in characters (code points)
 * @param life how long an envelope can be opened; then the rest is refunded
 */
public record EnvelopeLimits(long maxShare, int maxShares, int maxGreeting, Duration life) {}
