package im.hongyan.wallet;

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

    boolean sandbox() {
        return provider.filter(named -> named.name().equals(SandboxProvider.NAME))
                .isPresent();
    }
}
