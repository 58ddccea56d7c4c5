package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.FrameCodec;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresLimits;
import im.hongyan.store.StoresExtension;
import im.hongyan.timeline.ReadStore.Mark;
import io.vertx.core.Future;
import io.vertx.sqlclient.Tuple;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What each statement touches, counted in pages, where there is much that it should not touch: a viewer of 5,000
 * conversations, groups of 500 members, a log of 100,000 entries. With generic plans, the ones that PostgreSQL makes
 * without knowing the values, and keeps.
 */
class PlansTest {
    private static final String LOAD =
            """
            DO $load$
            BEGIN
              CREATE FUNCTION u(i int) RETURNS uuid IMMUTABLE LANGUAGE sql
                AS $$ SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid $$;
              CREATE FUNCTION c(i int) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$ SELECT md5('c' || i)::uuid $$;
              -- 1..10: groups of 500; ..1000: groups of 5; ..5000: direct. The first has a long log, the others have
              -- 10 entries.
              INSERT INTO conversation (id, kind, title, last_seq, last_at, shown_seq, member_count, member_version)
              SELECT c(i), CASE WHEN i <= 1000 THEN 2 ELSE 1 END, 'title', n, now() - make_interval(secs => i), n,
                     CASE WHEN i <= 10 THEN 500 WHEN i <= 1000 THEN 5 ELSE 2 END, 1
              FROM generate_series(1, 5000) i, LATERAL (SELECT CASE WHEN i = 1 THEN 100000 ELSE 10 END AS n) x;
              INSERT INTO member (conversation, user_id, role, seen, joined_seq, in_group)
              SELECT c(i), u(j), CASE WHEN j = 1 THEN 3 ELSE 1 END, '{[1,)}', 1, i <= 1000
              FROM generate_series(1, 5000) i, generate_series(1, 500) j
              WHERE j = 1 OR i <= 10 OR (i <= 1000 AND j <= 5);
              INSERT INTO member (conversation, user_id, role, seen, joined_seq)
              SELECT c(i), u(1000 + i), 1, '{[1,)}', 1 FROM generate_series(1001, 5000) i;
              -- A user whom many have opened a conversation with.
              INSERT INTO conversation (id, kind, member_count, member_version)
              SELECT c(i), 1, 2, 1 FROM generate_series(10001, 30000) i;
              INSERT INTO member (conversation, user_id, role, seen, joined_seq)
              SELECT c(i), u(j), 1, '{[1,)}', 1
              FROM generate_series(10001, 30000) i, LATERAL (VALUES (5001), (i)) v (j);
              INSERT INTO entry (conversation, seq, kind, sender, client_id, at, content, digest, counts, shown)
              SELECT c(i), s, 'message', CASE WHEN i = 1 THEN u(1) ELSE u(2) END, 'm' || s, now(),
                     '{"type":"text","text":"some words"}',
                     '\\x00', true, true
              FROM generate_series(1, 5000) i, LATERAL generate_series(1, CASE WHEN i = 1 THEN 100000 ELSE 10 END) s;
            END $load$
            """;

    private static final String PAGES =
            """
            SELECT sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0))::bigint AS pages
            FROM pg_statio_user_tables
            """;

    private static final UserId VIEWER = user(1);

    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    private static Postgres postgres;

    @BeforeAll
    static void load() throws Exception {
        String database = await(stores.postgres().query("SELECT current_database() AS name"))
                .iterator()
                .next()
                .getString("name");
        await(stores.postgres().query("ALTER DATABASE \"" + database + "\" SET plan_cache_mode = force_generic_plan"));
        // One connection, so that the counts of one statement are told before the next.
        postgres = Postgres.open(
                stores.vertx(),
                stores.postgresAddress(),
                new PostgresLimits(1, 1, 1_000, 60_000, 5_000, 65_000, 3_000));
        postgres.query(LOAD).await(60, TimeUnit.SECONDS);
        await(postgres.query("VACUUM ANALYZE"));
    }

