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
 * The share allocator in Redis. Its keys have {@value #SHARDS} different hash tags, so that they are spread over the
 * masters of a cluster, while all keys that one script uses are in one slot:
 *
 * <ul>
 *   <li>{@code hongyan:envelope:{e<shard>}:<envelope>:free}: list of the indexes of free shares. Expires ten minutes
 *       after the envelope
 *   <li>{@code hongyan:envelope:{e<shard>}:<envelope>:held}: hash from user to index. The empty field is the number of
 *       shares; a field {@code #<index>} is a share whose user the allocator does not know. Expires ten minutes after
 *       the envelope
 *   <li>{@code hongyan:envelope:{e<shard>}:open}: sorted set of the reservations that are neither confirmed nor
 *       released, as {@code <envelope>/<user>} by the time of the reservation in ms since 1970. Each member is removed
 *       by {@link #confirm}, {@link #release} or {@link #reassign}
 * </ul>
 */
final class ShareAllocatorStore implements ShareAllocator {
    static final int SHARDS = 16;
    private static final Duration KEPT_AFTER_EXPIRY = Duration.ofMinutes(10);
    private static final int MAX_OVERDUE_PER_SHARD = 50;
    private static final int MAX_BATCH = 256;
    private static final int MAX_QUEUED = 20_000;

    private static final Logger LOG = LoggerFactory.getLogger(ShareAllocatorStore.class);

    private final Redis redis;
    private final LogThrottle throttle = new LogThrottle();
    private final Script reserve = Script.load(ShareAllocatorStore.class, "reserve.lua");
    private final Script build = Script.load(ShareAllocatorStore.class, "build.lua");
    private final Script release = Script.load(ShareAllocatorStore.class, "release.lua");
    private final Script reassign = Script.load(ShareAllocatorStore.class, "reassign.lua");
    private final Script overdue = Script.load(ShareAllocatorStore.class, "overdue.lua");

    /** Batches the requests of many users for the same envelope, which would otherwise cost a round trip each. */
    private final RequestCoalescer<EnvelopeId, UserId, Answer> requests = new RequestCoalescer<>(
            MAX_BATCH,
            MAX_QUEUED,
            () -> Rejection.unavailable("envelope.busy", "too many requests to open envelopes; try again", 1_000),
            this::reserve);

    ShareAllocatorStore(Redis redis) {
        this.redis = redis;
    }

    @Override
    public Future<Answer> reserve(EnvelopeSpec envelope, UserId user) {
        return requests.ask(envelope.id(), user);
    }

    private Future<List<Answer>> reserve(EnvelopeId id, List<UserId> users) {
        List<String> arguments = new ArrayList<>(users.size() + 1);
        arguments.add(id.text());
        users.forEach(user -> arguments.add(user.text()));
        return redis.eval(reserve, List.of(key(id, "free"), key(id, "held"), openKey(shard(id))), arguments)
                .map(answers -> Arrays.stream(answers.toString().split(" ", -1))
                        .map(ShareAllocatorStore::answer)
                        .toList());
    }

    private static Answer answer(String text) {
        int idx = Integer.parseInt(text);
        return switch (idx) {
            case -1 -> new Answer.Empty();
            case -2 -> new Answer.NotBuilt();
            default -> new Answer.Index(idx);
        };
    }

    @Override
    public Future<Void> build(EnvelopeSpec envelope, Map<UserId, Integer> claimed) {
        List<String> arguments = new ArrayList<>();
        arguments.add(Integer.toString(envelope.count()));
        arguments.add(expiresAtMs(envelope));
        claimed.forEach((user, idx) -> {
            arguments.add(user.text());
            arguments.add(idx.toString());
        });
        return redis.eval(build, List.of(key(envelope.id(), "free"), key(envelope.id(), "held")), arguments)
                .mapEmpty();
    }

    @Override
    public Future<Void> confirm(List<Reservation> reservations) {
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
                                expiresAtMs(envelope)))
                .mapEmpty();
    }

    @Override
    public Future<Void> reassign(EnvelopeSpec envelope, UserId user, int reserved, int claimed) {
        EnvelopeId id = envelope.id();
        return redis.eval(
                        reassign,
                        List.of(key(id, "free"), key(id, "held"), openKey(shard(id))),
                        List.of(
                                user.text(),
                                member(id, user),
                                Integer.toString(reserved),
                                Integer.toString(claimed),
                                expiresAtMs(envelope)))
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

    /** A shard that fails counts as empty, so that one unavailable master does not stop the recovery of the others. */
    private Future<List<Reservation>> overdue(int shard, long ageMs) {
        List<String> arguments = List.of(Long.toString(ageMs), Integer.toString(MAX_OVERDUE_PER_SHARD));
        return redis.eval(overdue, List.of(openKey(shard)), arguments)
                .map(members -> reservations(shard, members))
                .otherwise(failure -> {
                    if (!(failure instanceof StoreUnavailable)) {
                        throttle.log(suppressed -> LOG.error(
                                "cannot read overdue reservations ({} more failures not logged)", suppressed, failure));
                    }
                    return List.of();
                });
    }

    /** Removes malformed members, which would otherwise fill each page of results for ever. */
    private List<Reservation> reservations(int shard, Response members) {
        List<Reservation> reservations = new ArrayList<>();
        Request remove = Request.cmd(Command.ZREM).arg(openKey(shard));
        int malformed = 0;
        for (Response member : members) {
            try {
                reservations.add(reservation(member.toString()));
            } catch (RuntimeException e) {
                malformed++;
                remove.arg(member.toBytes());
            }
        }
        if (malformed > 0) {
            int removed = malformed;
            throttle.log(suppressed -> LOG.warn(
                    "removing {} malformed reservations from {} ({} more lines not logged)",
                    removed,
                    openKey(shard),
                    suppressed));
            redis.send(remove)
                    .onFailure(failure -> LOG.debug("cannot remove malformed reservations: {}", failure.toString()));
        }
        return reservations;
    }

    /** The number of reservations that were made more than {@code ageMs} ago and are neither confirmed nor released. */
    Future<Long> countUnconfirmed(long ageMs) {
        String before = Long.toString(System.currentTimeMillis() - ageMs);
        return redis.batch(IntStream.range(0, SHARDS)
                        .mapToObj(shard -> Request.cmd(Command.ZCOUNT)
                                .arg(openKey(shard))
                                .arg("-inf")
                                .arg(before))
                        .toList())
                .map(counts -> counts.stream().mapToLong(Response::toLong).sum());
    }

    private static String expiresAtMs(EnvelopeSpec envelope) {
        return Long.toString(envelope.expiresAt().plus(KEPT_AFTER_EXPIRY).toEpochMilli());
    }

    private static int shard(EnvelopeId envelope) {
        return Math.floorMod(envelope.value().hashCode(), SHARDS);
    }

    private static String key(EnvelopeId envelope, String name) {
        return "hongyan:envelope:{e" + shard(envelope) + "}:" + envelope.text() + ":" + name;
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
