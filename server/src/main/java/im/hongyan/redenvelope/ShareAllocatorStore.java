package im.hongyan.redenvelope;

import im.hongyan.async.LogThrottle;
import im.hongyan.async.RequestCoalescer;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.Script;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gate in Redis. Its keys are spread over {@value #SHARDS} hash tags, so that a cluster shares them out and yet all of
 * an envelope's are in one slot, together with the reservations that somebody has to look after:
 *
 * <ul>
 *   <li>{@code hongyan:envelope:{e<shard>}:<envelope>:free}, a list of the indexes of free shares
 *   <li>{@code hongyan:envelope:{e<shard>}:<envelope>:held}, a hash from user to index; under the empty name the number of
 *       shares, under {@code #<index>} a share of somebody whom the gate does not know. Both go some minutes after the
 *       envelope's end
 *   <li>{@code hongyan:envelope:{e<shard>}:open}, a sorted set of {@code <envelope>/<user>} by the time of the reservation in
 *       ms since 1970: those that are neither settled nor given back
 * </ul>
 */
final class ShareAllocatorStore implements ShareAllocator {
    static final int SHARDS = 16;
    private static final Duration KEPT = Duration.ofMinutes(10);
    private static final int OVERDUE_PER_SHARD = 50;
    private static final int MAX_BATCH = 256;
    private static final int MAX_QUEUED = 20_000;

    private static final Logger LOG = LoggerFactory.getLogger(ShareAllocatorStore.class);

    private final Redis redis;
    private final LogThrottle seldom = new LogThrottle();
    private final Script take = Script.load(ShareAllocatorStore.class, "take.lua");
    private final Script build = Script.load(ShareAllocatorStore.class, "build.lua");
    private final Script release = Script.load(ShareAllocatorStore.class, "release.lua");
    private final Script learn = Script.load(ShareAllocatorStore.class, "learn.lua");
    private final Script overdue = Script.load(ShareAllocatorStore.class, "overdue.lua");

    /** A crowd at one envelope asks in few calls: one by one, each would cost a call's way to Redis and back. */
    private final RequestCoalescer<EnvelopeId, UserId, Answer> takes = new RequestCoalescer<>(
            MAX_BATCH,
            MAX_QUEUED,
            () -> Rejection.unavailable("envelope.busy", "too many requests to open envelopes; try again", 1_000),
            this::take);

    ShareAllocatorStore(Redis redis) {
        this.redis = redis;
    }

    @Override
    public Future<Answer> take(EnvelopeSpec envelope, UserId user) {
        return takes.ask(envelope.id(), user);
    }

    private Future<List<Answer>> take(EnvelopeId id, List<UserId> users) {
        List<String> arguments = new ArrayList<>(users.size() + 1);
        arguments.add(id.text());
        users.forEach(user -> arguments.add(user.text()));
        return redis.eval(take, List.of(key(id, "free"), key(id, "held"), openKey(shard(id))), arguments)
                .map(answers -> Arrays.stream(answers.toString().split(" ", -1))
                        .map(ShareAllocatorStore::answer)
                        .toList());
    }

    private static Answer answer(String text) {
        int idx = Integer.parseInt(text);
        return switch (idx) {
            case -1 -> new Answer.Empty();
            case -2 -> new Answer.Unbuilt();
            default -> new Answer.Index(idx);
        };
    }

    @Override
    public Future<Void> build(EnvelopeSpec envelope, Map<UserId, Integer> claimed) {
        List<String> arguments = new ArrayList<>();
        arguments.add(Integer.toString(envelope.count()));
        arguments.add(forgottenAt(envelope));
        claimed.forEach((user, idx) -> {
            arguments.add(user.text());
            arguments.add(idx.toString());
        });
        return redis.eval(build, List.of(key(envelope.id(), "free"), key(envelope.id(), "held")), arguments)
                .mapEmpty();
    }

    @Override
    public Future<Void> settled(List<Reservation> reservations) {
        Map<Integer, List<String>> byShard = new HashMap<>();
        reservations.forEach(one -> byShard.computeIfAbsent(shard(one.envelope()), none -> new ArrayList<>())
                .add(member(one.envelope(), one.user())));
        List<Request> requests = new ArrayList<>();
        byShard.forEach((shard, members) -> {
            Request request = Request.cmd(Command.ZREM).arg(openKey(shard));
            members.forEach(request::arg);
            requests.add(request);
        });
        return redis.batch(requests).mapEmpty();
    }

    @Override
    public Future<Void> release(EnvelopeSpec envelope, UserId user, int idx, boolean free) {
        EnvelopeId id = envelope.id();
        return redis.eval(
                        release,
                        List.of(key(id, "free"), key(id, "held"), openKey(shard(id))),
                        List.of(
                                user.text(),
                                member(id, user),
                                Integer.toString(idx),
                                free ? "1" : "0",
                                forgottenAt(envelope)))
                .mapEmpty();
    }

    @Override
    public Future<Void> learn(EnvelopeSpec envelope, UserId user, int given, int real) {
        EnvelopeId id = envelope.id();
        return redis.eval(
                        learn,
                        List.of(key(id, "free"), key(id, "held"), openKey(shard(id))),
                        List.of(
                                user.text(),
                                member(id, user),
                                Integer.toString(given),
                                Integer.toString(real),
                                forgottenAt(envelope)))
                .mapEmpty();
    }

    @Override
    public Future<Void> drop(EnvelopeId envelope) {
        return redis.send(Request.cmd(Command.DEL).arg(key(envelope, "free")).arg(key(envelope, "held")))
                .mapEmpty();
    }

    @Override
    public Future<List<Reservation>> overdue(long ageMs) {
        List<Future<List<Reservation>>> shards = IntStream.range(0, SHARDS)
                .mapToObj(shard -> overdue(shard, ageMs))
                .toList();
        return Future.all(shards).map(all -> all.<List<Reservation>>list().stream()
                .flatMap(List::stream)
                .toList());
    }

    /** While one master of a cluster is away, the others' shards are looked after. */
    private Future<List<Reservation>> overdue(int shard, long ageMs) {
        List<String> arguments = List.of(Long.toString(ageMs), Integer.toString(OVERDUE_PER_SHARD));
        return redis.eval(overdue, List.of(openKey(shard)), arguments)
                .map(members -> reservations(shard, members))
                .otherwise(failure -> {
                    if (!(failure instanceof StoreUnavailable)) {
                        seldom.log(passed ->
                                LOG.error("reservations could not be read ({} more before)", passed, failure));
                    }
                    return List.of();
                });
    }

    /** What is no reservation has come from elsewhere: left there, it would hold up those behind it for ever. */
    private List<Reservation> reservations(int shard, Response members) {
        List<Reservation> reservations = new ArrayList<>();
        Request remove = Request.cmd(Command.ZREM).arg(openKey(shard));
        int strange = 0;
        for (Response member : members) {
            try {
                reservations.add(reservation(member.toString()));
            } catch (RuntimeException e) {
                strange++;
                remove.arg(member.toBytes());
            }
        }
        if (strange > 0) {
            int removed = strange;
            seldom.log(passed -> LOG.warn(
                    "{} members of {} are no reservations and are removed ({} such lines before)",
                    removed,
                    openKey(shard),
                    passed));
            redis.send(remove).onFailure(failure -> LOG.debug("not removed: {}", failure.toString()));
        }
        return reservations;
    }

    /** How many reservations were made more than {@code ageMs} ago and are not settled. */
    Future<Long> unsettled(long ageMs) {
        String before = Long.toString(System.currentTimeMillis() - ageMs);
        return redis.batch(IntStream.range(0, SHARDS)
                        .mapToObj(shard -> Request.cmd(Command.ZCOUNT)
                                .arg(openKey(shard))
                                .arg("-inf")
                                .arg(before))
                        .toList())
                .map(counts -> counts.stream().mapToLong(Response::toLong).sum());
    }

    private static String forgottenAt(EnvelopeSpec envelope) {
        return Long.toString(envelope.expiresAt().plus(KEPT).toEpochMilli());
    }

    private static int shard(EnvelopeId envelope) {
        return Math.floorMod(envelope.value().hashCode(), SHARDS);
    }

    private static String key(EnvelopeId envelope, String what) {
        return "hongyan:envelope:{e" + shard(envelope) + "}:" + envelope.text() + ":" + what;
    }

    private static String openKey(int shard) {
        return "hongyan:envelope:{e" + shard + "}:open";
    }

    private static String member(EnvelopeId envelope, UserId user) {
        return envelope.text() + "/" + user.text();
    }

    private static Reservation reservation(String member) {
        int slash = member.indexOf('/');
        return new Reservation(EnvelopeId.of(member.substring(0, slash)), UserId.of(member.substring(slash + 1)));
    }
}