    @AfterAll
    static void close() throws Exception {
        await(postgres.close());
    }

    @Test
    void conversations() throws Exception {
        ConversationStore store = new ConversationStore(postgres);
        assertThat(pages(() -> store.get(VIEWER, conversations(1001, 1001)))).isLessThan(100);
        assertThat(pages(() -> store.get(VIEWER, conversations(101, 120)))).isLessThan(1_000);
        assertThat(pages(() -> store.get(VIEWER, conversations(1, 1))))
                .as("100,000 entries of one's own that were never marked as read")
                .isLessThan(100);
        assertThat(pages(() -> store.visibleRange(conversation(1), VIEWER))).isLessThan(20);
        assertThat(pages(() -> store.list(VIEWER, null, 51))).isLessThan(6 * 5_000);
        assertThat(pages(() -> store.visibleUsers(VIEWER, users(2, 500))))
                .as("500 users share groups with the viewer, but have done nothing there")
                .isLessThan(40_000);
        assertThat(pages(() -> store.visibleUsers(user(499), users(2, 500))))
                .as("the viewer has 10 conversations")
                .isLessThan(6_000);
    }

    @Test
    void sync() throws Exception {
        ConversationStore store = new ConversationStore(postgres);
        assertThat(pages(() -> store.changed(VIEWER, "0", null, 21))).isLessThan(300);
        String now = await(store.changed(VIEWER, "0", null, 1)).xmin();
        assertThat(pages(() -> store.changed(VIEWER, now, null, 21)))
                .as("nothing has changed in 5,000 conversations")
                .isLessThan(9 * 5_000);
    }

    @Test
    void entries() throws Exception {
        EntryStore store = new EntryStore(postgres);
        for (boolean shownOnly : new boolean[] {false, true}) {
            assertThat(pages(() -> store.after(VIEWER, conversation(1), 50_000, 52_000, 100, shownOnly)))
                    .isLessThan(150);
            assertThat(pages(() -> store.before(VIEWER, conversation(1), 50_000, 48_000, 100, shownOnly)))
                    .isLessThan(150);
        }
        Map<ConversationId, Long> twenty = new LinkedHashMap<>();
        conversations(101, 120).forEach(conversation -> twenty.put(conversation, Long.MAX_VALUE));
        assertThat(pages(() -> store.before(VIEWER, twenty, 20))).isLessThan(1_000);
        assertThat(pages(() -> store.between(conversation(1), 70_000, 70_100))).isLessThan(150);
    }

    /** A group in which members only react. As in a busy database, neighbors are on different pages. */
    @Test
    void entries_amongManyThatAreNotShown_readAsManyAsExamined() throws Exception {
        UserId guest = user(9_001);
        UUID hidden = new UUID(1, 1);
        await(postgres.query(
                "INSERT INTO conversation (id, kind, last_seq, member_count) VALUES ($1, 2, 50000, 1)",
                Tuple.of(hidden)));
        await(postgres.query(
                "INSERT INTO member (conversation, user_id, role, seen, joined_seq) VALUES ($1, $2, 1, '{[1,)}', 1)",
                Tuple.of(hidden, guest.value())));
        await(postgres.query(
                "INSERT INTO entry (conversation, seq, kind, sender, client_id, at, content, counts, shown)"
                        + " SELECT $1, s, 'reaction', $2, 'h' || s, now(), '{}', false, false"
                        + " FROM generate_series(1, 50000) s ORDER BY md5(s::text)",
                Tuple.of(hidden, guest.value())));
        ConversationId conversation = new ConversationId(hidden);
        EntryStore store = new EntryStore(postgres);
        var range = await(new ConversationStore(postgres).visibleRange(conversation, guest));
        long through = range.endOfNext(EntriesReadHandler.MAX_EXAMINED, 0);
        assertThat(pages(() -> store.after(guest, conversation, 0, through, 50, true)))
                .isLessThan(2_300);
        long from = range.startOfPrevious(EntriesReadHandler.MAX_EXAMINED, 50_001);
        assertThat(pages(() -> store.before(guest, conversation, 50_001, from, 50, true)))
                .isLessThan(2_300);
    }

