package im.hongyan.nearby;

import im.hongyan.location.Grid.Columns;
import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.Script;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Who is in which cell, in Redis. All keys have one hash tag, because a search reads several rows and a move changes
 * two of them.
 *
 * <ul>
 *   <li>{@code hongyan:nearby:{cells}:user:<user>}: the {@link NearbyState}. Expires an hour after the last position,
 *       or some time after the user should have been hidden
 *   <li>{@code hongyan:nearby:{cells}:row:<row>}: zset of the visible users of a row of the grid, by column. A user is
 *       removed when they move or are hidden; expires a day after the last user came
 *   <li>{@code hongyan:nearby:{cells}:expiry}: zset of {@code <row> <user>} by the time when the user is hidden, with
 *       an element for each user in a row
 *   <li>{@code hongyan:nearby:{cells}:session:<session>}: the visible user of a session. Deleted when the user is
 *       hidden; expires with the state
 *   <li>{@code hongyan:nearby:{cells}:searches:<user>}: list of the times of the last searches. Expires an hour after
 *       the last one
 * </ul>
 */
final class CellStore {
    /** A user in a row who should have been hidden. */
    record Expired(int row, UserId user) {
        private String member() {
            return CellStore.member(row, user);
        }
    }

    /** The outcome of {@link #sample}. */
    sealed interface Sample {
        /** The user has searched too often. */
        record Refused(long retryAfterMs) implements Sample {}

        record Users(List<UserId> users) implements Sample {}
    }

    private static final String PREFIX = "hongyan:nearby:{cells}:";
    private static final String EXPIRY = PREFIX + "expiry";

    /** More than a user may be visible. */
    private static final long INDEX_MS = Duration.ofHours(25).toMillis();

    /** How long a state outlives its user's visibility, so that the user can be removed from the row. */
    private static final long MARGIN_MS = Duration.ofMinutes(10).toMillis();

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Redis redis;
    private final Script replace = Script.load(CellStore.class, "replace.lua");
    private final Script sample = Script.load(CellStore.class, "sample.lua");

    CellStore(Redis redis) {
        this.redis = redis;
    }

    Future<Optional<NearbyState>> read(UserId user) {
        return redis.send(Request.cmd(Command.GET).arg(userKey(user)))
                .map(text -> Optional.ofNullable(text).map(found -> NearbyState.parse(found.toString())));
    }

    /** The states of those of the users that have one. */
    Future<Map<UserId, NearbyState>> read(List<UserId> users) {
        return values(users.stream().map(CellStore::userKey).toList()).map(texts -> {
            Map<UserId, NearbyState> states = new LinkedHashMap<>();
            for (int i = 0; i < texts.size(); i++) {
                if (texts.get(i) != null) {
                    states.put(users.get(i), NearbyState.parse(texts.get(i)));
                }
            }
            return states;
        });
    }

    /** The users whom these sessions have made visible. */
    Future<List<UserId>> users(Collection<SessionId> sessions) {
        return values(sessions.stream().map(CellStore::sessionKey).toList()).map(texts -> texts.stream()
                .flatMap(Stream::ofNullable)
                .map(UserId::of)
                .distinct()
                .toList());
    }

