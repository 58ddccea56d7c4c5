package im.hongyan.identity;

import im.hongyan.identity.RevocationStore.Place;
import im.hongyan.protocol.SessionId;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions that ended while an access token of theirs may still be about. A node learns of its own revocations at
 * once and of the others' by {@link #poll}; while PostgreSQL is away it goes on with what it knows. Thread-safe.
 */
final class Revocations {
    private static final Logger LOG = LoggerFactory.getLogger(Revocations.class);

    /**
     * How long a row stays for nodes to find: a socket has no other end than its session's, so a node that was cut off
     * from PostgreSQL must still find what it missed.
     */
    private static final Duration KEPT = Duration.ofDays(7);

    /** How far the clocks of two nodes may be apart, on top of an access token's lifetime. */
    private static final Duration SLACK = Duration.ofMinutes(5);

    /**
     * How long the sockets of a session are closed over and over: one that passed the check just before the revocation
     * may only be registered just after it.
     */
    private static final Duration REPEATED = Duration.ofSeconds(10);

    private static final int SWEPT = 5_000;

    private final Rows store;
    private final SessionCloser end;
    private final InstantSource clock;
    private final Duration remembered;
    private final Map<SessionId, Instant> known = new ConcurrentHashMap<>();
    private final Queue<Recent> recent = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean reading = new AtomicBoolean();
    private volatile long horizon;

    Revocations(Rows store, SessionCloser end, Duration accessTokenLifetime, InstantSource clock) {
        this.store = store;
        this.end = end;
        this.clock = clock;
        this.remembered = accessTokenLifetime.plus(SLACK);
    }

    private record Recent(SessionId session, Instant since) {}

    /** Where revocations are kept. */
    interface Rows {
        /** Revocations no older than {@code since}, at or after {@code place}. */
        Future<RevocationStore.Page> read(Place place, Instant since);

        /** Deletes at most {@code limit} that are older than {@code before}. */
        Future<Void> sweep(Instant before, int limit);
    }

    boolean contains(SessionId session) {
        return known.containsKey(session);
    }

    /** What this node has revoked itself: in force before the poll finds it. */
    void add(Collection<SessionId> sessions) {
        heard(sessions);
        if (!sessions.isEmpty()) {
            end.revoked(Set.copyOf(sessions));
        }
    }

    /** What another node has revoked. */
    void heard(Collection<SessionId> sessions) {
        sessions.forEach(session -> add(session, clock.instant()));
    }

    private void add(SessionId session, Instant at) {
        if (known.putIfAbsent(session, at) == null) {
            recent.add(new Recent(session, clock.instant()));
            end(Set.of(session));
        }
    }

    private void end(Set<SessionId> sessions) {
        try {
            end.ended(sessions);
        } catch (RuntimeException e) {
            LOG.error("closing the sockets of {} sessions failed", sessions.size(), e);
        }
    }

    private void endAgain() {
        Instant now = clock.instant();
        recent.removeIf(one -> one.since().plus(REPEATED).isBefore(now));
        Set<SessionId> again = recent.stream().map(Recent::session).collect(Collectors.toSet());
        if (!again.isEmpty()) {
            // All of them in one walk over the sockets, however many have expired together.
            end(again);
        }
    }

    /** Reads all that matter; before this succeeds no token may be taken. */
    Future<Void> load() {
        return read(Place.from(0), clock.instant().minus(remembered))
                .onSuccess(read -> horizon = read)
                .mapEmpty();
    }

    /** Reads what is new, closes what slipped through. At most one reading is under way: a call meanwhile does nothing. */
    Future<Void> poll() {
        if (!reading.compareAndSet(false, true)) {
            return Future.succeededFuture();
        }
        endAgain();
        long from = horizon;
        return read(Place.from(from), clock.instant().minus(KEPT))
                // Transaction numbers only fall when the database went back to a backup: then nothing is known for
                // sure.
                .compose(read -> read >= from ? Future.succeededFuture(read) : readAll())
                .onSuccess(read -> horizon = read)
                .onComplete(done -> reading.set(false))
                .mapEmpty();
    }

    private Future<Long> readAll() {
        LOG.warn("the database has an older history than before; reading all revocations anew");
        return read(Place.from(0), clock.instant().minus(KEPT));
    }

    /** @return the horizon of the first page: what the later ones did not show may lie behind theirs */
    private Future<Long> read(Place place, Instant since) {
        return store.read(place, since).compose(page -> {
            page.revocations().forEach(revocation -> add(revocation.session(), revocation.at()));
            return page.rest() == null
                    ? Future.succeededFuture(page.horizon())
                    : read(page.rest(), since).map(later -> page.horizon());
        });
    }

    /** Forgets what no access token can name any more, here and, after {@link #KEPT}, in the database. */
    Future<Void> sweep() {
        Instant now = clock.instant();
        known.values().removeIf(at -> at.plus(remembered).isBefore(now));
        return store.sweep(now.minus(KEPT), SWEPT);
    }
}
