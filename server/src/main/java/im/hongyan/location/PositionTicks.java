package im.hongyan.location;

import im.hongyan.async.PeriodicTasks;
import im.hongyan.async.Repeat;
import im.hongyan.async.SingleFlight;
import im.hongyan.delivery.Sockets;
import im.hongyan.delivery.Subscriptions;
import im.hongyan.location.LocationFrames.Item;
import im.hongyan.location.PositionStore.Read;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.timeline.Timeline;
import im.hongyan.timeline.TimelineErrors;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of this node that have the map of a conversation open. At each tick the node reads each watched
 * conversation once, encodes what has changed once, and sends it to the watchers that are members. So the cost depends
 * on ticks and not on updates, and no message between nodes is needed. Thread-safe.
 */
final class PositionTicks {
    private static final Logger LOG = LoggerFactory.getLogger(PositionTicks.class);

    /** The number of conversations that a socket may watch. */
    static final int MAX_PER_SOCKET = 10;

    /** The number of shares in one frame, so that it has at most 64 KiB. */
    static final int MAX_PER_FRAME = 150;

    /** The conversations that one tick reads: those that have waited longest. */
    private static final int MAX_PER_TICK = 1_000;

    private static final int CONVERSATIONS_PER_READ = 100;
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    /** Each tick checks a list of members that may be a few minutes old if a node has died. */
    private static final Duration RECHECK = Duration.ofSeconds(30);
    /** Long, because a recheck that is slow must not be joined by a second one. */
    private static final Duration RECHECK_DEADLINE = Duration.ofMinutes(10);

    private static final String WATCHED = "all watched conversations";
    private static final Duration MAX_STOP = Duration.ofSeconds(1);

    /** A conversation that some socket of this node watches. */
    private static final class Topic {
        final WatchedShares shares = new WatchedShares();
        /** The watchers that have been sent all shares, and now get changes. */
        final Set<Principal> informed = new HashSet<>();
        /** The last tick that has read it. Guarded by the enclosing object, and the rest by the topic. */
        long lastTick;
    }

    private final FrameCodec codec;
    private final Timeline timeline;
    private final LocationStore store;
    private final PositionStore positions;
    private final LiveShares shares;
    private final LocationMetrics metrics;
    private final Duration tick;
    private final Subscriptions<ConversationId> subscriptions;
    private final PeriodicTasks tasks;
    private final SingleFlight<ConversationId, Void> reconciling = new SingleFlight<>();
    private final SingleFlight<String, Void> reconcilingAll = new SingleFlight<>();
    private final Map<ConversationId, Topic> topics = new HashMap<>();

    private long ticks;

    PositionTicks(
            Vertx vertx,
            FrameCodec codec,
            Timeline timeline,
            Sockets sockets,
            LocationStore store,
            PositionStore positions,
            LiveShares shares,
            LocationMetrics metrics,
            Duration tick) {
        this.codec = codec;
        this.timeline = timeline;
        this.store = store;
        this.positions = positions;
        this.shares = shares;
        this.metrics = metrics;
        this.tick = tick;
        this.subscriptions = new Subscriptions<>(sockets, MAX_PER_SOCKET);
        this.tasks = new PeriodicTasks(vertx, LOG, StoreUnavailable.class::isInstance);
        metrics.watched(() -> subscriptions.keys().size());
    }

    void start() {
        positions.onReconnected(() -> reconcilingAll.joinNext(WATCHED, this::reconcileWatched));
        tasks.every(tick, "sending positions", DEADLINE, this::tick);
        tasks.every(
                RECHECK,
                "rechecking watchers of locations",
                RECHECK_DEADLINE,
                () -> subscriptions.recheck(this::allowed));
    }

    Future<Void> stop() {
        return tasks.stop(MAX_STOP);
    }

    /** The next tick sends all shares to this socket, even if it has watched before. */
    Future<Void> watch(Principal caller, ConversationId conversation) {
        return isMember(conversation, caller.user())
                .compose(member -> member ? reconcile(conversation) : Future.failedFuture(TimelineErrors.notMember()))
                .map(none -> {
                    if (!subscriptions.add(caller, conversation)) {
                        throw LocationErrors.watched(MAX_PER_SOCKET);
                    }
                    Topic topic = topic(conversation);
                    if (topic != null) {
                        synchronized (topic) {
                            topic.informed.remove(caller);
                        }
                    }
                    return null;
                });
    }

    void unwatch(Principal caller, ConversationId conversation) {
        subscriptions.remove(caller, conversation);
    }

    void memberLeft(ConversationId conversation, UserId user) {
        subscriptions.removeUser(user, conversation::equals);
    }

    /** Never fails: without the stores, watchers see what Redis has as soon as it answers. */
    private Future<Void> reconcile(ConversationId conversation) {
        return reconciling
                .join(conversation, () -> shares.reconcile(conversation))
                .otherwiseEmpty();
    }

