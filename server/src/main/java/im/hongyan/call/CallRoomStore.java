package im.hongyan.call;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.Script;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The rooms of calls in Redis.
 *
 * <ul>
 *   <li>{@code hongyan:call:{<conversation>}:room}: hash with the fields {@code version} and {@code room}, a
 *       {@link CallRoom} as JSON. Removed when the end of the call is recorded; expires ten minutes after the latest
 *       change or renewal
 *   <li>{@code hongyan:call:{<conversation>}:leases}: sorted set of the connected participants by the expiry of their
 *       lease. Lives as long as the room
 *   <li>{@code hongyan:call:{d<shard>}:due}: sorted set of conversations by the time at which a node must next check
 *       their room, each at least once every {@link #REVISIT_MS}. Expires an hour after a room was due
 * </ul>
 */
final class CallRoomStore {
    /**
     * @param room null if the conversation has none
     * @param now in ms since 1970, by Redis' clock
     * @param expired the participants whose lease has expired
     */
    record Read(CallRoom room, long now, Set<ParticipantId> expired) {}

    /** The result of {@link #swap}. */
    enum Swap {
        DONE,
        /** The room has changed since it was read. */
        CHANGED,
        FULL
    }

    /** The result of {@link #renew}. */
    enum Renewal {
        RENEWED,
        /** The room is newer than the version that the node knows, or one of the participants is not connected. */
        CHANGED,
        MISSING
    }

    /** A node checks each room at least this often. */
    static final long REVISIT_MS = 5_000;

    private static final int SHARDS = 4;
    private static final int MAX_DUE = 100;
    private static final Duration ROOM_LIFE = Duration.ofMinutes(10);
    private static final Duration DUE_LIFE = Duration.ofHours(1);

    private final Redis redis;
    private final FrameCodec codec;
    private final long leaseMs;
    private final int maxParticipants;
    private final Script read = Script.load(CallRoomStore.class, "read.lua");
    private final Script swap = Script.load(CallRoomStore.class, "swap.lua");
    private final Script renew = Script.load(CallRoomStore.class, "renew.lua");
    private final Script remove = Script.load(CallRoomStore.class, "remove.lua");
    private final Script due = Script.load(CallRoomStore.class, "due.lua");

    CallRoomStore(Redis redis, FrameCodec codec, CallSettings settings) {
        this.redis = redis;
        this.codec = codec;
        this.leaseMs = settings.lease().toMillis();
        this.maxParticipants = settings.maxParticipants();
    }

    /** Loads the scripts that {@link #renew} and {@link #takeDue} send in batches. */
    Future<Void> prepare() {
        return redis.prepare(renew, due);
    }

    void onReconnected(Runnable action) {
        redis.onReconnected(action);
    }

    Future<Read> read(ConversationId conversation) {
        return redis.eval(read, keys(conversation), List.of()).map(this::read);
    }

    /** The rooms of these conversations; conversations without a room are left out. */
    Future<Map<ConversationId, CallRoom>> read(List<ConversationId> conversations) {
        if (conversations.isEmpty()) {
            return Future.succeededFuture(Map.of());
        }
        return redis.batch(conversations.stream()
                        .map(conversation -> Request.cmd(Command.HGET)
                                .arg(roomKey(conversation))
                                .arg("room"))
                        .toList())
                .map(answers -> {
                    Map<ConversationId, CallRoom> rooms = new LinkedHashMap<>();
                    for (int i = 0; i < answers.size(); i++) {
                        if (answers.get(i) != null) {
                            rooms.put(conversations.get(i), room(answers.get(i).toString()));
                        }
                    }
                    return rooms;
                });
    }

    private Read read(Response answer) {
        Set<ParticipantId> expired = new HashSet<>();
        for (int i = 2; i < answer.size(); i++) {
            expired.add(ParticipantId.of(answer.get(i).toString()));
        }
        String room = answer.get(1).toString();
        return new Read(
                room.isEmpty() ? null : room(room), Long.parseLong(answer.get(0).toString()), expired);
    }

    private CallRoom room(String json) {
        return codec.read(json, CallRoom.class);
    }

    /** The version of a room; 0 if there is none. */
    Future<Long> version(ConversationId conversation) {
        return redis.send(Request.cmd(Command.HGET).arg(roomKey(conversation)).arg("version"))
                .map(answer -> answer == null ? 0L : answer.toLong());
    }

    /** @param expected the version that was read; 0 for none */
    Future<Swap> swap(long expected, CallRoom room) {
        List<String> arguments = new ArrayList<>();
        arguments.add(Long.toString(expected));
        arguments.add(Long.toString(room.version()));
        arguments.add(codec.json(room));
        arguments.add(Long.toString(ROOM_LIFE.toMillis()));
        arguments.add(Long.toString(leaseMs));
        arguments.add(Long.toString(room.inCall().count()));
        arguments.add(Integer.toString(maxParticipants));
        room.inCall()
                .filter(one -> one.state() == ParticipantState.JOINED)
                .forEach(one -> arguments.add(one.seat().id().text()));
        return redis.eval(swap, keys(room.info().conversation()), arguments).map(answer -> switch (answer.toInteger()) {
            case 1 -> Swap.DONE;
            case 0 -> Swap.CHANGED;
            default -> Swap.FULL;
        });
    }

    /** Keeps a room whose end cannot be recorded yet. */
    Future<Void> keep(ConversationId conversation) {
        return redis.send(Request.cmd(Command.PEXPIRE)
                        .arg(roomKey(conversation))
                        .arg(Long.toString(ROOM_LIFE.toMillis())))
                .mapEmpty();
    }

    /** Removes a room if it still has this version. */
    Future<Void> remove(CallRoom room) {
        ConversationId conversation = room.info().conversation();
        return redis.eval(remove, keys(conversation), List.of(Long.toString(room.version())))
                .compose(removed -> removed.toInteger() == 0
                        ? Future.succeededFuture()
                        : redis.send(Request.cmd(Command.ZREM)
                                        .arg(dueKey(conversation))
                                        .arg(conversation.text()))
                                .mapEmpty());
    }

    /** Renews the leases of a node's participants, and schedules a check of their rooms if there is none. */
    Future<List<Renewal>> renew(List<CallRoom> rooms, List<Collection<ParticipantId>> participants, long now) {
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < rooms.size(); i++) {
            ConversationId conversation = rooms.get(i).info().conversation();
            List<String> arguments = new ArrayList<>();
            arguments.add(Long.toString(leaseMs));
            arguments.add(Long.toString(ROOM_LIFE.toMillis()));
            participants.get(i).forEach(id -> arguments.add(id.text()));
            requests.add(renew.call(keys(conversation), arguments));
        }
        for (CallRoom room : rooms) {
            requests.add(schedule(room.info().conversation(), now + REVISIT_MS));
        }
        return redis.batch(requests).map(answers -> IntStream.range(0, rooms.size())
                .mapToObj(i -> renewal(answers.get(i).toLong(), rooms.get(i)))
                .toList());
    }

    private static Renewal renewal(long version, CallRoom known) {
        if (version == 0) {
            return Renewal.MISSING;
        }
        return version == known.version() ? Renewal.RENEWED : Renewal.CHANGED;
    }

    /** Schedules a check of the room at this time, unless an earlier one is scheduled. */
    Future<Void> scheduleBy(ConversationId conversation, long at) {
        return redis.batch(List.of(
                        schedule(conversation, at),
                        Request.cmd(Command.PEXPIRE).arg(dueKey(conversation)).arg(Long.toString(DUE_LIFE.toMillis()))))
                .mapEmpty();
    }

    private static Request schedule(ConversationId conversation, long at) {
        return Request.cmd(Command.ZADD)
                .arg(dueKey(conversation))
                .arg("LT")
                .arg(Long.toString(at))
                .arg(conversation.text());
    }

    /** Claims the conversations whose room is due. No other node gets them for the next {@link #REVISIT_MS}. */
    Future<List<ConversationId>> takeDue() {
        return redis.batch(IntStream.range(0, SHARDS)
                        .mapToObj(shard -> due.call(
                                List.of(dueKey(shard)),
                                List.of(
                                        Long.toString(REVISIT_MS),
                                        Integer.toString(MAX_DUE),
                                        Long.toString(DUE_LIFE.toMillis()))))
                        .toList())
                .map(answers -> {
                    List<ConversationId> conversations = new ArrayList<>();
                    answers.forEach(
                            shard -> shard.forEach(member -> conversations.add(ConversationId.of(member.toString()))));
                    return conversations;
                });
    }

    /** Cancels the checks of a room that is gone. */
    Future<Void> unschedule(ConversationId conversation) {
        return redis.send(Request.cmd(Command.ZREM).arg(dueKey(conversation)).arg(conversation.text()))
                .mapEmpty();
    }

    private static List<String> keys(ConversationId conversation) {
        return List.of(roomKey(conversation), "hongyan:call:{" + conversation + "}:leases");
    }

    private static String roomKey(ConversationId conversation) {
        return "hongyan:call:{" + conversation + "}:room";
    }

    private static String dueKey(ConversationId conversation) {
        return dueKey(Math.floorMod(conversation.hashCode(), SHARDS));
    }

    private static String dueKey(int shard) {
        return "hongyan:call:{d" + shard + "}:due";
    }
}
