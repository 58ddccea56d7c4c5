package im.hongyan.timeline;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.KeysetPage;
import im.hongyan.store.Postgres;
import im.hongyan.store.Transaction;
import im.hongyan.timeline.GroupFrames.Member;
import im.hongyan.timeline.GroupFrames.MemberList;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The rows of groups and their members. Changes run in a transaction that holds the conversation's lock. */
final class GroupStore {
    /**
     * The windows of a member's row: one for each stay, unless the history is open or nothing came between two stays.
     * Every read of the log iterates over them, so other users must not be able to add windows without limit.
     */
    static final int MAX_WINDOWS = 64;

    private static final String INSERT =
            """
            INSERT INTO conversation (id, kind, title, member_count, member_version) VALUES ($1, 2, $2, $3, 1)
            ON CONFLICT DO NOTHING
            """;

    private static final String INSERT_MEMBERS =
            """
            INSERT INTO member (conversation, user_id, role, seen, joined_seq, opened, in_group)
            SELECT $1, u, CASE WHEN u = $3 THEN 3 ELSE 1 END, '{[1,)}', 1, u = $3, true FROM unnest($2::uuid[]) u
            """;

    /** Waits for transactions that rely on the membership, which hold FOR KEY SHARE. */
    private static final String LOCK_MEMBERSHIP = "SELECT 1 FROM conversation WHERE id = $1 FOR UPDATE";

    private static final String LOCK_MEMBERS =
            """
            SELECT 1 FROM member
            WHERE conversation = $1 AND user_id IN (
              SELECT user_id FROM member WHERE conversation = $1 AND role > 0 UNION SELECT unnest($2::uuid[]))
            ORDER BY user_id FOR NO KEY UPDATE
            """;

    private static final String FIND =
            "SELECT user_id, role, joined_seq FROM member WHERE conversation = $1 AND user_id = ANY ($2) AND role > 0";

    private static final String JOIN =
            """
            INSERT INTO member AS m (conversation, user_id, role, seen, joined_seq, read_seq, in_group)
            SELECT $1, u, 1, int8multirange(int8range($3, NULL)), $4::bigint, $4::bigint - 1, true
            FROM unnest($2::uuid[]) u ORDER BY u
            ON CONFLICT (conversation, user_id) DO UPDATE
            SET role = 1, seen = m.seen + EXCLUDED.seen, joined_seq = EXCLUDED.joined_seq,
                read_seq = greatest(m.read_seq, EXCLUDED.read_seq), wrote = false, opened = false,
                changed = pg_current_xact_id()
            RETURNING m.user_id, (SELECT count(*) FROM unnest(m.seen)) AS windows
            """;

    /**
     * $1 users, $2 their direct conversations with $3, $3 the user who adds them, $4 the limit, $5 the limit for groups
     * in which the user has done nothing. The second limit does not apply to users who have written to $3. Both counts
     * stop at the limit and read only the index.
     */
    private static final String TOO_MANY_GROUPS =
            """
            SELECT a.user_id FROM unnest($1::uuid[], $2::uuid[]) AS a (user_id, direct)
            WHERE (SELECT count(*) FROM (
                     SELECT 1 FROM member m WHERE m.user_id = a.user_id AND m.role > 0 AND m.in_group
                     LIMIT $4 + 1) n) > $4
              OR a.user_id <> $3
                AND (SELECT count(*) FROM (
                       SELECT 1 FROM member m WHERE m.user_id = a.user_id AND m.role > 0 AND m.in_group
                         AND NOT m.wrote AND NOT m.opened
                       LIMIT $5 + 1) n) > $5
                AND NOT EXISTS (SELECT 1 FROM member d
                                WHERE d.conversation = a.direct AND d.user_id = a.user_id AND d.wrote)
            LIMIT 1
            """;

    /** Not those that another user has handed over without the owner ever having opened them. */
    private static final String OWNED = "SELECT count(*) AS owned FROM (SELECT 1 FROM member"
            + " WHERE user_id = $1 AND role = 3 AND (wrote OR opened) LIMIT $2) o";