    @Test
    void entries_ofMemberWithManyWindows_readNoAbsence() throws Exception {
        UserId guest = user(9_000);
        await(postgres.query(
                "INSERT INTO member (conversation, user_id, role, seen, joined_seq) SELECT $1, $2, 0,"
                        + " range_agg(int8range(i * 1000, i * 1000 + 3)), 64000 FROM generate_series(1, 64) i",
                Tuple.of(conversation(1).value(), guest.value())));
        EntryStore store = new EntryStore(postgres);
        for (boolean shownOnly : new boolean[] {false, true}) {
            assertThat(pages(() -> store.after(guest, conversation(1), 0, Long.MAX_VALUE, 20, shownOnly)))
                    .isLessThan(150);
            assertThat(pages(() -> store.after(guest, conversation(1), 0, Long.MAX_VALUE, 200, shownOnly)))
                    .isLessThan(1_000);
            assertThat(pages(() -> store.before(guest, conversation(1), Long.MAX_VALUE, 1, 20, shownOnly)))
                    .isLessThan(150);
        }
        ConversationStore conversations = new ConversationStore(postgres);
        assertThat(pages(() -> conversations.get(guest, conversations(1, 1)))).isLessThan(300);
    }

    @Test
    void members() throws Exception {
        Members members = new Members(postgres);
        assertThat(pages(() -> members.recent(conversation(2)))).isLessThan(800);
        assertThat(pages(() -> members.asOf(conversation(2), 5))).isLessThan(800);
        GroupStore groups = new GroupStore(postgres);
        assertThat(pages(() -> groups.members(conversation(2), VIEWER, null, 200)))
                .isLessThan(800);
        assertThat(pages(() -> groups.groupsOf(VIEWER, 100))).isLessThan(200);
        UserId sociable = user(5_001);
        assertThat(pages(() -> groups.groupsOf(sociable, 100)))
                .as("the user has 20,000 direct conversations")
                .isLessThan(20);
        GroupLimits limits = new GroupLimits(500, 2_000, 500, 1);
        List<UserId> many =
                Stream.concat(users(1, 499).stream(), Stream.of(sociable)).toList();
        assertThat(pages(() -> postgres.transaction(tx -> groups.inTooManyGroups(tx, VIEWER, many, limits))))
                .isLessThan(5_000);
        assertThat(pages(() -> postgres.transaction(tx -> groups.ownsTooManyGroups(tx, VIEWER, 500))))
                .isLessThan(100);
        ReadStore reads = new ReadStore(postgres);
        assertThat(pages(() -> reads.readers(conversation(2), 5, null, 201))).isLessThan(800);
        Map<Mark, Long> marks = new LinkedHashMap<>();
        conversations(1, 500).forEach(conversation -> marks.put(new Mark(conversation, VIEWER), 3L));
        assertThat(pages(() -> reads.mark(marks)))
                .as("the first mark of a member updates every index of the row")
                .isLessThan(33 * 500);
    }

    /** Their rows stay, because they still see what they saw. */
    @Test
    void members_ofGroupWithManyFormerMembers_areReadAlone() throws Exception {
        ConversationId group = conversation(3);
        await(postgres.query(
                "INSERT INTO member (conversation, user_id, role, seen, joined_seq)"
                        + " SELECT $1, u(10000 + i), 0, '{[1,4)}', 1 FROM generate_series(1, 60000) i",
                Tuple.of(group.value())));
        await(postgres.query("ANALYZE member"));
        Members members = new Members(postgres);
        assertThat(pages(() -> members.recent(group))).isLessThan(800);
        assertThat(pages(() -> members.asOf(group, 5))).isLessThan(800);
        GroupStore groups = new GroupStore(postgres);
        assertThat(pages(() -> groups.members(group, VIEWER, null, 200))).isLessThan(800);
        assertThat(pages(() -> postgres.transaction(tx -> groups.successor(tx, group, VIEWER))))
                .isLessThan(800);
        assertThat(pages(() -> postgres.transaction(tx -> groups.lockMembers(tx, group, users(10_001, 10_100)))))
                .isLessThan(6_000);
        assertThat(pages(() -> new ReadStore(postgres).readers(group, 5, null, 201)))
                .isLessThan(800);
    }

