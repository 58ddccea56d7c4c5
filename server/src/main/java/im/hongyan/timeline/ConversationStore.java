package im.hongyan.timeline;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Conversations as their members see them. */
final class ConversationStore {
    /** A page of conversations that changed since a token, by id. */
    record Changed(List<ConversationId> conversations, String xmin) {}

    /** Entries that a user may see; both ends are included. */
    record Window(long from, long through) {}

    /**
     * The part of a conversation that a user may see.
     *
     * @param member whether the user is a member now
     * @param windows in order; the last one ends at {@code lastSeq}
     */
    record VisibleRange(long firstSeq, long lastSeq, boolean member, List<Window> windows) {
        /** The last of the next {@code count} visible entries after {@code seq}; the maximum if there are fewer. */
        long endOfNext(int count, long seq) {
            long left = count;
            for (Window window : windows) {
                long from = Math.max(window.from, seq + 1);
                if (window.through - from + 1 >= left) {
                    return from + left - 1;
                }
                left -= Math.max(0, window.through - from + 1);
            }
            return Long.MAX_VALUE;
        }

        /** The first of the previous {@code count} visible entries before {@code seq}; 1 if there are fewer. */
        long startOfPrevious(int count, long seq) {
            long left = count;
            for (int i = windows.size() - 1; i >= 0; i--) {
                Window window = windows.get(i);
                long through = Math.min(window.through, seq - 1);
                if (through - window.from + 1 >= left) {
                    return through - left + 1;
                }
                left -= Math.max(0, through - window.from + 1);
            }
            return 1;
        }
    }

    /** The last entry that the user may see: a member sees all of them. */
    private static final String END = "CASE WHEN upper_inf(m.seen) THEN c.last_seq ELSE upper(m.seen) - 1 END";

    /**
     * Follows a CTE {@code picked (conversation)}; $1 is the viewer. Unread entries are counted among the newest
     * thousand: a client that only sends may have far more of its own after its read cursor. LIMIT 1 keeps a lookup by
     * key one, whatever the planner assumes about sizes.
     */
    private static final String VIEW =
            """
            SELECT c.id, c.kind AS conversation_kind, CASE WHEN m.role > 0 THEN c.title ELSE m.left_title END AS title,
                   c.open_history, c.member_count, c.last_at,
                   m.role, m.read_seq, lower(m.seen) AS first_seq, v.last_seq, p.peer, p.peer_read_seq, u.unread, l.*
            FROM picked
            JOIN LATERAL (SELECT * FROM conversation WHERE id = picked.conversation LIMIT 1) c ON true
            JOIN LATERAL (SELECT * FROM member WHERE conversation = c.id AND user_id = $1 LIMIT 1) m ON true
            CROSS JOIN LATERAL (SELECT %s AS last_seq) v
            LEFT JOIN LATERAL (
              SELECT o.user_id AS peer, o.read_seq AS peer_read_seq
              FROM member o WHERE c.kind = 1 AND o.conversation = c.id AND o.user_id <> $1 LIMIT 1
            ) p ON true
            CROSS JOIN LATERAL (
              SELECT count(*)::int AS unread FROM (
                SELECT 1 FROM entry e
                WHERE e.conversation = c.id AND e.seq > greatest(m.read_seq, v.last_seq - 1000) AND e.seq <= v.last_seq
                  AND e.counts
                  AND NOT e.recalled AND e.sender <> $1 AND m.seen @> e.seq
                LIMIT 999) counted
            ) u
            LEFT JOIN LATERAL (
              SELECT %s FROM entry e
              WHERE e.conversation = c.id AND e.seq <= least(v.last_seq, c.shown_seq) AND e.shown AND m.seen @> e.seq
              ORDER BY e.seq DESC LIMIT 1
            ) l ON true
            ORDER BY c.last_at DESC, c.id DESC
            """
                    .formatted(END, EntryStore.columns("m.seen"));

