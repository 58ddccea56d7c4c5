package im.hongyan.wallet;

import im.hongyan.delivery.Delivery;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoreUnavailable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pushes a user's new balance to all of the user's devices. */
final class WalletNotifier {
    private static final Logger LOG = LoggerFactory.getLogger(WalletNotifier.class);

    /** The push {@code wallet}. */
    record BalanceChanged(long balance, long revision) {}

    private final FrameCodec codec;
    private final Delivery delivery;
    private final WalletStore store;

    WalletNotifier(FrameCodec codec, Delivery delivery, WalletStore store) {
        this.codec = codec;
        this.delivery = delivery;
        this.store = store;
    }

    void register(FrameRoutes routes) {
        routes.declarePush("wallet", BalanceChanged.class);
    }

    /** Call after the commit. Best effort: a client reads its balance again after a reconnect. */
    void balanceChanged(UserId user) {
        store.balance(user)
                .onSuccess(held -> delivery.toUser(
                        user,
                        codec.push(
                                "wallet",
                                new BalanceChanged(held.balance(), held.revision()),
                                Frame.DropPolicy.THEN_SYNC)))
                .onFailure(WalletNotifier::log);
    }

    private static void log(Throwable failure) {
        if (failure instanceof StoreUnavailable) {
            LOG.debug("a new balance could not be pushed: {}", failure.toString());
        } else {
            LOG.error("a new balance could not be pushed", failure);
        }
    }
}
