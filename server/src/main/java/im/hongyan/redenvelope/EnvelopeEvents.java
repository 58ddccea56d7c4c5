package im.hongyan.redenvelope;

import im.hongyan.delivery.Delivery;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.EnvelopeFrames.Direction;
import im.hongyan.redenvelope.EnvelopeStore.NewEnvelope;
import im.hongyan.redenvelope.RefundStore.Refund;
import im.hongyan.wallet.Wallet;
import java.util.List;

/**
 * What happens after a commit: pushes to the sender and the openers, metrics of the ledger, and updates of caches.
 * Pushes are hints; clients read the state with {@code envelope.view}.
 */
final class EnvelopeEvents implements ClaimResults.Listener {
    private final FrameCodec codec;
    private final Delivery delivery;
    private final EnvelopeAccess access;
    private final Wallet wallet;
    private final EnvelopeSubscriptions subscriptions;
    private final EnvelopeHistory history;

    EnvelopeEvents(
            FrameCodec codec,
            Delivery delivery,
            EnvelopeAccess access,
            Wallet wallet,
            EnvelopeSubscriptions subscriptions,
            EnvelopeHistory history) {
        this.codec = codec;
        this.delivery = delivery;
        this.access = access;
        this.wallet = wallet;
        this.subscriptions = subscriptions;
        this.history = history;
    }

    void register(FrameRoutes routes) {
        routes.declarePush("envelope.opened", EnvelopeFrames.Openings.class)
                .declarePush("envelope.closed", EnvelopeFrames.Closed.class);
    }

    void sent(NewEnvelope envelope) {
        wallet.ledger().posted(RedEnvelopeKinds.SEND, 1, envelope.split().total());
        wallet.balanceChanged(envelope.sender());
        history.changed(envelope.sender(), Direction.SENT);
    }

    @Override
    public void claimed(EnvelopeSpec envelope, List<ClaimedShare> shares, int taken, long remaining) {
        subscriptions.touch(envelope.id());
        wallet.ledger()
                .posted(
                        RedEnvelopeKinds.CLAIM,
                        shares.size(),
                        shares.stream().mapToLong(ClaimedShare::amount).sum());
        toSender(envelope, shares, taken, remaining == 0);
        for (ClaimedShare share : shares) {
            if (!share.user().equals(envelope.sender())) {
                delivery.toUser(share.user(), opened(envelope, List.of(share), taken));
            }
        }
        for (ClaimedShare share : shares) {
            history.changed(share.user(), Direction.RECEIVED);
        }
    }

    void refunded(List<Refund> refunds) {
        for (Refund refund : refunds) {
            if (refund.amount() > 0) {
                wallet.ledger().posted(RedEnvelopeKinds.REFUND, 1, refund.amount());
                delivery.toUser(refund.sender(), closed(refund.envelope(), false));
                wallet.balanceChanged(refund.sender());
            }
        }
    }

    /** A sender who has left the conversation does not see later openings. */
    private void toSender(EnvelopeSpec envelope, List<ClaimedShare> shares, int taken, boolean exhausted) {
        UserId sender = envelope.sender();
        access.audience(envelope.id(), List.of(sender)).onSuccess(audience -> {
            if (audience.contains(sender)) {
                delivery.toUser(sender, opened(envelope, shares, taken));
                if (exhausted) {
                    delivery.toUser(sender, closed(envelope.id(), true));
                }
            }
        });
    }

    private Frame opened(EnvelopeSpec envelope, List<ClaimedShare> shares, int taken) {
        return codec.push(
                "envelope.opened", EnvelopeFrames.Openings.of(envelope, shares, taken), Frame.DropPolicy.SILENTLY);
    }

    private Frame closed(EnvelopeId id, boolean exhausted) {
        return codec.push(
                "envelope.closed",
                new EnvelopeFrames.Closed(id, EnvelopeFrames.state(exhausted, true)),
                Frame.DropPolicy.SILENTLY);
    }
}