    private static final int VISIBILITY_BATCH = 100;
    private static final int MAX_OWN_CONVERSATIONS = 10_000;

    /** A user who is active in more may stay hidden from users who share only one of the rest. */
    private static final int MAX_ACTIVE_CONVERSATIONS = 1_000;

    /** A direct conversation is not shown before its first entry. */
    private static final String BEGUN = "(c.kind = 2 OR c.last_seq > 0)";

    private static final String GET = "WITH picked AS (SELECT unnest($2::uuid[]) AS conversation) " + VIEW;

    private static final String LIST =
            """
            WITH picked AS MATERIALIZED (
              SELECT m.conversation FROM member m JOIN conversation c ON c.id = m.conversation
              WHERE m.user_id = $1 AND m.role > 0 AND %s AND ($2::timestamptz IS NULL OR (c.last_at, c.id) < ($2, $3))
              ORDER BY c.last_at DESC, c.id DESC LIMIT $4
            )
            """
                            .formatted(BEGUN)
                    + VIEW;

    /**
     * The token and the rows come from one snapshot: changes that this answer misses are at or above the token. In a
     * direct conversation the peer's row counts too, because it has the peer's read cursor.
     */
    private static final String CHANGED =
            """
            SELECT s.xmin, picked.conversation
            FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin) s
            LEFT JOIN LATERAL (
              SELECT m.conversation FROM member m JOIN conversation c ON c.id = m.conversation
              WHERE m.user_id = $1 AND %s
                AND m.conversation > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
                AND (m.changed >= $2::text::xid8
                     OR (m.role > 0 AND c.changed >= $2::text::xid8)
                     OR (c.kind = 1 AND EXISTS (SELECT 1 FROM member o WHERE o.conversation = c.id
                                                AND o.user_id <> $1 AND o.changed >= $2::text::xid8)))
              ORDER BY m.conversation LIMIT $4
            ) picked ON true
            """
                    .formatted(BEGUN);

    private static final String VISIBLE_RANGE =
            """
            SELECT lower(m.seen) AS first_seq, m.role, %s AS last_seq,
                   ARRAY(SELECT lower(s.stay) FROM unnest(m.seen) s (stay) ORDER BY s.stay) AS starts,
                   ARRAY(SELECT coalesce(upper(s.stay) - 1, c.last_seq) FROM unnest(m.seen) s (stay) ORDER BY s.stay)
                     AS ends
            FROM member m JOIN conversation c ON c.id = m.conversation WHERE m.conversation = $1 AND m.user_id = $2
            """
                    .formatted(END);

    private static final String MAY_SPEAK =
            """
            SELECT role, standing, coalesce(silent_until > clock_timestamp(), false) AS muted
            FROM member WHERE conversation = $1 AND user_id = $2
            """;

    private static final String OPEN_DIRECT =
            """
            WITH opened AS (
              INSERT INTO conversation (id, kind, member_count, member_version) VALUES ($1, 1, 2, 1)
              ON CONFLICT DO NOTHING
            )
            INSERT INTO member (conversation, user_id, role, seen, joined_seq)
            VALUES ($1, $2, 1, '{[1,)}', 1), ($1, $3, 1, '{[1,)}', 1) ON CONFLICT DO NOTHING
            """;

