package im.hongyan.location;

import im.hongyan.async.Repeat;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.Script;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The positions of shares, and what else nodes know of running shares without PostgreSQL.
 *
 * <ul>
 *   <li>{@code hongyan:location:{<conversation>}}: hash with a field for each running share, and for each that has
 *       ended within {@link #END_NOTED}; see {@code update.lua}. Expires with the last of them
 *   <li>{@code hongyan:location:{<share>}:facts}: string {@code <user> <session> <conversation> <precision> <expiry>}.
 *       Expires with the share; it may be there after a stop
 *   <li>{@code hongyan:location:{all}:conversations}: sorted set of conversations by the time in ms since 1970 until
 *       which they may have a share
 * </ul>
 */
final class PositionStore {
    /** What became of an update. */
    sealed interface Outcome {}

    enum Done implements Outcome {
        TAKEN,
        /** An update with this number or a higher one was taken before. */
        NOT_NEWER,
        ENDED,
        /** Redis does not know the share: it may have lost it, or PostgreSQL may not have it any more. */
        MISSING
    }

    /** @param retryAfterMs when the next position may come */
    record TooEarly(long retryAfterMs) implements Outcome {}

    /**
     * The shares of a conversation.
     *
     * @param now in ms since 1970, by Redis' clock
     * @param ended shares that have ended a moment ago
     */
    record Read(long now, List<SharedPosition> running, Set<ShareId> ended) {}

    /** How long a tombstone stays: longer than an update can take that was checked before the end. */
    static final Duration END_NOTED = Duration.ofMinutes(1);

    /** Whenever a hash reaches a multiple of this number of fields, it drops expired tombstones. */
    private static final int PURGE_FIELDS = 1_000;

    private static final int PAGE = 500;
    private static final String CONVERSATIONS = "hongyan:location:{all}:conversations";

    private final Redis redis;
    private final long minUpdateMs;
    private final Script update = Script.load(PositionStore.class, "update.lua");
    private final Script add = Script.load(PositionStore.class, "add.lua");
    private final Script end = Script.load(PositionStore.class, "end.lua");
    private final Script positions = Script.load(PositionStore.class, "positions.lua");

    PositionStore(Redis redis, Duration minUpdate) {
        this.redis = redis;
        this.minUpdateMs = minUpdate.toMillis();
    }

    /** Loads the script that is sent in batches. */
    Future<Void> prepare() {
        return redis.prepare(positions);
    }

    void onReconnected(Runnable action) {
        redis.onReconnected(action);
    }

    /**
     * Stores an update.
     *
     * @param position null for a pause
     * @param add whether a missing share is added; only after PostgreSQL has said that it runs
     */
    Future<Outcome> update(Share share, long n, Position position, boolean add) {
        List<String> arguments = List.of(
                share.id().text(),
                Long.toString(n),
                position == null ? "" : position.text(),
                Long.toString(minUpdateMs),
                add ? share.user().text() : "",
                millis(share.expiresAt()));
        return redis.eval(update, List.of(key(share.conversation())), arguments)
                .map(answer -> outcome(answer.toInteger()))
                .onSuccess(outcome -> {
                    if (add && outcome == Done.TAKEN) {
                        remember(List.of(share));
                    }
                });
    }

    private static Outcome outcome(int code) {
        return switch (code) {
            case 0 -> Done.TAKEN;
            case 1 -> Done.NOT_NEWER;
            case 2 -> Done.ENDED;
            case 3 -> Done.MISSING;
            default -> new TooEarly(-code);
        };
    }

    /** Adds shares of one conversation that run and have no position yet. Changes none that is there. */
    Future<Void> add(ConversationId conversation, List<Share> shares) {
        if (shares.isEmpty()) {
            return Future.succeededFuture();
        }
        List<String> arguments = shares.stream()
                .flatMap(share -> Stream.of(share.id().text(), share.user().text(), millis(share.expiresAt())))
                .toList();
        return redis.eval(add, List.of(key(conversation)), arguments).compose(done -> remember(shares));
    }

    private Future<Void> remember(List<Share> shares) {
        List<Request> requests = new ArrayList<>();
        for (Share share : shares) {
            String facts = String.join(
                    " ",
                    share.user().text(),
                    share.session().text(),
                    share.conversation().text(),
                    share.precision().text(),
                    millis(share.expiresAt()));
            requests.add(Request.cmd(Command.SET)
                    .arg(factsKey(share.id()))
                    .arg(facts)
                    .arg("PXAT")
                    .arg(millis(share.expiresAt())));
            requests.add(Request.cmd(Command.ZADD)
                    .arg(CONVERSATIONS)
                    .arg("GT")
                    .arg(millis(share.expiresAt()))
                    .arg(share.conversation().text()));
        }
        return redis.batch(requests).mapEmpty();
    }

    /** What Redis knows of a share, whether it still runs or not. */
    Future<Optional<Share>> find(ShareId share) {
        return redis.send(Request.cmd(Command.GET).arg(factsKey(share)))
                .map(answer -> Optional.ofNullable(answer).map(facts -> share(share, facts.toString())));
    }

    private static Share share(ShareId id, String facts) {
        String[] parts = facts.split(" ", 5);
        return new Share(
                id,
                UserId.of(parts[0]),
                SessionId.of(parts[1]),
                ConversationId.of(parts[2]),
                Precision.parse(parts[3]),
                Instant.ofEpochMilli(Long.parseLong(parts[4])));
    }

    /** Deletes the position of a share, and refuses late updates of it. Idempotent. */
    Future<Void> end(ConversationId conversation, ShareId share) {
        List<String> arguments =
                List.of(share.text(), Long.toString(END_NOTED.toMillis()), Integer.toString(PURGE_FIELDS));
        return redis.eval(end, List.of(key(conversation)), arguments).mapEmpty();
    }

    /** The shares of each of these conversations, in their order. */
    Future<List<Read>> read(List<ConversationId> conversations) {
        if (conversations.isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        return redis.batch(conversations.stream()
                        .map(conversation -> positions.call(List.of(key(conversation)), List.of()))
                        .toList())
                .map(answers -> answers.stream().map(PositionStore::read).toList());
    }

    private static Read read(Response answer) {
        List<SharedPosition> running = new ArrayList<>();
        Set<ShareId> ended = new LinkedHashSet<>();
        for (int i = 1; i < answer.size(); i += 2) {
            ShareId share = ShareId.of(answer.get(i).toString());
            SharedPosition position =
                    SharedPosition.parse(share, answer.get(i + 1).toString());
            if (position == null) {
                ended.add(share);
            } else {
                running.add(position);
            }
        }
        return new Read(Long.parseLong(answer.get(0).toString()), running, ended);
    }

    /**
     * Visits the conversations that may have shares, page after page. A conversation that is there all the time is
     * visited at least once, whatever is added and removed meanwhile.
     *
     * @param visit fails to end it
     */
    Future<Void> eachConversation(Function<List<ConversationId>, Future<Void>> visit) {
        AtomicReference<String> cursor = new AtomicReference<>("0");
        return Repeat.untilLast(() -> redis.send(Request.cmd(Command.ZSCAN)
                        .arg(CONVERSATIONS)
                        .arg(cursor.get())
                        .arg("COUNT")
                        .arg(PAGE))
                .compose(answer -> {
                    cursor.set(answer.get(0).toString());
                    return visit.apply(conversations(answer.get(1)));
                })
                .map(none -> cursor.get().equals("0")));
    }

    /** @param scores members, each followed by its score */
    private static List<ConversationId> conversations(Response scores) {
        List<ConversationId> some = new ArrayList<>();
        for (int i = 0; i < scores.size(); i += 2) {
            some.add(ConversationId.of(scores.get(i).toString()));
        }
        return some;
    }

    /** Forgets the conversations whose last share has expired. */
    Future<Void> dropExpiredConversations(Instant now) {
        return redis.send(Request.cmd(Command.ZREMRANGEBYSCORE)
                        .arg(CONVERSATIONS)
                        .arg("-inf")
                        .arg(millis(now)))
                .mapEmpty();
    }

    private static String millis(Instant time) {
        return Long.toString(time.toEpochMilli());
    }

    private static String key(ConversationId conversation) {
        return "hongyan:location:{" + conversation + "}";
    }

    private static String factsKey(ShareId share) {
        return "hongyan:location:{" + share + "}:facts";
    }
}
