package im.hongyan.call;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.Script;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The calls of users in Redis.
 *
 * <ul>
 *   <li>{@code hongyan:call:{<user>}:current}: the mark that the user is in a call, as {@code <conversation> <call>}.
 *       Deleted when the user leaves; expires if no node has renewed it for longer than a participant can be
 *       disconnected
 *   <li>{@code hongyan:call:{<user>}:rings}: set of the conversations whose call rings for the user. A conversation is
 *       removed when its call stops ringing; the set expires some time after the last ring would have timed out
 * </ul>
 */
final class CallUserStore {
    /**
     * The mark that a user is in a call.
     *
     * @param fresh whether the mark was set or renewed within the last seconds, so that the room may not exist yet
     */
    record Current(ConversationId conversation, CallId call, boolean fresh) {
        private String text() {
            return CallUserStore.value(conversation, call);
        }
    }

    private static final long MARGIN_MS = 10_000;
    private static final long FRESH_MS = 5_000;
    private static final int MAX_RINGS = 50;

    private final Redis redis;
    private final long ringMs;
    /** Longer than a participant can be without a node that renews the mark. */
    private final long lifeMs;

    private final Script mark = Script.load(CallUserStore.class, "mark.lua");
    private final Script renew = Script.load(CallUserStore.class, "renew-mark.lua");
    private final Script unmark = Script.load(CallUserStore.class, "unmark.lua");

    CallUserStore(Redis redis, CallSettings settings) {
        this.redis = redis;
        this.ringMs = settings.ring().toMillis();
        this.lifeMs = settings.lease().plus(settings.reconnect()).toMillis() + MARGIN_MS;
    }

    /** Loads the scripts that are sent in batches. */
    Future<Void> prepare() {
        return redis.prepare(renew, unmark);
    }

    /**
     * Marks the user as in this call.
     *
     * @param replaced the mark that may be replaced; null for none
     * @return empty if the user is marked; otherwise the existing mark
     */
    Future<Optional<Current>> mark(UserId user, ConversationId conversation, CallId call, Current replaced) {
        return redis.eval(
                        mark,
                        List.of(currentKey(user)),
                        List.of(
                                value(conversation, call),
                                Long.toString(lifeMs),
                                replaced == null ? "" : replaced.text()))
                .map(answer -> answer.size() == 0
                        ? Optional.empty()
                        : Optional.of(
                                current(answer.get(0).toString(), answer.get(1).toLong())));
    }

    /** The marks of these users. */
    Future<Map<UserId, Current>> current(List<UserId> users) {
        if (users.isEmpty()) {
            return Future.succeededFuture(new LinkedHashMap<>());
        }
        return redis.batch(users.stream()
                        .map(user -> Request.cmd(Command.GET).arg(currentKey(user)))
                        .toList())
                .map(answers -> {
                    Map<UserId, Current> found = new LinkedHashMap<>();
                    for (int i = 0; i < answers.size(); i++) {
                        Response value = answers.get(i);
                        if (value != null) {
                            found.put(users.get(i), current(value.toString(), 0));
                        }
                    }
                    return found;
                });
    }

    /** Renews the marks. Returns the users who have no mark for their call. */
    Future<List<UserId>> renewMarks(Map<UserId, CallRoom> calls) {
        List<UserId> users = List.copyOf(calls.keySet());
        if (users.isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        return redis.batch(users.stream()
                        .map(user -> renew.call(
                                List.of(currentKey(user)), List.of(value(calls.get(user)), Long.toString(lifeMs))))
                        .toList())
                .map(answers -> {
                    List<UserId> missing = new ArrayList<>();
                    for (int i = 0; i < answers.size(); i++) {
                        if (answers.get(i).toInteger() == 0) {
                            missing.add(users.get(i));
                        }
                    }
                    return missing;
                });
    }

    /** Deletes the marks of users who have left the call. */
    Future<Void> unmark(Collection<UserId> users, ConversationId conversation, CallId call) {
        if (users.isEmpty()) {
            return Future.succeededFuture();
        }
        return redis.batch(users.stream()
                        .map(user -> unmark.call(List.of(currentKey(user)), List.of(value(conversation, call))))
                        .toList())
                .mapEmpty();
    }

    /** Stores that the call of this conversation rings for these users. */
    Future<Void> addRing(Collection<UserId> users, ConversationId conversation) {
        List<Request> requests = new ArrayList<>();
        for (UserId user : users) {
            requests.add(Request.cmd(Command.SADD).arg(ringsKey(user)).arg(conversation.text()));
            requests.add(Request.cmd(Command.PEXPIRE).arg(ringsKey(user)).arg(Long.toString(ringMs + MARGIN_MS)));
        }
        return requests.isEmpty()
                ? Future.succeededFuture()
                : redis.batch(requests).mapEmpty();
    }

    Future<Void> removeRing(Collection<UserId> users, ConversationId conversation) {
        return users.isEmpty()
                ? Future.succeededFuture()
                : redis.batch(users.stream()
                                .map(user -> Request.cmd(Command.SREM)
                                        .arg(ringsKey(user))
                                        .arg(conversation.text()))
                                .toList())
                        .mapEmpty();
    }

    /** The conversations whose call may ring for the user. */
    Future<List<ConversationId>> rings(UserId user) {
        return redis.send(Request.cmd(Command.SRANDMEMBER).arg(ringsKey(user)).arg(MAX_RINGS))
                .map(answer -> {
                    List<ConversationId> conversations = new ArrayList<>();
                    answer.forEach(member -> conversations.add(ConversationId.of(member.toString())));
                    return conversations;
                });
    }

    private Current current(String value, long livesMs) {
        String[] parts = value.split(" ", 2);
        return new Current(ConversationId.of(parts[0]), CallId.of(parts[1]), livesMs > lifeMs - FRESH_MS);
    }

    private static String value(CallRoom room) {
        return value(room.info().conversation(), room.id());
    }

    private static String value(ConversationId conversation, CallId call) {
        return conversation + " " + call;
    }

    private static String currentKey(UserId user) {
        return "hongyan:call:{" + user + "}:current";
    }

    private static String ringsKey(UserId user) {
        return "hongyan:call:{" + user + "}:rings";
    }
}
