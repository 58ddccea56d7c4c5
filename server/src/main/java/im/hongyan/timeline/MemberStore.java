package im.hongyan.timeline;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.timeline.Members.MemberList;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.HashSet;
import java.util.Set;

/** The members of a conversation, and the users who may see an entry of it. */
final class MemberStore implements Members.Source {
    private static final String CURRENT =
            """
            SELECT c.member_version AS version, c.kind, m.user_id
            FROM conversation c LEFT JOIN member m ON m.conversation = c.id AND m.role > 0
            WHERE c.id = $1
            """;

    /** Separately for members and former members, because each has an index of its own. */
    private static final String AS_OF =
            """
            SELECT user_id FROM member WHERE conversation = $1 AND role > 0 AND seen @> $2::bigint
            UNION ALL
            SELECT user_id FROM member
            WHERE conversation = $1 AND role = 0 AND upper(seen) > $2::bigint AND seen @> $2::bigint
            """;

    private final Postgres postgres;

    MemberStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /** The users whose windows contain {@code seq}. */
    @Override
    public Future<Set<UserId>> asOf(ConversationId conversation, long seq) {
        return postgres.audience(AS_OF, Tuple.of(conversation.value(), seq)).map(rows -> {
            Set<UserId> users = new HashSet<>();
            for (Row row : rows) {
                users.add(new UserId(row.getUUID("user_id")));
            }
            return users;
        });
    }

    /** @return version -1 and no users if the conversation does not exist */
    @Override
    public Future<MemberList> current(ConversationId conversation) {
        return postgres.audience(CURRENT, Tuple.of(conversation.value())).map(rows -> {
            long version = -1;
            boolean direct = false;
            Set<UserId> users = new HashSet<>();
            for (Row row : rows) {
                version = row.getLong("version");
                direct = row.getInteger("kind") == ConversationKind.DIRECT.code();
                if (row.getUUID("user_id") != null) {
                    users.add(new UserId(row.getUUID("user_id")));
                }
            }
            return new MemberList(version, direct, Set.copyOf(users));
        });
    }
}
