package im.hongyan.wallet;

import java.time.Duration;
import java.util.Optional;

/**
 * What an operator decides of the wallet; amounts are in fen.
 *
 * @param currency of all postings, as it is shown
 * @param provider where money comes from; absent means that nobody can top up
 * @param maxDaily what a person may send within 24 hours
 * @param transferLife until a transfer that was not accepted goes back
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
