package im.hongyan.gateway;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts the sockets of each client address on this node. Thread-safe. */
final class ConnectionsPerAddress {
    private final GatewayLimits limits;
    private final Map<String, Integer> open = new ConcurrentHashMap<>();

    ConnectionsPerAddress(GatewayLimits limits) {
        this.limits = limits;
    }

    /** @return whether the address may open another socket; then {@link #release} must follow */
    boolean acquire(String address) {
        boolean[] acquired = {false};
        open.compute(address, (key, count) -> {
            int now = count == null ? 0 : count;
            acquired[0] =
                    now < limits.socketsPerAddress() || limits.exemptAddress().test(address);
            return acquired[0] ? Integer.valueOf(now + 1) : count;
        });
        return acquired[0];
    }

    void release(String address) {
        open.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
    }
}
