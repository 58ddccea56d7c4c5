package im.hongyan.wallet;

import im.hongyan.config.SettingsReader;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of the wallet. Amounts are in fen.
 *
 * @param currency the currency of all postings, as it is shown to users
 * @param provider pays top-ups; if absent, users cannot top up
 * @param maxDaily the maximum amount that a user may send within 24 hours
 * @param transferLife how long a transfer can be accepted; then it is returned
 */
public record WalletSettings(
        String currency,
        Optional<PaymentProvider> provider,
        long maxTopUp,
        int topUpsPerDay,
        long maxTransfer,
        long maxDaily,
        Duration transferLife) {

    /** The settings {@code wallet.*}. Another payment provider than the sandbox is named here. */
    static WalletSettings read(SettingsReader settings) {
        String currency = settings.text(
                "wallet.currency",
                "points",
                text -> text.matches("[\\p{L}\\p{N}\\p{Sc}][\\p{L}\\p{N}\\p{Sc} .-]{0,15}"),
                "needs 1 to 16 letters, digits and currency signs",
                "The name of the currency. It cannot change once the ledger has postings.");
        boolean sandbox = settings.flag(
                "wallet.sandbox", !settings.production(), "Allows top-ups of play money from the built-in provider.");
        return new WalletSettings(
                currency,
                sandbox ? Optional.of(SandboxProvider.INSTANCE) : Optional.empty(),
                settings.number("wallet.max-top-up-fen", 1_000_000, 1, 1_000_000_000, "The largest top-up, in fen."),
                settings.number(
                        "wallet.max-top-ups-per-day",
                        settings.production() ? 20 : 10_000,
                        1,
                        1_000_000,
                        "The maximum number of top-ups of a user within 24 hours."),
                settings.number(
                        "wallet.max-transfer-fen", 1_000_000, 1, 1_000_000_000, "The largest transfer, in fen."),
                settings.number(
                        "wallet.max-daily-fen",
                        5_000_000,
                        1,
                        2_000_000_000,
                        "The maximum amount that a user may send within 24 hours, in fen, by all features together."),
                Duration.ofSeconds(settings.number(
                        "wallet.transfer-expiry-seconds",
                        86_400,
                        1,
                        2_592_000,
                        "How long a transfer waits for its recipient before it is returned.")));
    }

    boolean sandbox() {
        return provider.filter(named -> named.name().equals(SandboxProvider.NAME))
                .isPresent();
    }
}
