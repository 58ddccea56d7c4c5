package im.hongyan.redenvelope;

import im.hongyan.redenvelope.ShareAllocator.Reservation;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Claims batches of shares in PostgreSQL, then reports the outcomes to the share allocator and to the listener. */
final class ClaimResults implements ClaimBatcher.Target {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimResults.class);

    /** Receives each claimed share once, after its commit. */
    interface Listener {
        /**
         * @param taken the number of claimed shares of the envelope
         * @param remaining what is left in the envelope, in fen
         */
        void claimed(EnvelopeSpec envelope, List<ClaimedShare> shares, int taken, long remaining);
    }

    private final ClaimStore store;
    private final EnvelopeSpecCache specs;
    private final ShareAllocator allocator;
    private final Listener listener;
    private final EnvelopeMetrics metrics;

    ClaimResults(
            ClaimStore store,
            EnvelopeSpecCache specs,
            ShareAllocator allocator,
            Listener listener,
            EnvelopeMetrics metrics) {
        this.store = store;
        this.specs = specs;
        this.allocator = allocator;
        this.listener = listener;
        this.metrics = metrics;
    }

    @Override
    public Future<List<ClaimOutcome>> claim(UUID id, List<ClaimRequest> batch) {
        long start = System.nanoTime();
        return store.claim(id, batch).onComplete(done -> metrics.batch(batch.size(), System.nanoTime() - start));
    }

    @Override
    public void completed(List<ClaimBatcher.Result> results) {
        List<Reservation> confirmed = new ArrayList<>();
        Map<EnvelopeSpec, List<ClaimOutcome.Claimed>> fresh = new HashMap<>();
        for (ClaimBatcher.Result one : results) {
            EnvelopeSpec envelope = specs.cached(one.request().envelope());
            if (envelope == null) {
                // Evicted from the cache: the reservation will be resumed when it is overdue.
                continue;
            }
            if (one.outcome() instanceof ClaimOutcome.Claimed claimed && claimed.fresh()) {
                fresh.computeIfAbsent(envelope, none -> new ArrayList<>()).add(claimed);
            }
            report(envelope, one, confirmed);
        }
        if (!confirmed.isEmpty()) {
            allocator.confirm(confirmed).onFailure(ClaimResults::log);
        }
        fresh.forEach((envelope, shares) -> {
            ClaimOutcome.Claimed last = shares.get(shares.size() - 1);
            listener.claimed(
                    envelope,
                    shares.stream().map(ClaimOutcome.Claimed::share).toList(),
                    last.taken(),
                    last.remaining());
        });
    }

    private void report(EnvelopeSpec envelope, ClaimBatcher.Result one, List<Reservation> confirmed) {
        ClaimRequest request = one.request();
        if (request.idx() == null || isConfirmed(one.outcome(), request.idx())) {
            confirmed.add(new Reservation(request.envelope(), request.user()));
        } else if (one.outcome() instanceof ClaimOutcome.Claimed claimed) {
            allocator
                    .reassign(
                            envelope,
                            request.user(),
                            request.idx(),
                            claimed.share().idx())
                    .onFailure(ClaimResults::log);
        } else {
            boolean free = !(one.outcome() instanceof ClaimOutcome.IndexTaken);
            allocator.release(envelope, request.user(), request.idx(), free).onFailure(ClaimResults::log);
        }
    }

    /** Whether the reservation was right, or no longer matters because the envelope has expired. */
    private static boolean isConfirmed(ClaimOutcome outcome, int idx) {
        return outcome instanceof ClaimOutcome.Claimed claimed
                ? claimed.share().idx() == idx
                : outcome instanceof ClaimOutcome.Expired;
    }

    /** Not a problem: overdue reservations are resumed. */
    private static void log(Throwable failure) {
        LOG.debug("cannot report a claim to the share allocator: {}", failure.toString());
    }
}