    /** One after the other: all at once would take every connection to PostgreSQL after an outage of Redis. */
    private Future<Void> reconcileWatched() {
        Iterator<ConversationId> watched = subscriptions.keys().iterator();
        return Repeat.untilLast(
                () -> watched.hasNext() ? reconcile(watched.next()).map(false) : Future.succeededFuture(true));
    }

    private Future<Boolean> isMember(ConversationId conversation, UserId user) {
        return allowed(user, Set.of(conversation)).map(allowed -> allowed.contains(conversation));
    }

    /** Exact; while PostgreSQL is unavailable, as of the last minutes, so that open maps go on. */
    private Future<Set<ConversationId>> allowed(UserId user, Set<ConversationId> conversations) {
        return store.memberships(user, conversations)
                .recover(failure -> failure instanceof StoreUnavailable
                        ? recentMemberships(user, conversations)
                        : Future.failedFuture(failure));
    }

    private Future<Set<ConversationId>> recentMemberships(UserId user, Set<ConversationId> conversations) {
        Set<ConversationId> found = ConcurrentHashMap.newKeySet();
        return Future.all(conversations.stream()
                        .map(conversation -> timeline.members()
                                .recent(conversation)
                                .onSuccess(list -> {
                                    if (list.users().contains(user)) {
                                        found.add(conversation);
                                    }
                                }))
                        .toList())
                .map(found);
    }

    private Future<Void> tick() {
        List<ConversationId> due = due();
        List<Future<Void>> sending = new ArrayList<>();
        for (int from = 0; from < due.size(); from += CONVERSATIONS_PER_READ) {
            sending.add(send(due.subList(from, Math.min(due.size(), from + CONVERSATIONS_PER_READ))));
        }
        return metrics.timed(Future.join(sending).mapEmpty());
    }

    private synchronized List<ConversationId> due() {
        Set<ConversationId> watched = subscriptions.keys();
        topics.keySet().retainAll(watched);
        watched.forEach(conversation -> topics.computeIfAbsent(conversation, one -> new Topic()));
        ticks++;
        List<ConversationId> due = topics.entrySet().stream()
                .sorted(Comparator.comparingLong(topic -> topic.getValue().lastTick))
                .limit(MAX_PER_TICK)
                .map(Map.Entry::getKey)
                .toList();
        // Whether the reads succeed or not, so that conversations that cannot be read do not keep others waiting.
        due.forEach(conversation -> topics.get(conversation).lastTick = ticks);
        return due;
    }

    /** Returns null if no tick has come since the conversation is watched. */
    private synchronized Topic topic(ConversationId conversation) {
        return topics.get(conversation);
    }

    private Future<Void> send(List<ConversationId> conversations) {
        return positions.read(conversations).compose(reads -> {
            List<Future<Void>> sending = new ArrayList<>();
            for (int i = 0; i < conversations.size(); i++) {
                ConversationId conversation = conversations.get(i);
                Read read = reads.get(i);
                sending.add(
                        timeline.members().recent(conversation).map(list -> send(conversation, read, list.users())));
            }
            return Future.join(sending).mapEmpty();
        });
    }

    /** On any event loop: another caller may have read the members. */
    private Void send(ConversationId conversation, Read read, Set<UserId> members) {
        Topic topic = topic(conversation);
        if (topic != null) {
            // Not the map of topics: large conversations are encoded while other event loops send to others.
            synchronized (topic) {
                send(conversation, topic, topic.shares.next(read, members), members);
            }
        }
        return null;
    }

    private void send(ConversationId conversation, Topic topic, WatchedShares.News news, Set<UserId> members) {
        Set<Principal> newcomers = new HashSet<>();
        Set<Principal> others = new HashSet<>();
        for (Principal watcher : subscriptions.watchers(conversation)) {
            if (!members.contains(watcher.user())) {
                unwatch(watcher, conversation);
            } else if (topic.informed.contains(watcher)) {
                others.add(watcher);
            } else {
                newcomers.add(watcher);
            }
        }
        // Forgets watchers that have left, so that they get all shares when they come back.
        topic.informed.retainAll(others);
        topic.informed.addAll(newcomers);
        if (!newcomers.isEmpty()) {
            send(conversation, news.all(), newcomers);
        }
        if (!others.isEmpty() && !news.changed().isEmpty()) {
            send(conversation, news.changed(), others);
        }
    }

    private void send(ConversationId conversation, List<Item> items, Set<Principal> watchers) {
        int from = 0;
        // An empty list says that nobody shares.
        do {
            List<Item> some = items.subList(from, Math.min(items.size(), from + MAX_PER_FRAME));
            Frame frame = codec.push(
                    "location.positions", new LocationFrames.Positions(conversation, some), Frame.DropPolicy.THEN_SYNC);
            subscriptions.send(conversation, frame, watchers::contains);
            from += MAX_PER_FRAME;
        } while (from < items.size());
        metrics.sent(watchers.size());
    }
}