    /**
     * The direct conversations are $3, in the order of the users. Only a user's own actions count, so the cost does not
     * grow with the groups that strangers add them to. Materialized, so that PostgreSQL hashes the viewer's
     * conversations once and does not look each of the others up.
     */
    private static final String VISIBLE_USERS =
            """
            WITH asked AS MATERIALIZED (
              SELECT * FROM unnest($2::uuid[], $3::uuid[]) AS a (user_id, direct)
            ), mine AS MATERIALIZED (
              SELECT conversation FROM member WHERE user_id = $1 AND role > 0 AND standing <> 3 LIMIT %1$d
            ), theirs AS MATERIALIZED (
              SELECT a.user_id, t.conversation FROM asked a
              CROSS JOIN LATERAL (
                SELECT conversation FROM member m
                WHERE m.user_id = a.user_id AND m.role > 0 AND (m.wrote OR m.opened) AND m.conversation <> a.direct
                ORDER BY m.conversation LIMIT %2$d
              ) t
            )
            SELECT a.user_id FROM asked a
            JOIN LATERAL (
              SELECT wrote FROM member WHERE conversation = a.direct AND user_id = $1 AND standing <> 3 LIMIT 1
            ) x ON x.wrote
            JOIN LATERAL (SELECT wrote FROM member WHERE conversation = a.direct AND user_id = a.user_id LIMIT 1) y
              ON y.wrote
            UNION
            SELECT theirs.user_id FROM mine JOIN theirs USING (conversation)
            """
                    .formatted(MAX_OWN_CONVERSATIONS, MAX_ACTIVE_CONVERSATIONS);

    private static final String PEER_DELETED =
            """
            UPDATE member SET standing = 3 WHERE (conversation, user_id) IN (
              SELECT o.conversation, o.user_id
              FROM member m
              JOIN conversation c ON c.id = m.conversation AND c.kind = 1
              JOIN member o ON o.conversation = m.conversation AND o.user_id <> m.user_id AND o.standing <> 3
              WHERE m.user_id = $1
              ORDER BY o.conversation, o.user_id LIMIT $2 FOR NO KEY UPDATE OF o)
            """;

    private final Postgres postgres;

    ConversationStore(Postgres postgres) {
        this.postgres = postgres;
    }

    /** By activity, the newest first. Leaves out unknown conversations and those in which the viewer never was. */
    Future<List<ConversationView>> get(UserId viewer, Collection<ConversationId> conversations) {
        UUID[] ids = conversations.stream().map(ConversationId::value).toArray(UUID[]::new);
        return postgres.query(GET, Tuple.of(viewer.value()).addArrayOfUUID(ids)).map(ConversationStore::views);
    }

    /** @param after where the previous page ended; null for the first page */
    Future<List<ConversationView>> list(UserId viewer, ListCursor after, int limit) {
        Tuple arguments = Tuple.of(
                viewer.value(), after == null ? null : after.at(), after == null ? null : after.conversation(), limit);
        return postgres.query(LIST, arguments).map(ConversationStore::views);
    }

    /** @param after the last conversation of the previous page; null for the first page */
    Future<Changed> changed(UserId viewer, String since, UUID after, int limit) {
        return postgres.query(CHANGED, Tuple.of(viewer.value(), since, after, limit))
                .map(rows -> {
                    List<ConversationId> conversations = new ArrayList<>();
                    String xmin = since;
                    for (Row row : rows) {
                        xmin = row.getString("xmin");
                        if (row.getUUID("conversation") != null) {
                            conversations.add(new ConversationId(row.getUUID("conversation")));
                        }
                    }
                    return new Changed(conversations, xmin);
                });
    }

    /** Fails for a user who never was a member. */
    Future<VisibleRange> visibleRange(ConversationId conversation, UserId viewer) {
        return postgres.query(VISIBLE_RANGE, Tuple.of(conversation.value(), viewer.value()))
                .map(rows -> {
                    if (rows.size() == 0) {
                        throw TimelineErrors.notMember();
                    }
                    Row row = rows.iterator().next();
                    Long[] starts = row.getArrayOfLongs("starts");
                    Long[] ends = row.getArrayOfLongs("ends");
                    List<Window> windows = new ArrayList<>(starts.length);
                    for (int i = 0; i < starts.length; i++) {
                        windows.add(new Window(starts[i], ends[i]));
                    }
                    return new VisibleRange(
                            row.getLong("first_seq"), row.getLong("last_seq"), row.getInteger("role") > 0, windows);
                });
    }