    /** A user who leaves still sees the entry that says so, and the title that the group had then. */
    private static final String DEPART =
            """
            UPDATE member SET role = 0, seen = seen * int8multirange(int8range(NULL, $3, '[]')),
                              left_title = (SELECT title FROM conversation WHERE id = $1),
                              changed = pg_current_xact_id()
            WHERE conversation = $1 AND user_id = ANY ($2)
            """;

    private static final String COUNT =
            """
            UPDATE conversation SET member_version = member_version + 1, member_count = member_count + $2 WHERE id = $1
            """;

    private static final String SUCCESSOR =
            """
            SELECT user_id FROM member WHERE conversation = $1 AND role > 0 AND user_id <> $2
            ORDER BY role DESC, joined_seq, user_id LIMIT 1
            """;

    private static final String ROLE =
            "UPDATE member SET role = $3, changed = pg_current_xact_id() WHERE conversation = $1 AND user_id = $2";

    private static final String RENAME = "UPDATE conversation SET title = $2 WHERE id = $1";

    private static final String HISTORY = "UPDATE conversation SET open_history = $2 WHERE id = $1";

    private static final String MEMBERS =
            """
            SELECT c.member_version, m.user_id, m.role, m.joined_seq
            FROM conversation c JOIN member asker ON asker.conversation = c.id AND asker.user_id = $2 AND asker.role > 0
            LEFT JOIN LATERAL (
              SELECT * FROM member m
              WHERE m.conversation = c.id AND m.role > 0
                AND m.user_id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
              ORDER BY m.user_id LIMIT $4
            ) m ON true
            WHERE c.id = $1 ORDER BY m.user_id
            """;

    private static final String GROUPS_OF =
            """
            SELECT conversation FROM member WHERE user_id = $1 AND role > 0 AND in_group LIMIT $2
            """;

    private final Postgres postgres;

    GroupStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /**
     * Locks the members' rows in order, as {@link ReadStore} does, to avoid deadlocks. Call it only just before they
     * change, because it costs more than most refusals.
     *
     * @param joining users who may have been members before: their rows are locked, too
     */
    Future<Void> lockMembers(Transaction tx, ConversationId group, Collection<UserId> joining) {
        return tx.query(LOCK_MEMBERSHIP, Tuple.of(group.value()))
                .compose(
                        locked -> tx.query(LOCK_MEMBERS, Tuple.of(group.value()).addArrayOfUUID(ids(joining))))
                .mapEmpty();
    }

    /**
     * Inserts a group without the rows of its members, see {@link #insertMembers}.
     *
     * @return false if the group exists already; then nothing is changed
     */
    Future<Boolean> insert(Transaction tx, ConversationId group, String title, int members) {
        return tx.query(INSERT, Tuple.of(group.value(), title, members)).map(inserted -> inserted.rowCount() > 0);
    }

    /** @param members all of them, the owner included */
    Future<Void> insertMembers(Transaction tx, ConversationId group, UserId owner, List<UserId> members) {
        return tx.query(INSERT_MEMBERS, Tuple.of(group.value(), ids(members), owner.value()))
                .mapEmpty();
    }

    /** Those of the users who are members now. */
    Future<List<Member>> find(Transaction tx, ConversationId group, Collection<UserId> users) {
        return tx.query(FIND, Tuple.of(group.value()).addArrayOfUUID(ids(users)))
                .map(rows -> {
                    List<Member> members = new ArrayList<>();
                    rows.forEach(row -> members.add(member(row)));
                    return members;
                });
    }

    /**
     * Fails if a user would have more than {@link #MAX_WINDOWS}.
     *
     * @param from the first entry that the users may see
     */
    Future<Void> join(Transaction tx, ConversationId group, List<UserId> users, long from, long joinedSeq) {
        return lockMembers(tx, group, users)
                .compose(none -> tx.query(JOIN, Tuple.of(group.value(), ids(users), from, joinedSeq)))
                .compose(joined -> {
                    for (Row row : joined) {
                        if (row.getLong("windows") > MAX_WINDOWS) {
                            throw TimelineErrors.tooManyStays(new UserId(row.getUUID("user_id")));
                        }
                    }
                    return tx.query(COUNT, Tuple.of(group.value(), users.size()));
                })
                .mapEmpty();
    }

