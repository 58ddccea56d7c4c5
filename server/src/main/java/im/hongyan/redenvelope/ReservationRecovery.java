package im.hongyan.redenvelope;

import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.Rejection;
import im.hongyan.redenvelope.ShareAllocator.Reservation;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Claims the shares of reservations that were never confirmed, for example because their node died. */
final class ReservationRecovery {
    private static final Logger LOG = LoggerFactory.getLogger(ReservationRecovery.class);

    private final EnvelopeOpening opening;
    private final ShareAllocator allocator;
    private final EnvelopeMetrics metrics;

    ReservationRecovery(EnvelopeOpening opening, ShareAllocator allocator, EnvelopeMetrics metrics) {
        this.opening = opening;
        this.allocator = allocator;
        this.metrics = metrics;
    }

    /** Resumes reservations that were made more than {@code ageMs} ago. */
    Future<Void> resumeOverdue(long ageMs) {
        return allocator.overdue(ageMs).compose(reservations -> {
            metrics.resumed(reservations.size());
            List<Future<?>> all = new ArrayList<>();
            reservations.forEach(one -> all.add(resume(one)));
            return all.isEmpty() ? Future.succeededFuture() : Future.join(all).mapEmpty();
        });
    }

    private Future<Void> resume(Reservation reservation) {
        return opening.spec(reservation.envelope())
                .compose(envelope -> opening.claim(envelope, reservation.user()))
                .<Void>mapEmpty()
                .recover(ReservationRecovery::ignoreRejection)
                // Also if the allocator has lost the reservation itself.
                .compose(none -> allocator
                        .confirm(List.of(reservation))
                        .onFailure(failure -> LOG.debug("cannot confirm a reservation: {}", failure.toString()))
                        .otherwiseEmpty());
    }

    /** A rejected claim never succeeds: for example, the database was restored and does not know the envelope. */
    private static Future<Void> ignoreRejection(Throwable failure) {
        return failure instanceof Rejection rejection && rejection.kind() != ErrorKind.UNAVAILABLE
                ? Future.succeededFuture()
                : Future.failedFuture(failure);
    }
}
