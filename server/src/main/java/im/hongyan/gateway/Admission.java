package im.hongyan.gateway;

import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.Rejection;

/**
 * Decides whether this node accepts another socket: not while it drains, and not beyond the limits per node and per
 * address. Thread-safe.
 */
final class Admission {
    private static final long BUSY_RETRY_MS = 2_000;

    private final Sockets sockets;
    private final GatewayLimits limits;
    private final AddressLimit perAddress;
    private volatile boolean draining;

    Admission(Sockets sockets, GatewayLimits limits) {
        this.sockets = sockets;
        this.limits = limits;
        this.perAddress = new AddressLimit(limits.socketsPerAddress(), limits.exemptAddress());
    }

    void startDraining() {
        draining = true;
    }

    boolean isDraining() {
        return draining;
    }

    /** @throws Rejection if this node accepts no socket at the moment */
    void checkNode() {
        if (draining) {
            throw Rejection.unavailable("draining", "this node is shutting down", 100);
        }
        if (sockets.count() >= limits.socketsPerNode()) {
            throw Rejection.unavailable("node.full", "this node has no free socket", BUSY_RETRY_MS);
        }
    }

    /**
     * Counts a socket of the address; {@link #release} must follow.
     *
     * @throws Rejection if the address has too many sockets
     */
    void acquire(String address) {
        if (!perAddress.acquire(address)) {
            throw Rejection.limited("sockets.per_address", "too many sockets from this address", BUSY_RETRY_MS);
        }
    }

    void release(String address) {
        perAddress.release(address);
    }
}
