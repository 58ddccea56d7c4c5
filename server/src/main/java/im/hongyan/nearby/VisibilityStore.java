package im.hongyan.nearby;

import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.timeline.Conversations;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What PostgreSQL knows about users who may be found. The deletion of an account ends its sessions, so that one check
 * covers both.
 */
final class VisibilityStore {
    /** A block is the standing 2 of one of the two in their direct conversation: see {@code V011__standing.sql}. */
    private static final String VISIBLE =
            """
            SELECT s.user_id
            FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS a (user_id, session, conversation)
            JOIN session s ON s.id = a.session AND s.user_id = a.user_id
            WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.conversation = a.conversation AND m.standing = 2)
            """;

    private final Postgres postgres;

    VisibilityStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /**
     * Returns the users whose session has not ended and who are on neither side of a block with the viewer.
     *
     * @param sessions by user; the viewer may be among them
     */
    Future<Set<UserId>> visible(UserId viewer, Map<UserId, SessionId> sessions) {
        List<UserId> users = List.copyOf(sessions.keySet());
        return postgres.query(
                        VISIBLE,
                        Tuple.of(
                                users.stream().map(UserId::value).toArray(UUID[]::new),
                                users.stream()
                                        .map(user -> sessions.get(user).value())
                                        .toArray(UUID[]::new),
                                users.stream()
                                        .map(user -> Conversations.directId(viewer, user)
                                                .value())
                                        .toArray(UUID[]::new)))
                .map(rows -> {
                    Set<UserId> visible = new HashSet<>();
                    for (Row row : rows) {
                        visible.add(new UserId(row.getUUID("user_id")));
                    }
                    return visible;
                });
    }
}