    /** Rejects the request unless the user is a member who may write. */
    Future<Void> checkMaySpeak(ConversationId conversation, UserId user) {
        return postgres.query(MAY_SPEAK, Tuple.of(conversation.value(), user.value()))
                .map(rows -> {
                    if (rows.size() == 0) {
                        throw TimelineErrors.notMember();
                    }
                    Row row = rows.iterator().next();
                    Standing.of(row.getInteger("standing"))
                            .checkMaySpeak(Role.of(row.getInteger("role")), row.getBoolean("muted"));
                    return null;
                });
    }

    Future<Void> openDirect(ConversationId conversation, UserId one, UserId other) {
        // Always in one order: otherwise two users who open the conversation at once would deadlock.
        boolean inOrder = one.compareTo(other) < 0;
        UserId first = inOrder ? one : other;
        UserId second = inOrder ? other : one;
        return postgres.write(OPEN_DIRECT, Tuple.of(conversation.value(), first.value(), second.value()))
                .mapEmpty();
    }

    /**
     * The users, among these, who are visible to {@code viewer}, see {@link Conversations#visibleUsers}. Runs one
     * statement per {@value #VISIBILITY_BATCH} users, one after the other.
     */
    Future<Set<UserId>> visibleUsers(UserId viewer, Collection<UserId> users) {
        List<UserId> all = List.copyOf(users);
        Set<UserId> found = new HashSet<>();
        Future<Void> done = Future.succeededFuture();
        for (int from = 0; from < all.size(); from += VISIBILITY_BATCH) {
            List<UserId> batch = all.subList(from, Math.min(from + VISIBILITY_BATCH, all.size()));
            done = done.compose(none -> visibleUsers(viewer, batch, found));
        }
        return done.map(found);
    }

    private Future<Void> visibleUsers(UserId viewer, List<UserId> users, Set<UserId> found) {
        UUID[] ids = users.stream().map(UserId::value).toArray(UUID[]::new);
        UUID[] direct = users.stream()
                .map(user -> Conversations.directId(viewer, user).value())
                .toArray(UUID[]::new);
        return postgres.query(
                        VISIBLE_USERS,
                        Tuple.of(viewer.value()).addArrayOfUUID(ids).addArrayOfUUID(direct))
                .map(rows -> {
                    rows.forEach(row -> found.add(new UserId(row.getUUID("user_id"))));
                    return null;
                });
    }

    /**
     * Marks up to {@code limit} direct conversations as conversations with a deleted account.
     *
     * @return the number of newly marked conversations
     */
    Future<Integer> peerDeleted(UserId user, int limit) {
        return postgres.write(PEER_DELETED, Tuple.of(user.value(), limit)).map(rows -> rows.rowCount());
    }

    private static List<ConversationView> views(RowSet<Row> rows) {
        List<ConversationView> views = new ArrayList<>(rows.size());
        for (Row row : rows) {
            views.add(view(row));
        }
        return views;
    }

    private static ConversationView view(Row row) {
        ConversationKind kind = ConversationKind.of(row.getInteger("conversation_kind"));
        Role role = Role.of(row.getInteger("role"));
        boolean left = role == Role.NONE;
        return new ConversationView(
                new ConversationId(row.getUUID("id")),
                kind,
                row.getString("title"),
                Optional.ofNullable(row.getUUID("peer")).map(UserId::new).orElse(null),
                left ? null : row.getInteger("member_count"),
                left ? null : role,
                (kind == ConversationKind.GROUP && !left) ? row.getBoolean("open_history") : null,
                row.getLong("first_seq"),
                row.getLong("last_seq"),
                row.getLong("read_seq"),
                row.getInteger("unread"),
                row.getLong("seq") == null ? null : EntryStore.entry(row),
                row.getLong("peer_read_seq"),
                row.getOffsetDateTime("last_at"),
                Map.of());
    }
}
