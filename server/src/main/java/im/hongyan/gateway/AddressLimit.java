package im.hongyan.gateway;

import im.hongyan.async.ConcurrencyLimit;
import im.hongyan.protocol.ClientNetwork;
import java.util.function.Predicate;

/** Bounds what each client address may have open on this node; see {@link ClientNetwork} for IPv6. Thread-safe. */
final class AddressLimit {
    private final ConcurrencyLimit<String> open = new ConcurrencyLimit<>();
    private final int max;
    private final Predicate<String> exempt;

    AddressLimit(int max, Predicate<String> exempt) {
        this.max = max;
        this.exempt = exempt;
    }

    /** @return whether the address may open another one; then {@link #release} must follow */
    boolean acquire(String address) {
        ClientNetwork network = ClientNetwork.of(address);
        boolean unlimited = exempt.test(address);
        if (!open.acquire(network.narrow(), unlimited ? Integer.MAX_VALUE : max)) {
            return false;
        }
        long wide = unlimited ? Integer.MAX_VALUE : (long) max * ClientNetwork.WIDE_ALLOWANCE;
        if (network.hasWide() && !open.acquire(network.wide(), (int) Math.min(wide, Integer.MAX_VALUE))) {
            open.release(network.narrow());
            return false;
        }
        return true;
    }

    void release(String address) {
        ClientNetwork network = ClientNetwork.of(address);
        open.release(network.narrow());
        if (network.hasWide()) {
            open.release(network.wide());
        }
    }
}
