package im.hongyan.store.redis;

import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The master of each slot of a Redis Cluster. Refreshed every {@value #REFRESH_MS} ms, and every {@value #TICK_MS} ms
 * while slots move or masters are unavailable. Thread-safe.
 */
final class SlotMap {
    private static final long TICK_MS = 500;
    private static final long REFRESH_MS = 5_000;
    private static final Request SLOTS = Request.cmd(Command.CLUSTER).arg("SLOTS");

    private final Vertx vertx;
    private final Context context;
    private final List<RedisAddress> seeds;
    private final RedisLimits limits;
    private final RedisEvents events;
    private final Map<String, Member> members = new ConcurrentHashMap<>();
    private final AtomicReferenceArray<Member> owners = new AtomicReferenceArray<>(HashSlot.COUNT);
    private final AtomicBoolean refreshing = new AtomicBoolean();
    private final Future<Void> opened;
    private final long timer;
    private volatile long refreshed = System.nanoTime();
    private volatile boolean stale;
    private volatile boolean known;
    private volatile boolean closed;

    SlotMap(Vertx vertx, List<RedisAddress> seeds, RedisLimits limits, RedisEvents events) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.seeds = seeds;
        this.limits = limits;
        this.events = events;
        this.opened = refresh()
                .recover(failure ->
                        RedisFailures.isRefusal(failure) ? Future.failedFuture(failure) : Future.succeededFuture())
                .compose(done -> Future.join(members.values().stream()
                                .map(member -> member.master.opened())
                                .toList())
                        .mapEmpty());
        this.timer = vertx.setPeriodic(TICK_MS, tick -> {
            boolean old = System.nanoTime() - refreshed > TimeUnit.MILLISECONDS.toNanos(REFRESH_MS);
            if (stale || old || !known || members.values().stream().anyMatch(member -> !member.master.isAvailable())) {
                refresh();
            }
        });
    }

    Future<Void> opened() {
        return opened;
    }

    /** Null while unknown. */
    Member owner(int slot) {
        return owners.get(slot);
    }

    /** Any master, preferably a connected one; null while none is known. */
    Member any() {
        return connected().stream()
                .findFirst()
                .orElseGet(() -> members.values().stream().findFirst().orElse(null));
    }

    List<Member> connected() {
        return members.values().stream()
                .filter(member -> member.master.isAvailable())
                .toList();
    }

    /** The node at that address, which may be new. */
    Member member(RedisAddress address) {
        return members.computeIfAbsent(address.hostAndPort(), name -> new Member(address, known));
    }

    /** A node redirected the slot to {@code owner}. */
    void moved(int slot, Member owner) {
        owners.set(slot, owner);
        refreshSoon();
    }

    void refreshSoon() {
        stale = true;
    }

    Future<Void> close() {
        closed = true;
        vertx.cancelTimer(timer);
        return Future.join(members.values().stream()
                        .map(member -> member.master.close())
                        .toList())
                .mapEmpty();
    }

    private Future<Void> refresh() {
        if (closed || !refreshing.compareAndSet(false, true)) {
            return Future.succeededFuture();
        }
        stale = false;
        Deque<Supplier<Future<Void>>> sources = new ArrayDeque<>();
        // In random order, because one node may be cut off without noticing it.
        List<Member> asked = new ArrayList<>(connected());
        Collections.shuffle(asked);
        asked.forEach(
                member -> sources.add(() -> member.master.send(SLOTS).compose(slots -> apply(slots, member.address))));
        seeds.forEach(seed -> sources.add(() -> ask(seed)));
        return Future.<Void>future(
                        done -> context.runOnContext(now -> first(sources, null).onComplete(done::handle)))
                .onComplete(done -> {
                    refreshed = System.nanoTime();
                    refreshing.set(false);
                });
    }

    private Future<Void> first(Deque<Supplier<Future<Void>>> sources, Throwable before) {
        Supplier<Future<Void>> next = sources.poll();
        return next == null
                ? Future.failedFuture(before)
                : next.get()
                        .recover(failure ->
                                first(sources, before != null && RedisFailures.isRefusal(before) ? before : failure));
    }

    private Future<Void> ask(RedisAddress seed) {
        Redis client = Redis.createClient(vertx, RedisClients.options(seed, limits));
        return client.connect()
                .compose(opened -> opened.send(SLOTS))
                .timeout(limits.connectTimeoutMs(), TimeUnit.MILLISECONDS)
                .eventually(client::close)
                .recover(failure -> Future.failedFuture(explained(seed, failure)))
                .compose(slots -> apply(slots, seed));
    }

    private static Throwable explained(RedisAddress seed, Throwable failure) {
        String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        return message.contains("cluster support disabled") || message.contains("unknown command")
                ? new RedisRefusal("the server at " + seed.hostAndPort()
                        + " is not a node of a Redis Cluster: set redis.mode=standalone or redis.mode=sentinel")
                : failure;
    }

    private Future<Void> apply(Response slots, RedisAddress asked) {
        if (slots.size() == 0) {
            return Future.failedFuture(StoreUnavailable.refused(
                    "the node at " + asked.hostAndPort() + " knows no master that has slots", null));
        }
        if (closed) {
            return Future.succeededFuture();
        }
        Member[] now = new Member[HashSlot.COUNT];
        Set<Member> current = new HashSet<>();
        for (Response range : slots) {
            Response host = range.get(2).get(0);
            String given = host == null ? "" : host.toString();
            // A node that does not know its own address omits it.
            String name = given.isEmpty() || given.equals("?") ? asked.host() : given;
            Member owner = member(asked.at(name, range.get(2).get(1).toInteger()));
            current.add(owner);
            for (int slot = range.get(0).toInteger(); slot <= range.get(1).toInteger(); slot++) {
                now[slot] = owner;
            }
        }
        for (int slot = 0; slot < now.length; slot++) {
            owners.set(slot, now[slot]);
        }
        known = true;
        members.values().stream().filter(member -> !current.contains(member)).forEach(this::retire);
        return Future.succeededFuture();
    }

    private void retire(Member member) {
        if (members.remove(member.address.hostAndPort(), member)) {
            // Requests in flight are still answered.
            vertx.setTimer(2L * limits.deadlineMs(), late -> member.master.close());
        }
    }

    /** A master of the cluster. */
    final class Member implements RedisMaster.Owner {
        private static final int TRIES = 1_000;

        private final RedisAddress address;
        private final AtomicBoolean replacement;
        private final RedisMaster master;
        private volatile String canary = "";
        private volatile long tried;

        private Member(RedisAddress address, boolean replacement) {
            this.address = address;
            this.replacement = new AtomicBoolean(replacement);
            this.master = new RedisMaster(vertx, "Redis at " + address.hostAndPort(), limits, this);
        }

        RedisMaster master() {
            return master;
        }

        RedisAddress nodeAddress() {
            return address;
        }

        /** Completes after the first attempt to connect, whatever its outcome. */
        Future<Void> opened() {
            return master.opened().otherwiseEmpty();
        }

        @Override
        public Future<RedisAddress> address() {
            return Future.succeededFuture(address);
        }

        @Override
        public Future<Void> check(RedisInfo info) {
            if (info.mode().equals("standalone")) {
                return Future.failedFuture(new RedisRefusal("the server at " + address.hostAndPort()
                        + " is not a node of a Redis Cluster: set redis.mode=standalone"));
            }
            // A replica would redirect each request, so the slots are read again.
            return info.isReplica()
                    ? Future.failedFuture(
                            StoreUnavailable.refused(address.hostAndPort() + " has become a replica", null))
                    : Future.succeededFuture();
        }

        @Override
        public Stream<Script> scripts() {
            return events.scripts();
        }

        @Override
        public String keyFor(String suffix) {
            String known = canary;
            if (!known.isEmpty() && owners.get(HashSlot.of(known)) == this) {
                return known;
            }
            // Bounded, because this is an event loop and a master without slots has no such key.
            long from = tried;
            for (long i = from; i < from + TRIES; i++) {
                String key = "hongyan:canary:{" + suffix + "-" + i + "}";
                if (owners.get(HashSlot.of(key)) == this) {
                    canary = key;
                    return key;
                }
            }
            tried = from + TRIES;
            return null;
        }

        @Override
        public void connected(boolean perhapsEmpty) {
            // A replacement may lack the latest writes of the former master.
            if (replacement.getAndSet(false) || perhapsEmpty) {
                events.reconnected();
            }
        }

        @Override
        public void emptied() {
            events.reconnected();
        }

        @Override
        public void disconnected() {
            refreshSoon();
        }
    }
}
