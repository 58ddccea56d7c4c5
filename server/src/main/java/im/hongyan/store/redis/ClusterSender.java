package im.hongyan.store.redis;

import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Redis Cluster: sends each request to the master of its slot and follows redirections. */
final class ClusterSender implements RedisRequestSender {
    private static final int REDIRECTIONS = 5;

    /**
     * For this time after a redirection the requests of a batch are sent one by one, because each may be redirected.
     */
    private static final long MOVING_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Commands that may be repeated safely. */
    private static final Set<String> READS = Set.of(
            "get",
            "mget",
            "exists",
            "ttl",
            "pttl",
            "hget",
            "hmget",
            "hgetall",
            "hvals",
            "hkeys",
            "hlen",
            "hexists",
            "smembers",
            "scard",
            "sismember",
            "zrange",
            "zscore",
            "zcard",
            "lrange",
            "llen",
            "strlen",
            "type");

    private static final Request ASKING = Request.cmd(Command.ASKING);

    private final RedisLimits limits;
    private final SlotMap map;
    private final AtomicInteger following = new AtomicInteger();
    private volatile long movedAt = System.nanoTime() - 2 * MOVING_NANOS;

    ClusterSender(Vertx vertx, List<RedisAddress> seeds, RedisLimits limits, RedisEvents events) {
        this.limits = limits;
        this.map = new SlotMap(vertx, seeds, limits, events);
    }

    @Override
    public Future<Void> opened() {
        return map.opened();
    }

    @Override
    public Future<Response> send(Request request) {
        try {
            int slot = HashSlot.of(request);
            SlotMap.Member member = slot == HashSlot.ANY ? map.any() : map.owner(slot);
            return member == null ? unavailable() : send(member, request);
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(e);
        }
    }

    private Future<Response> send(SlotMap.Member member, Request request) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limits.deadlineMs());
        return member.master().send(request).recover(failure -> {
            Redirection redirection = Redirection.of(failure);
            return redirection == null ? failed(failure) : bounded(redirection, member, request, end);
        });
    }

    private Future<Response> bounded(Redirection redirection, SlotMap.Member from, Request request, long end) {
        if (following.incrementAndGet() > limits.queue() * limits.connections()) {
            following.decrementAndGet();
            return Future.failedFuture(StoreUnavailable.refused("Redis: too many slots are being moved", null));
        }
        long left = Math.max(1, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()));
        return follow(redirection, from, request, REDIRECTIONS)
                .timeout(left, TimeUnit.MILLISECONDS)
                .recover(failure -> Future.failedFuture(RedisFailures.translate(failure)))
                .onComplete(done -> following.decrementAndGet());
    }

    private Future<Response> follow(Redirection redirection, SlotMap.Member from, Request request, int left) {
        movedAt = System.nanoTime();
        if (left == 0) {
            return Future.failedFuture(StoreUnavailable.refused("Redis: the slot's redirections form a circle", null));
        }
        SlotMap.Member target = map.member(from.nodeAddress().at(redirection.target()));
        if (!redirection.ask()) {
            map.moved(redirection.slot(), target);
        }
        return target.opened()
                .compose(opened -> redirection.ask()
                        // In one write, so that no request of another thread comes between the two.
                        ? target.master().batch(List.of(ASKING, request)).map(answers -> answers.get(1))
                        : target.master().send(request))
                .recover(failure -> {
                    Redirection next = Redirection.of(failure);
                    return next == null ? failed(failure) : follow(next, target, request, left - 1);
                });
    }

    private <T> Future<T> failed(Throwable failure) {
        if (failure instanceof StoreUnavailable) {
            map.refreshSoon();
        }
        return Future.failedFuture(failure);
    }

    @Override
    public Future<List<Response>> batch(List<Request> requests) {
        if (System.nanoTime() - movedAt < MOVING_NANOS) {
            return each(requests);
        }
        Map<SlotMap.Member, List<Integer>> parts = new HashMap<>();
        try {
            for (int i = 0; i < requests.size(); i++) {
                int slot = HashSlot.of(requests.get(i));
                SlotMap.Member member = slot == HashSlot.ANY ? map.any() : map.owner(slot);
                parts.computeIfAbsent(member, key -> new ArrayList<>()).add(i);
            }
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(e);
        }
        Response[] answers = new Response[requests.size()];
        List<Future<Void>> done = new ArrayList<>(parts.size());
        parts.forEach((member, indices) -> done.add(
                part(member, indices.stream().map(requests::get).toList()).<Void>map(part -> {
                    for (int i = 0; i < part.size(); i++) {
                        answers[indices.get(i)] = part.get(i);
                    }
                    return null;
                })));
        // A list that may contain nulls, for the answer nil.
        return Future.join(done).map(all -> Arrays.asList(answers));
    }

    private Future<List<Response>> part(SlotMap.Member member, List<Request> requests) {
        if (member == null) {
            return unavailable();
        }
        return member.master().batch(requests).recover(failure -> {
            Map<Integer, String> refused = RedisFailures.refusals(failure);
            boolean onlyMoved = !refused.isEmpty()
                    && refused.values().stream().allMatch(message -> Redirection.of(message) != null);
            return onlyMoved ? redirected(requests, refused.keySet()) : failed(failure);
        });
    }

    /** The answers to the other requests are lost: the client returns all answers of a batch or none. */
    private Future<List<Response>> redirected(List<Request> requests, Set<Integer> refused) {
        boolean repeatable = IntStream.range(0, requests.size())
                .filter(i -> !refused.contains(i))
                .allMatch(i -> READS.contains(requests.get(i).command().toString()));
        if (repeatable) {
            return each(requests);
        }
        return each(refused.stream().sorted().map(requests::get).toList())
                .transform(done -> Future.failedFuture(StoreUnavailable.unanswered(
                        "Redis: slots are being moved, answers are missing", done.cause())));
    }

    private Future<List<Response>> each(List<Request> requests) {
        List<Future<Response>> answers = requests.stream().map(this::send).toList();
        return Future.join(answers)
                .map(all -> answers.stream().map(Future::result).collect(ArrayList::new, List::add, List::addAll));
    }

    private <T> Future<T> unavailable() {
        map.refreshSoon();
        return Future.failedFuture(
                StoreUnavailable.refused("Redis is unavailable: no master of this slot is known", null));
    }

    @Override
    public Future<Void> broadcast(Request request) {
        List<Future<Response>> answers = map.connected().stream()
                .map(member -> member.master().send(request))
                .toList();
        return answers.isEmpty() ? unavailable() : Future.join(answers).mapEmpty();
    }

    @Override
    public boolean isAvailable() {
        return !map.connected().isEmpty();
    }

    @Override
    public Future<Void> close() {
        return map.close();
    }

    /** A node's answer that another node has the slot: permanently, or for this request while the slot is moved. */
    private record Redirection(boolean ask, int slot, String target) {
        static Redirection of(Throwable failure) {
            Map<Integer, String> refused = RedisFailures.refusals(failure);
            return of(refused.size() == 1 ? refused.values().iterator().next() : failure.getMessage());
        }

        static Redirection of(String message) {
            String[] words = message == null ? new String[0] : message.split(" ", 3);
            return words.length == 3 && (words[0].equals("MOVED") || words[0].equals("ASK"))
                    ? new Redirection(words[0].equals("ASK"), Integer.parseInt(words[1]), words[2])
                    : null;
        }
    }
}
