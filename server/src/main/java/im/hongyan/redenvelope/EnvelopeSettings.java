package im.hongyan.redenvelope;

import im.hongyan.config.SettingsReader;
import java.time.Duration;

/**
 * The bounds of an envelope that an operator sets.
 *
 * @param maxShare the largest amount per share, in fen
 * @param maxShares the maximum number of shares of an envelope
 * @param maxGreeting the longest greeting, in code points
 * @param expiry how long an envelope can be opened before the rest is refunded
 */
public record EnvelopeSettings(long maxShare, int maxShares, int maxGreeting, Duration expiry) {
    /** The settings {@code envelope.*}. */
    static EnvelopeSettings read(SettingsReader settings) {
        return new EnvelopeSettings(
                settings.number(
                        "envelope.max-share-fen", 20_000, 1, 100_000_000, "The largest amount per share, in fen."),
                settings.number("envelope.max-shares", 100, 1, 1_000, "The maximum number of shares of an envelope."),
                settings.number("envelope.max-greeting-characters", 25, 4, 200, "The longest greeting, in characters."),
                Duration.ofSeconds(settings.number(
                        "envelope.expiry-seconds",
                        86_400,
                        1,
                        2_592_000,
                        "How long an envelope can be opened before the rest is refunded to its sender.")));
    }
}
