package im.hongyan.redenvelope;

import im.hongyan.async.LogThrottle;
import im.hongyan.async.Repeat;
import im.hongyan.redenvelope.RefundStore.Refund;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Refunds all expired envelopes, in batches. Any number of nodes may do so at once. */
final class EnvelopeRefunds {
    private static final Logger LOG = LoggerFactory.getLogger(EnvelopeRefunds.class);
    private static final int BATCH = 100;

    private final RefundStore store;
    private final EnvelopeMetrics metrics;
    private final Consumer<List<Refund>> refunded;
    private final LogThrottle throttle = new LogThrottle();

    /** @param refunded receives each refund after its commit */
    EnvelopeRefunds(RefundStore store, EnvelopeMetrics metrics, Consumer<List<Refund>> refunded) {
        this.store = store;
        this.metrics = metrics;
        this.refunded = refunded;
    }

    Future<Void> refundExpired() {
        return Repeat.untilLast(() -> store.refund(BATCH).map(refunds -> {
                    publish(refunds);
                    return refunds.size() < BATCH;
                }))
                .recover(failure ->
                        failure instanceof StoreUnavailable ? Future.failedFuture(failure) : refundEach(BATCH, 0));
    }

    /** Refunds one envelope at a time, and skips those that fail, so that they do not block the others. */
    private Future<Void> refundEach(int left, int skip) {
        if (left == 0) {
            return Future.succeededFuture();
        }
        return store.refund(1, skip)
                .compose(
                        refunds -> {
                            publish(refunds);
                            return refunds.isEmpty() ? Future.succeededFuture() : refundEach(left - 1, skip);
                        },
                        failure -> {
                            if (failure instanceof StoreUnavailable) {
                                return Future.failedFuture(failure);
                            }
                            throttle.log(suppressed -> LOG.error(
                                    "an expired envelope could not be refunded ({} more failures not logged)",
                                    suppressed,
                                    failure));
                            return refundEach(left - 1, skip + 1);
                        });
    }

    private void publish(List<Refund> refunds) {
        metrics.refunded(refunds.size());
        refunded.accept(refunds);
    }
}