    @Test
    void log() throws Exception {
        LogStore store = new LogStore(postgres, Rows.DIGEST_KEY);
        assertThat(pages(() -> store.append(List.of(Rows.newEntry(conversation(1), VIEWER, "one", "text")))))
                .as("with the mark that the sender has written, which changes once")
                .isLessThan(120);
        assertThat(pages(() -> store.append(List.of(Rows.newEntry(conversation(1), VIEWER, "two", "text")))))
                .isLessThan(80);
        List<NewEntry> batch = IntStream.range(0, 256)
                .mapToObj(i -> Rows.newEntry(conversation(1), VIEWER, "batch" + i, "text"))
                .toList();
        assertThat(pages(() -> store.append(batch))).isLessThan(40 * 256);
        assertThat(pages(() -> store.append(batch))).as("again").isLessThan(40 * 256);
        List<NewEntry> wide = IntStream.range(0, 256)
                .mapToObj(i -> Rows.newEntry(conversation(100 + i), VIEWER, "wide", "text"))
                .toList();
        assertThat(pages(() -> store.append(wide))).isLessThan(60 * 256);
        assertThat(pages(() -> store.find(batch.stream().map(NewEntry::key).toList())))
                .isLessThan(10 * 256);
    }

    @Test
    void changes() throws Exception {
        LogStore store = new LogStore(postgres, Rows.DIGEST_KEY);
        EntryKinds kinds =
                new EntryKinds().register(new FrameRoutes(new FrameCodec(), failure -> null), Rows.MESSAGE, Void.class);
        ConversationId group = conversation(1);
        Function<Function<LogTransaction, Future<?>>, Future<?>> transact = work -> postgres.transaction(
                tx -> work.apply(new LogTransaction(tx, store, kinds, new LogTransaction.AfterCommit()))
                        .mapEmpty());
        assertThat(pages(() -> transact.apply(tx -> tx.lock(group, VIEWER)
                        .compose(log -> tx.replay(Rows.newEntry(group, VIEWER, "m500", "text"))
                                .otherwiseEmpty()
                                .compose(replayed -> tx.find(group, 500, VIEWER))
                                .compose(found -> tx.countReactions(group, 500, "x"))
                                .compose(others -> tx.react(log, 500, VIEWER, "x", false))
                                .compose(changed -> tx.redact(group, 500))))))
                .isLessThan(200);
    }

    private interface Asking {
        Future<?> ask();
    }

    private static long pages(Asking asking) throws Exception {
        long before = pages();
        await(asking.ask());
        return pages() - before;
    }

    private static long pages() throws Exception {
        await(postgres.query("SELECT pg_stat_force_next_flush()"));
        await(postgres.write("SELECT pg_stat_force_next_flush()", Tuple.tuple()));
        await(postgres.audience("SELECT pg_stat_force_next_flush()", Tuple.tuple()));
        await(postgres.transaction(tx -> tx.query("SELECT pg_stat_force_next_flush()")));
        return await(postgres.query(PAGES)).iterator().next().getLong("pages");
    }

    private static UserId user(int i) {
        return new UserId(new UUID(0x7000L, 0x8000_0000_0000_0000L | i));
    }

    private static List<UserId> users(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(PlansTest::user).toList();
    }

    private static ConversationId conversation(int i) {
        try {
            byte[] hash = MessageDigest.getInstance("MD5").digest(("c" + i).getBytes(StandardCharsets.US_ASCII));
            ByteBuffer bytes = ByteBuffer.wrap(hash);
            return new ConversationId(new UUID(bytes.getLong(), bytes.getLong()));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static List<ConversationId> conversations(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(PlansTest::conversation).toList();
    }
}
