package im.hongyan.location;

import im.hongyan.async.PeriodicTasks;
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
    private static final Duration RECHECK = Duration.ofMinutes(2);

    private static final Duration MAX_STOP = Duration.ofSeconds(1);

    /** A socket that watches a conversation. */
    private record Watcher(Principal socket, ConversationId conversation) {}

    private static final class Topic {
        final WatchedShares shares = new WatchedShares();
        long lastTick;
    }

    private final FrameCodec codec;
    private final Timeline timeline;
    private final PositionStore positions;
    private final LiveShares shares;
    private final LocationMetrics metrics;
    private final Duration tick;
    private final Subscriptions<ConversationId> subscriptions;
    private final PeriodicTasks tasks;
    /** Those who get all shares at the next tick. */
    private final Set<Watcher> fresh = ConcurrentHashMap.newKeySet();

    private final SingleFlight<ConversationId, Void> reconciling = new SingleFlight<>();
    private final Map<ConversationId, Topic> topics = new HashMap<>();

    private long ticks;

    PositionTicks(
            Vertx vertx,
            FrameCodec codec,
            Timeline timeline,
            Sockets sockets,
            PositionStore positions,
            LiveShares shares,
            LocationMetrics metrics,
            Duration tick) {
        this.codec = codec;
        this.timeline = timeline;
        this.positions = positions;
        this.shares = shares;
        this.metrics = metrics;
        this.tick = tick;
        this.subscriptions = new Subscriptions<>(sockets, MAX_PER_SOCKET);
        this.tasks = new PeriodicTasks(vertx, LOG, StoreUnavailable.class::isInstance);
        metrics.watched(() -> subscriptions.keys().size());
    }

    void start() {
        positions.onReconnected(() -> subscriptions.keys().forEach(this::reconcile));
        tasks.every(tick, "sending positions", DEADLINE, this::tick);
        tasks.every(RECHECK, "rechecking watchers of locations", RECHECK, () -> subscriptions.recheck(this::allowed));
    }

    Future<Void> stop() {
        return tasks.stop(MAX_STOP);
    }

    /** The next tick sends all shares to this socket, even if it has watched before. */
    Future<Void> watch(Principal caller, ConversationId conversation) {
        return isMember(conversation, caller.user())
                .compose(member -> member ? reconcile(conversation) : Future.failedFuture(TimelineErrors.notMember()))
                .map(none -> {
                    Watcher watcher = new Watcher(caller, conversation);
                    // First, so that no tick sends only changes.
                    fresh.add(watcher);
                    if (!subscriptions.add(caller, conversation)) {
                        fresh.remove(watcher);
                        throw LocationErrors.watched(MAX_PER_SOCKET);
                    }
                    if (!subscriptions.watchers(conversation).contains(caller)) {
                        // The socket has closed.
                        fresh.remove(watcher);
                    }
                    return null;
                });
    }

    void unwatch(Principal caller, ConversationId conversation) {
        subscriptions.remove(caller, conversation);
        fresh.remove(new Watcher(caller, conversation));
    }

    void socketClosed(Principal socket) {
        fresh.removeIf(watcher -> watcher.socket.equals(socket));
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

    /** Exact; while PostgreSQL is unavailable, as of the last minutes, so that open maps go on. */
    private Future<Boolean> isMember(ConversationId conversation, UserId user) {
        return timeline.<Boolean>transact(tx -> tx.isMember(conversation, user))
                .recover(failure -> failure instanceof StoreUnavailable
                        ? timeline.members().recent(conversation).map(list -> list.users()
                                .contains(user))
                        : Future.failedFuture(failure));
    }

    private Future<Set<ConversationId>> allowed(UserId user, Set<ConversationId> conversations) {
        Set<ConversationId> allowed = ConcurrentHashMap.newKeySet();
        return Future.all(conversations.stream()
                        .map(conversation -> isMember(conversation, user).onSuccess(member -> {
                            if (member) {
                                allowed.add(conversation);
                            }
                        }))
                        .toList())
                .map(allowed);
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
        return topics.entrySet().stream()
                .sorted(Comparator.comparingLong(topic -> topic.getValue().lastTick))
                .limit(MAX_PER_TICK)
                .map(Map.Entry::getKey)
                .toList();
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
    private synchronized Void send(ConversationId conversation, Read read, Set<UserId> members) {
        Topic topic = topics.get(conversation);
        if (topic != null) {
            topic.lastTick = ticks;
            send(conversation, topic.shares.next(read, members), members);
        }
        return null;
    }

    private void send(ConversationId conversation, WatchedShares.News news, Set<UserId> members) {
        Set<Principal> newcomers = new HashSet<>();
        Set<Principal> others = new HashSet<>();
        for (Principal watcher : subscriptions.watchers(conversation)) {
            if (!members.contains(watcher.user())) {
                unwatch(watcher, conversation);
            } else if (fresh.remove(new Watcher(watcher, conversation))) {
                newcomers.add(watcher);
            } else {
                others.add(watcher);
            }
        }
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