    /** @param last the last entry that the users may see */
    Future<Void> depart(Transaction tx, ConversationId group, List<UserId> users, long last) {
        return lockMembers(tx, group, List.of())
                .compose(none -> tx.query(DEPART, Tuple.of(group.value(), ids(users), last)))
                .compose(none -> tx.query(COUNT, Tuple.of(group.value(), -users.size())))
                .mapEmpty();
    }

    /**
     * A user who is in too many groups for {@code by} to add them to this one. Their rows in the new group exist
     * already. Concurrent joins may exceed the limits by a few.
     */
    Future<Optional<UserId>> inTooManyGroups(Transaction tx, UserId by, Collection<UserId> users, GroupLimits limits) {
        UUID[] direct = users.stream()
                .map(user -> Conversations.directId(by, user).value())
                .toArray(UUID[]::new);
        Tuple arguments = Tuple.tuple()
                .addArrayOfUUID(ids(users))
                .addArrayOfUUID(direct)
                .addUUID(by.value())
                .addLong((long) limits.groupsPerUser())
                .addLong((long) limits.groupsByStrangersPerUser());
        return tx.query(TOO_MANY_GROUPS, arguments)
                .map(rows -> rows.size() == 0
                        ? Optional.<UserId>empty()
                        : Optional.of(new UserId(rows.iterator().next().getUUID("user_id"))));
    }

    /** Whether the user owns more than {@code max} groups. */
    Future<Boolean> ownsTooManyGroups(Transaction tx, UserId user, int max) {
        return tx.query(OWNED, Tuple.of(user.value(), max + 1L))
                .map(rows -> rows.iterator().next().getLong("owned") > max);
    }

    Future<UserId> successor(Transaction tx, ConversationId group, UserId owner) {
        return tx.query(SUCCESSOR, Tuple.of(group.value(), owner.value()))
                .map(rows -> new UserId(rows.iterator().next().getUUID("user_id")));
    }

    Future<Void> role(Transaction tx, ConversationId group, UserId user, Role role) {
        return lockMembers(tx, group, List.of())
                .compose(none -> tx.query(ROLE, Tuple.of(group.value(), user.value(), role.code())))
                .compose(none -> tx.query(COUNT, Tuple.of(group.value(), 0)))
                .mapEmpty();
    }

    Future<Void> rename(Transaction tx, ConversationId group, String title) {
        return tx.query(RENAME, Tuple.of(group.value(), title)).mapEmpty();
    }

    Future<Void> history(Transaction tx, ConversationId group, boolean open) {
        return tx.query(HISTORY, Tuple.of(group.value(), open)).mapEmpty();
    }

    Future<MemberList> members(ConversationId conversation, UserId asker, UserId after, int limit) {
        Tuple arguments =
                Tuple.of(conversation.value(), asker.value(), after == null ? null : after.value(), limit + 1);
        return postgres.query(MEMBERS, arguments).map(rows -> {
            if (rows.size() == 0) {
                throw TimelineErrors.notMember();
            }
            List<Member> members = new ArrayList<>();
            long version = 0;
            for (Row row : rows) {
                version = row.getLong("member_version");
                if (row.getUUID("user_id") != null) {
                    members.add(member(row));
                }
            }
            KeysetPage<Member> page = KeysetPage.of(members, limit);
            return new MemberList(page.items(), version, page.next(Member::user));
        });
    }

    Future<List<ConversationId>> groupsOf(UserId user, int limit) {
        return postgres.query(GROUPS_OF, Tuple.of(user.value(), limit)).map(rows -> {
            List<ConversationId> groups = new ArrayList<>();
            rows.forEach(row -> groups.add(new ConversationId(row.getUUID("conversation"))));
            return groups;
        });
    }

    private static Member member(Row row) {
        return new Member(
                new UserId(row.getUUID("user_id")), Role.of(row.getInteger("role")), row.getLong("joined_seq"));
    }

    private static UUID[] ids(Collection<UserId> users) {
        return users.stream().map(UserId::value).toArray(UUID[]::new);
    }
}
