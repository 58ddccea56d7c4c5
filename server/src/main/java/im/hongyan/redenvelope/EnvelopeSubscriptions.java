package im.hongyan.redenvelope;

import im.hongyan.delivery.ClientConnection;
import im.hongyan.delivery.Sockets;
import im.hongyan.delivery.Subscriptions;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.redenvelope.ClaimStore.News;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The sockets of this node that watch an envelope. On each tick the node reads the new claims of up to
 * {@value #MAX_POLLED} envelopes with one query and sends each envelope's new claims to its subscribers in one frame.
 * So the number of frames depends on the number of ticks, not on the number of claims, nodes need not notify each
 * other, and no claim can be missed. Thread-safe.
 */
final class EnvelopeSubscriptions {
    static final int MAX_PER_SOCKET = 10;
    private static final int MAX_ENVELOPES = 20_000;

    /** The maximum number of envelopes per poll: the ones that have waited longest. */
    static final int MAX_POLLED = 1_000;

    private static final long TICK_MS = 200;

    /** An envelope without news for this time is polled less often. */
    private static final long ACTIVE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long IDLE_POLL_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** A watched envelope. */
    private static final class Topic {
        final EnvelopeSpec envelope;
        /**
         * The shares that all subscribers know. By index and not by time, because claims of several nodes may be
         * committed in another order than their times.
         */
        final Set<Integer> known;

        long lastNews = System.nanoTime();
        long lastPoll;

        Topic(EnvelopeSpec envelope, Set<Integer> known) {
            this.envelope = envelope;
            this.known = known;
        }

        boolean isDue(long now) {
            return now - lastNews < ACTIVE_NANOS || now - lastPoll > IDLE_POLL_NANOS;
        }
    }

    /** The news of one envelope for its subscribers at that moment. */
    private record Update(
            EnvelopeSpec envelope, Set<Principal> subscribers, List<ClaimedShare> fresh, int taken, boolean closed) {
        boolean isExhausted() {
            return taken == envelope.count();
        }
    }

    private final Vertx vertx;
    private final FrameCodec codec;
    private final Sockets sockets;
    private final EnvelopeAccess access;
    private final ClaimStore store;
    private final Map<EnvelopeId, Topic> topics = new HashMap<>();
    private final Subscriptions<EnvelopeId> subscriptions;
    private boolean polling;
    private long lastSweep = System.nanoTime();
    private long timer = -1;

    EnvelopeSubscriptions(Vertx vertx, FrameCodec codec, Sockets sockets, EnvelopeAccess access, ClaimStore store) {
        this.vertx = vertx;
        this.codec = codec;
        this.sockets = sockets;
        this.access = access;
        this.store = store;
        this.subscriptions = new Subscriptions<>(sockets, MAX_PER_SOCKET);
    }

    void start() {
        timer = vertx.setPeriodic(TICK_MS, none -> tick());
    }

    void stop() {
        vertx.cancelTimer(timer);
    }

    /**
     * Subscribes a socket; does nothing if it is subscribed or closed. Fails with {@code envelope.watched} if there are
     * too many subscriptions.
     *
     * @param known the claims that the subscriber knows
     */
    synchronized void add(Principal subscriber, EnvelopeSpec envelope, List<ClaimedShare> known) {
        if (sockets.find(subscriber) == null) {
            return;
        }
        Topic topic = topics.get(envelope.id());
        if (topic != null && subscriptions.watchers(envelope.id()).contains(subscriber)) {
            return;
        }
        if ((topic == null && topics.size() >= MAX_ENVELOPES) || !subscriptions.add(subscriber, envelope.id())) {
            throw Rejection.limited("envelope.watched", "too many envelopes are watched", 1_000);
        }
        Set<Integer> shares = known.stream().map(ClaimedShare::idx).collect(Collectors.toSet());
        if (topic == null) {
            topic = new Topic(envelope, shares);
            topics.put(envelope.id(), topic);
        }
        // The next push contains all that any subscriber does not know. Getting a claim twice does no harm.
        topic.known.retainAll(shares);
        topic.lastNews = System.nanoTime();
    }

    synchronized void remove(Principal subscriber, EnvelopeId envelope) {
        subscriptions.remove(subscriber, envelope);
        if (subscriptions.watchers(envelope).isEmpty()) {
            topics.remove(envelope);
        }
    }

    /** Call when a share was claimed on this node, so that the envelope is polled often again. */
    synchronized void touch(EnvelopeId envelope) {
        Topic topic = topics.get(envelope);
        if (topic != null) {
            topic.lastNews = System.nanoTime();
        }
    }

    synchronized int count() {
        return topics.size();
    }

    private void tick() {
        Map<EnvelopeId, Integer> due;
        synchronized (this) {
            due = polling ? Map.of() : due();
            if (due.isEmpty()) {
                return;
            }
            polling = true;
        }
        // A failed poll is repeated by the next tick.
        store.news(due).onComplete(news -> {
            synchronized (this) {
                polling = false;
            }
            if (news.succeeded()) {
                news.result().forEach(this::publish);
            }
        });
    }

    /** The envelopes of the next poll, with the number of known claims of each. */
    synchronized Map<EnvelopeId, Integer> due() {
        long now = System.nanoTime();
        sweep(now);
        Map<EnvelopeId, Integer> due = new HashMap<>();
        topics.values().stream()
                .filter(topic -> topic.isDue(now))
                .sorted(Comparator.comparingLong(topic -> topic.lastPoll - now))
                .limit(MAX_POLLED)
                .forEach(topic -> {
                    topic.lastPoll = now;
                    due.put(topic.envelope.id(), topic.known.size());
                });
        return due;
    }

    /** Forgets the envelopes whose subscribers have closed their sockets. Call under the lock. */
    private void sweep(long now) {
        if (now - lastSweep >= SWEEP_NANOS) {
            lastSweep = now;
            topics.keySet()
                    .removeIf(envelope -> subscriptions.watchers(envelope).isEmpty());
        }
    }

    private void publish(EnvelopeId id, News news) {
        Update update = apply(id, news);
        if (update == null || update.subscribers().isEmpty()) {
            return;
        }
        List<Frame> frames = new ArrayList<>();
        if (!update.fresh().isEmpty()) {
            frames.add(codec.push(
                    "envelope.opened",
                    EnvelopeFrames.Openings.of(update.envelope(), update.fresh(), update.taken()),
                    Frame.DropPolicy.SILENTLY));
        }
        if (update.closed()) {
            frames.add(codec.push(
                    "envelope.closed",
                    new EnvelopeFrames.Closed(id, EnvelopeFrames.state(update.isExhausted(), true)),
                    Frame.DropPolicy.SILENTLY));
        }
        if (!frames.isEmpty()) {
            send(update, frames);
        }
    }

    /** Notes the news as known, and ends the subscriptions of a closed envelope. Null if it is not watched any more. */
    private synchronized Update apply(EnvelopeId id, News news) {
        Topic topic = topics.get(id);
        if (topic == null) {
            return null;
        }
        int taken = news.claims().size();
        boolean closed = taken == topic.envelope.count() || news.refunded();
        List<ClaimedShare> fresh = news.claims().stream()
                .filter(claim -> topic.known.add(claim.idx()))
                .toList();
        Set<Principal> subscribers = subscriptions.watchers(id);
        if (!fresh.isEmpty()) {
            topic.lastNews = System.nanoTime();
        }
        if (closed || subscribers.isEmpty()) {
            subscriptions.endKey(id);
            topics.remove(id);
        }
        return new Update(topic.envelope, subscribers, fresh, taken, closed);
    }

    /** Sends to the subscribers who are still members of the conversation and can see the envelope's entry. */
    private void send(Update update, List<Frame> frames) {
        Set<UserId> users = update.subscribers().stream().map(Principal::user).collect(Collectors.toSet());
        access.audience(update.envelope().id(), users).onSuccess(audience -> {
            for (Principal subscriber : update.subscribers()) {
                ClientConnection connection = audience.contains(subscriber.user()) ? sockets.find(subscriber) : null;
                if (connection != null) {
                    connection.context().runOnContext(none -> frames.forEach(connection::offer));
                }
            }
        });
    }
}
