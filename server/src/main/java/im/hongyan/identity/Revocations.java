package im.hongyan.identity;

import im.hongyan.async.Repeat;
import im.hongyan.identity.RevocationLog.Place;
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
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The revoked sessions whose access tokens may not have expired yet. A node knows its own revocations at once, and
 * reads those of other nodes by {@link #poll}; while PostgreSQL is unavailable it keeps what it knows. Thread-safe.
 */
final class Revocations {
    private static final Logger LOG = LoggerFactory.getLogger(Revocations.class);

    /**
     * How long rows are kept. A node that was cut off from PostgreSQL must find what it missed, because its sockets end
     * only with their sessions.
     */
    private static final Duration KEPT = Duration.ofDays(7);

    /** How far the clocks of two nodes may differ; added to an access token's lifetime. */
    private static final Duration SLACK = Duration.ofMinutes(5);

    /**
     * How long the sockets of a revoked session are closed repeatedly: a socket that passed the check just before the
     * revocation may register just after it.
     */
    private static final Duration CLOSE_REPEATEDLY = Duration.ofSeconds(10);

    private static final int SWEEP_BATCH = 5_000;

    private final RevocationLog store;
    private final SessionCloser closer;
    private final InstantSource clock;
    private final Duration remembered;
    private final Map<SessionId, Instant> known = new ConcurrentHashMap<>();
    private final Queue<Recent> recent = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean reading = new AtomicBoolean();
    private volatile long horizon;

    Revocations(RevocationLog store, SessionCloser closer, Duration accessTokenLifetime, InstantSource clock) {
        this.store = store;
        this.closer = closer;
        this.clock = clock;
        this.remembered = accessTokenLifetime.plus(SLACK);
    }

    private record Recent(SessionId session, Instant since) {}

    boolean contains(SessionId session) {
        return known.containsKey(session);
    }

    /** Adds what this node has revoked: in force at once, before the poll finds it. */
    void add(Collection<SessionId> sessions) {
        addRemote(sessions);
        if (!sessions.isEmpty()) {
            closer.sessionsRevoked(Set.copyOf(sessions));
        }
    }

    /** Adds what another node has revoked. */
    void addRemote(Collection<SessionId> sessions) {
        sessions.forEach(session -> add(session, clock.instant()));
    }

    private void add(SessionId session, Instant at) {
        if (known.putIfAbsent(session, at) == null) {
            recent.add(new Recent(session, clock.instant()));
            close(Set.of(session));
        }
    }

    private void close(Set<SessionId> sessions) {
        try {
            closer.sessionsEnded(sessions);
        } catch (RuntimeException e) {
            LOG.error("closing the sockets of {} sessions failed", sessions.size(), e);
        }
    }

    private void closeAgain() {
        Instant now = clock.instant();
        recent.removeIf(one -> one.since().plus(CLOSE_REPEATEDLY).isBefore(now));
        Set<SessionId> again = recent.stream().map(Recent::session).collect(Collectors.toSet());
        if (!again.isEmpty()) {
            // In one pass over the sockets, however many sessions there are.
            close(again);
        }
    }

    /** Reads all revocations that matter. No token may be accepted before this succeeds. */
    Future<Void> load() {
        return read(Place.from(0), clock.instant().minus(remembered))
                .onSuccess(read -> horizon = read)
                .mapEmpty();
    }

    /** Reads new revocations and closes sockets that slipped through. Does nothing while an earlier poll is running. */
    Future<Void> poll() {
        if (!reading.compareAndSet(false, true)) {
            return Future.succeededFuture();
        }
        closeAgain();
        long from = horizon;
        return read(Place.from(from), clock.instant().minus(KEPT))
                // Transaction numbers fall only when a backup was restored: then everything has to be read again.
                .compose(read -> read >= from ? Future.succeededFuture(read) : readAll())
                .onSuccess(read -> horizon = read)
                .onComplete(done -> reading.set(false))
                .mapEmpty();
    }

    private Future<Long> readAll() {
        LOG.warn("the database was restored from a backup; reading all revocations again");
        return read(Place.from(0), clock.instant().minus(KEPT));
    }

    /** @return the horizon of the first page: what later pages did not show may lie below theirs */
    private Future<Long> read(Place place, Instant since) {
        AtomicReference<Place> next = new AtomicReference<>(place);
        AtomicReference<Long> first = new AtomicReference<>();
        return Repeat.untilLast(() -> store.read(next.get(), since).map(page -> {
                    page.revocations().forEach(revocation -> add(revocation.session(), revocation.at()));
                    first.compareAndSet(null, page.horizon());
                    next.set(page.rest());
                    return page.rest() == null;
                }))
                .map(none -> first.get());
    }

    /** Removes revocations whose access tokens have expired; those in the database after {@link #KEPT}. */
    Future<Void> sweep() {
        Instant now = clock.instant();
        known.values().removeIf(at -> at.plus(remembered).isBefore(now));
        return store.sweep(now.minus(KEPT), SWEEP_BATCH);
    }
}
