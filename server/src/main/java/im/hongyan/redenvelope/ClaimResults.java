package im.hongyan.redenvelope;

import im.hongyan.redenvelope.Claim.Outcome;
import im.hongyan.redenvelope.Claim.Taken;
import im.hongyan.redenvelope.Claim.Wanted;
import im.hongyan.redenvelope.ShareAllocator.Reservation;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Claims batches of shares in PostgreSQL, then reports the outcomes to the share allocator and to the listener. */
final class ClaimResults implements ClaimBatcher.Claims {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimResults.class);

    /** Receives each claimed share once, after its commit. */
    interface Listener {
        /**
         * @param taken the number of claimed shares of the envelope
         * @param remaining what is left in the envelope, in fen
         */
        void claimed(EnvelopeSpec envelope, List<Taken> shares, int taken, long remaining);
    }

    private final ClaimStore store;
    private final EnvelopeSpecs specs;
    private final ShareAllocator allocator;
    private final Listener listener;
    private final EnvelopeMetrics metrics;

    ClaimResults(
            ClaimStore store,
            EnvelopeSpecs specs,
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
    public Future<List<Outcome>> claim(List<Wanted> batch) {
        long start = System.nanoTime();
        return store.claim(batch).onComplete(done -> metrics.batch(batch.size(), System.nanoTime() - start));
    }

    @Override
    public void settled(List<ClaimBatcher.Settled> batch) {
        List<Reservation> confirmed = new ArrayList<>();
        Map<EnvelopeSpec, List<Outcome.Has>> fresh = new HashMap<>();
        for (ClaimBatcher.Settled one : batch) {
            EnvelopeSpec envelope = specs.cached(one.wanted().envelope());
            if (envelope == null) {
                // Evicted from the cache: the reservation will be resumed when it is overdue.
                continue;
            }
            if (one.outcome() instanceof Outcome.Has has && (has.fresh() || one.again())) {
                fresh.computeIfAbsent(envelope, none -> new ArrayList<>()).add(has);
            }
            report(envelope, one, confirmed);
        }
        if (!confirmed.isEmpty()) {
            allocator.confirm(confirmed).onFailure(ClaimResults::log);
        }
        fresh.forEach((envelope, shares) -> {
            Outcome.Has last = shares.get(shares.size() - 1);
            listener.claimed(
                    envelope, shares.stream().map(Outcome.Has::share).toList(), last.taken(), last.remaining());
        });
    }

    private void report(EnvelopeSpec envelope, ClaimBatcher.Settled one, List<Reservation> confirmed) {
        Wanted wanted = one.wanted();
        if (wanted.idx() == null || isConfirmed(one.outcome(), wanted.idx())) {
            confirmed.add(new Reservation(wanted.envelope(), wanted.user()));
        } else if (one.outcome() instanceof Outcome.Has has) {
            allocator
                    .reassign(envelope, wanted.user(), wanted.idx(), has.share().idx())
                    .onFailure(ClaimResults::log);
        } else {
            boolean free = !(one.outcome() instanceof Outcome.NotThatOne);
            allocator
                    .release(envelope, wanted.user(), wanted.idx(), free)
                    .onFailure(ClaimResults::log);
        }
    }

    /** Whether the reservation was right, or no longer matters because the envelope has expired. */
    private static boolean isConfirmed(Outcome outcome, int idx) {
        return outcome instanceof Outcome.Has has ? has.share().idx() == idx : outcome instanceof Outcome.Expired;
    }

    /** Not a problem: overdue reservations are resumed. */
    private static void log(Throwable failure) {
        LOG.debug("cannot report a claim to the share allocator: {}", failure.toString());
    }
}
