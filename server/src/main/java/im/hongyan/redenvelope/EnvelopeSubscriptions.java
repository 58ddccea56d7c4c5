package im.hongyan.redenvelope;

import im.hongyan.delivery.ClientConnection;
import im.hongyan.delivery.Sockets;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.redenvelope.Claim.Taken;
import im.hongyan.redenvelope.EnvelopeStore.News;
import im.hongyan.timeline.Members;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The sockets of this node that have an envelope on their screen. Once in a tick the node asks for news of all envelopes that
 * are watched here, in one query, and sends to each one's watchers what is new in one frame: so a crowd that grabs costs as
 * many frames as there are ticks, no bus is needed, and nothing can be missed. Thread-safe.
 */
final class EnvelopeSubscriptions {
    static final int PER_SOCKET = 10;
    private static final int MAX = 20_000;
    private static final long TICK_MS = 200;
    /** An envelope of which nothing is heard for a while is asked for less often. */
    private static final long LIVELY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long DULL_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final class Watch {
        final EnvelopeSpec envelope;
        final Set<Principal> callers = new HashSet<>();
        /** The shares of which all its callers know. By index: who claims at two nodes may be stored later, and earlier by time. */
        Set<Integer> seen;

        long lively = System.nanoTime();
        long asked;

        Watch(EnvelopeSpec envelope, Set<Integer> seen) {
            this.envelope = envelope;
            this.seen = seen;
        }

        boolean isDue(long now) {
            return now - lively < LIVELY_NANOS || now - asked > DULL_NANOS;
        }
    }

    private final Vertx vertx;
    private final FrameCodec codec;
    private final Sockets sockets;
    private final Members members;
    private final EnvelopeStore store;
    private final Map<EnvelopeId, Watch> watches = new HashMap<>();
    private final Map<Principal, Integer> perSocket = new HashMap<>();
    private boolean asking;
    private long swept = System.nanoTime();
    private long timer = -1;

    EnvelopeSubscriptions(Vertx vertx, FrameCodec codec, Sockets sockets, Members members, EnvelopeStore store) {
        this.vertx = vertx;
        this.codec = codec;
        this.sockets = sockets;
        this.members = members;
        this.store = store;
    }

    void start() {
        timer = vertx.setPeriodic(TICK_MS, none -> tick());
    }

    void stop() {
        vertx.cancelTimer(timer);
    }

    /** @param known the claims that the watcher knows of */
    synchronized void add(Principal caller, EnvelopeSpec envelope, List<Taken> known) {
        if (sockets.find(caller) == null) {
            return;
        }
        Watch watch = watches.get(envelope.id());
        if (watch != null && watch.callers.contains(caller)) {
            return;
        }
        if (perSocket.getOrDefault(caller, 0) >= PER_SOCKET || (watch == null && watches.size() >= MAX)) {
            throw Rejection.limited("envelope.watched", "too many envelopes are watched", 1_000);
        }
        Set<Integer> seen = known.stream().map(Taken::idx).collect(Collectors.toSet());
        if (watch == null) {
            watch = new Watch(envelope, seen);
            watches.put(envelope.id(), watch);
        }
        // Whoever knows less than the others is told all that is new to him: what one knows already does no harm.
        watch.seen.retainAll(seen);
        watch.lively = System.nanoTime();
        watch.callers.add(caller);
        perSocket.merge(caller, 1, Integer::sum);
    }

    synchronized void remove(Principal caller, EnvelopeId envelope) {
        Watch watch = watches.get(envelope);
        if (watch != null && watch.callers.remove(caller)) {
            forget(caller);
            if (watch.callers.isEmpty()) {
                watches.remove(envelope);
            }
        }
    }

    /** Something was claimed through this node. */
    synchronized void enliven(EnvelopeId envelope) {
        Watch watch = watches.get(envelope);
        if (watch != null) {
            watch.lively = System.nanoTime();
        }
    }

    synchronized int count() {
        return watches.size();
    }

    private void tick() {
        Map<EnvelopeId, Integer> due = new HashMap<>();
        synchronized (this) {
            if (asking || watches.isEmpty()) {
                return;
            }
            long now = System.nanoTime();
            sweep(now);
            watches.values().stream().filter(watch -> watch.isDue(now)).forEach(watch -> {
                watch.asked = now;
                due.put(watch.envelope.id(), watch.seen.size());
            });
            if (due.isEmpty()) {
                return;
            }
            asking = true;
        }
        // While PostgreSQL is away there are no news.
        store.news(due).onSuccess(news -> news.forEach(this::tell)).onComplete(done -> {
            synchronized (this) {
                asking = false;
            }
        });
    }

    /** A watch ends with its socket, also while its envelope has no news. Under the lock. */
    private void sweep(long now) {
        if (now - swept < SWEEP_NANOS) {
            return;
        }
        swept = now;
        watches.values().removeIf(watch -> {
            watch.callers.removeIf(caller -> sockets.find(caller) == null && forget(caller));
            return watch.callers.isEmpty();
        });
    }

    private void tell(EnvelopeId id, News news) {
        EnvelopeSpec envelope;
        List<Taken> fresh;
        Set<Principal> callers;
        boolean exhausted;
        synchronized (this) {
            Watch watch = watches.get(id);
            if (watch == null) {
                return;
            }
            envelope = watch.envelope;
            exhausted = news.claims().size() == envelope.count();
            fresh = news.claims().stream()
                    .filter(taken -> watch.seen.add(taken.idx()))
                    .toList();
            watch.callers.removeIf(caller -> sockets.find(caller) == null && forget(caller));
            callers = Set.copyOf(watch.callers);
            if (!fresh.isEmpty()) {
                watch.lively = System.nanoTime();
            }
            if (exhausted || news.settled() || watch.callers.isEmpty()) {
                watch.callers.forEach(this::forget);
                watches.remove(id);
            }
        }
        List<Frame> frames = new ArrayList<>();
        if (!fresh.isEmpty()) {
            frames.add(codec.push(
                    "envelope.opened",
                    EnvelopeFrames.Openings.of(envelope, fresh, news.claims().size()),
                    Frame.DropPolicy.SILENTLY));
        }
        if (exhausted || news.settled()) {
            frames.add(codec.push(
                    "envelope.closed",
                    new EnvelopeFrames.Closed(id, EnvelopeFrames.state(exhausted, true)),
                    Frame.DropPolicy.SILENTLY));
        }
        if (!callers.isEmpty() && !frames.isEmpty()) {
            send(envelope, callers, frames);
        }
    }

    /** To those who are in the conversation still. */
    private Future<Void> send(EnvelopeSpec envelope, Set<Principal> callers, List<Frame> frames) {
        return members.recent(envelope.conversation()).map(roster -> {
            for (Principal caller : callers) {
                ClientConnection outlet = roster.users().contains(caller.user()) ? sockets.find(caller) : null;
                if (outlet != null) {
                    outlet.context().runOnContext(none -> frames.forEach(outlet::offer));
                }
            }
            return null;
        });
    }

    private boolean forget(Principal caller) {
        perSocket.computeIfPresent(caller, (same, count) -> count == 1 ? null : count - 1);
        return true;
    }

    /** For an envelope that nobody can change any more there is nothing to watch. */
    static boolean isWorthWatching(EnvelopeStore.State state) {
        return !state.isClosed()
                && state.now().isBefore(state.terms().expiresAt().plusSeconds(300));
    }
}
