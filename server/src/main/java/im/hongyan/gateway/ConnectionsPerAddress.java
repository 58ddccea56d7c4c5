package im.hongyan.gateway;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts the sockets of each client address on this node. Thread-safe. */
final class ConnectionsPerAddress {
    private final GatewayOptions options;
    private final Map<String, Integer> open = new ConcurrentHashMap<>();

    ConnectionsPerAddress(GatewayOptions options) {
        this.options = options;
    }

    /** @return whether the address may open one more; then {@link #leave} must follow */
    boolean enter(String address) {
        boolean[] entered = {false};
        open.compute(address, (key, count) -> {
            int now = count == null ? 0 : count;
            entered[0] =
                    now < options.socketsPerAddress() || options.unlimited().test(address);
            return entered[0] ? Integer.valueOf(now + 1) : count;
        });
        return entered[0];
    }

    void leave(String address) {
        open.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
    }
}