    /** @return a null for each key that does not exist */
    private Future<List<String>> values(List<String> keys) {
        if (keys.isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        Request request = Request.cmd(Command.MGET);
        keys.forEach(request::arg);
        return redis.send(request).map(answer -> {
            List<String> texts = new ArrayList<>();
            for (Response value : answer) {
                texts.add(value == null ? null : value.toString());
            }
            return texts;
        });
    }

    /**
     * Replaces the state of a user, and the user's place in the rows.
     *
     * @param before what {@link #read} returned; one of the two states must be present
     * @param keepMs for how long the new state is kept
     * @return false if the state has changed since then: nothing has been done
     */
    Future<Boolean> replace(UserId user, Optional<NearbyState> before, Optional<NearbyState> after, long keepMs) {
        NearbyState old = before.or(() -> after).orElseThrow();
        NearbyState next = after.orElse(old);
        return redis.eval(
                        replace,
                        List.of(
                                userKey(user),
                                EXPIRY,
                                rowKey(old.cell().row()),
                                sessionKey(old.session()),
                                rowKey(next.cell().row()),
                                sessionKey(next.session())),
                        List.of(
                                user.text(),
                                before.map(NearbyState::text).orElse(""),
                                after.map(NearbyState::text).orElse(""),
                                Long.toString(keepMs + MARGIN_MS),
                                indexed(before, user),
                                indexed(after, user),
                                Integer.toString(next.cell().column()),
                                Long.toString(next.visibleUntil()),
                                Long.toString(INDEX_MS)))
                .map(replaced -> replaced.toInteger() == 1);
    }

    private static String indexed(Optional<NearbyState> state, UserId user) {
        return state.filter(NearbyState::isIndexed)
                .map(visible -> member(visible.cell().row(), user))
                .orElse("");
    }

    /**
     * Counts a search of the user and chooses other users at random. The user may be among them, and users who should
     * have been hidden a moment ago.
     *
     * @param limit how many users are chosen at most
     */
    Future<Sample> sample(UserId user, List<Columns> parts, int limit, long now) {
        List<Integer> rows = parts.stream().map(Columns::row).distinct().toList();
        List<String> keys = new ArrayList<>(List.of(searchesKey(user)));
        rows.forEach(row -> keys.add(rowKey(row)));
        List<String> arguments = new ArrayList<>(List.of(
                Long.toString(now),
                Long.toString(NearbyRules.SEARCHES_MS),
                Integer.toString(NearbyRules.MAX_SEARCHES),
                Integer.toString(limit),
                Integer.toString(RANDOM.nextInt(Integer.MAX_VALUE))));
        for (Columns part : parts) {
            // Lua counts from 1, and the rows follow the key of the searches.
            arguments.add(Integer.toString(rows.indexOf(part.row()) + 2));
            arguments.add(Integer.toString(part.first()));
            arguments.add(Integer.toString(part.last()));
        }
        return redis.eval(sample, keys, arguments).map(CellStore::sample);
    }

    private static Sample sample(Response answer) {
        long waitMs = answer.get(0).toLong();
        if (waitMs > 0) {
            return new Sample.Refused(waitMs);
        }
        List<UserId> users = new ArrayList<>();
        for (int i = 1; i < answer.size(); i++) {
            users.add(UserId.of(answer.get(i).toString()));
        }
        return new Sample.Users(users);
    }

    /** Users in rows who should have been hidden by now, the longest overdue first. */
    Future<List<Expired>> expired(long now, int limit) {
        return redis.send(Request.cmd(Command.ZRANGE)
                        .arg(EXPIRY)
                        .arg("-inf")
                        .arg(Long.toString(now))
                        .arg("BYSCORE")
                        .arg("LIMIT")
                        .arg(0)
                        .arg(limit))
                .map(answer -> {
                    List<Expired> expired = new ArrayList<>();
                    for (Response member : answer) {
                        String[] parts = member.toString().split(" ");
                        expired.add(new Expired(Integer.parseInt(parts[0]), UserId.of(parts[1])));
                    }
                    return expired;
                });
    }

    /** Removes a user whose state is lost from the row. */
    Future<Void> removeWithoutState(Expired lost) {
        return redis.batch(List.of(
                        Request.cmd(Command.ZREM).arg(rowKey(lost.row)).arg(lost.user.text()),
                        Request.cmd(Command.ZREM).arg(EXPIRY).arg(lost.member())))
                .mapEmpty();
    }

    Future<Void> deleteSearches(UserId user) {
        return redis.send(Request.cmd(Command.DEL).arg(searchesKey(user))).mapEmpty();
    }

    private static String member(int row, UserId user) {
        return row + " " + user;
    }

    private static String userKey(UserId user) {
        return PREFIX + "user:" + user;
    }

    private static String rowKey(int row) {
        return PREFIX + "row:" + row;
    }

    private static String sessionKey(SessionId session) {
        return PREFIX + "session:" + session;
    }

    private static String searchesKey(UserId user) {
        return PREFIX + "searches:" + user;
    }
}
