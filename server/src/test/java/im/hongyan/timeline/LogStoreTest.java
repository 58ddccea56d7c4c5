package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.timeline.Rows.newEntry;
import static im.hongyan.timeline.Rows.user;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.async.Repeat;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Id;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresLimits;
import im.hongyan.store.StoresExtension;
import im.hongyan.timeline.LogStore.Outcome;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The one function through which everything enters the log. */
class LogStoreTest {
    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    private final List<Postgres> opened = new ArrayList<>();
    private Rows rows;
    private LogStore store;

    @BeforeEach
    void setUp() {
        rows = new Rows(stores.postgres());
        store = new LogStore(stores.postgres(), Rows.DIGEST_KEY);
    }

    @AfterEach
    void tearDown() throws Exception {
        for (Postgres postgres : opened) {
            await(postgres.close());
        }
    }

    /** Nodes of two releases run side by side during an upgrade. */
    @Test
    void append_byNodeOfPreviousRelease_isStored() throws Exception {
        UserId alice = user();
        ConversationId one = rows.group(alice);

        Row row = await(stores.postgres()
                        .query(
                                "SELECT outcome, seq FROM timeline_append(ARRAY[$1::uuid], ARRAY[$2::uuid],"
                                        + " ARRAY['id'], ARRAY['message'], ARRAY['{}'], ARRAY[NULL::text],"
                                        + " ARRAY[$3::bytea], ARRAY[NULL::bigint], ARRAY[true], ARRAY[true],"
                                        + " ARRAY[false])",
                                Tuple.of(one.value(), alice.value(), Buffer.buffer("digest"))))
                .iterator()
                .next();

        assertThat(row.getInteger("outcome")).isZero();
        assertThat(row.getLong("seq")).isEqualTo(1);
    }

    @Test
    void append_ofAllSorts_refusesARowAlone() throws Exception {
        UserId alice = user();
        UserId bob = user();
        UserId left = user();
        ConversationId one = rows.group(alice, bob);
        ConversationId two = rows.group(alice);
        rows.member(one, left, 0, "{[1,2)}");
        await(store.append(List.of(newEntry(one, alice, "first", "first"))));
        rows.member(one, user(), 1, "{[2,)}");
        UserId late = user();
        rows.member(one, late, 1, "{[2,)}");

        List<Outcome> outcomes = await(store.append(List.of(
                newEntry(one, alice, "a", "fresh"),
                newEntry(one, alice, "first", "first"),
                newEntry(one, alice, "first", "another text"),
                newEntry(one, bob, "first", "first"),
                newEntry(one, left, "b", "too late"),
                newEntry(one, user(), "c", "never a member"),
                newEntry(new ConversationId(Id.next()), alice, "d", "nowhere"),
                replying(one, bob, "e", 1),
                replying(one, late, "f", 1),
                replying(one, bob, "g", 2),
                newEntry(two, alice, "a", "elsewhere"),
                newEntry(one, bob, "h", "fresh"))));

        assertThat(outcomes.stream().map(LogStoreTest::describe))
                .containsExactly(
                        "fresh 2",
                        "same 1",
                        "client_id.reused",
                        "fresh 3",
                        "conversation.not_member",
                        "conversation.not_member",
                        "conversation.not_member",
                        "fresh 4",
                        "entry.not_found",
                        "entry.not_found",
                        "fresh 1",
                        "fresh 5");
        assertThat(rows.soundLog(one)).hasSize(5);
        assertThat(rows.soundLog(two)).hasSize(1);
    }

    @Test
    void append_again_isAnsweredAsTheFirstTime() throws Exception {
        UserId alice = user();
        ConversationId group = rows.group(alice);
        Appended first = stored(await(store.append(List.of(newEntry(group, alice, "a", "text")))));
        await(store.append(List.of(newEntry(group, alice, "b", "text"))));

        Appended again = stored(await(store.append(List.of(newEntry(group, alice, "a", "text")))));

        assertThat(again).isEqualTo(new Appended(first.seq(), first.at(), first.version(), false));
    }

    @Test
    void append_whenTheClockRunsBehind_keepsTheOrderOfTime() throws Exception {
        UserId alice = user();
        ConversationId group = rows.group(alice);
        Instant ahead = Instant.parse("2100-01-01T00:00:00Z");
        await(stores.postgres()
                .query("UPDATE conversation SET last_at = '2100-01-01Z' WHERE id = $1", Tuple.of(group.value())));

        Appended appended = stored(await(store.append(List.of(newEntry(group, alice, "a", "text")))));

        assertThat(appended.at()).isEqualTo(ahead);
        await(store.append(List.of(newEntry(group, alice, "b", "text"))));
        assertThat(rows.soundLog(group)).hasSize(2);
    }

    @Test
    void append_answersTheVersionOfTheMembers() throws Exception {
        UserId alice = user();
        ConversationId group = rows.group(alice);
        await(stores.postgres()
                .query("UPDATE conversation SET member_version = 7 WHERE id = $1", Tuple.of(group.value())));
        assertThat(stored(await(store.append(List.of(newEntry(group, alice, "a", "text")))))
                        .version())
                .isEqualTo(7);
    }

    @Test
    void find_tellsWhichAreStored() throws Exception {
        UserId alice = user();
        ConversationId group = rows.group(alice);
        NewEntry stored = newEntry(group, alice, "a", "text");
        await(store.append(List.of(newEntry(group, alice, "0", "text"), stored)));

        assertThat(await(store.find(List.of(newEntry(group, alice, "b", "text").key(), stored.key()))))
                .containsExactly(null, 2L);
    }

    /** As from four nodes, through lanes and transactions, with impatient clients that ask twice. */
    @Test
    void append_fromAllSidesAtOnce_numbersWithoutHolesAndStoresOnce() throws Exception {
        List<UserId> users = List.of(user(), user(), user(), user(), user(), user());
        UserId[] all = users.toArray(UserId[]::new);
        List<ConversationId> groups = List.of(rows.group(all), rows.group(all), rows.group(all));
        List<Timeline> nodes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            nodes.add(new LogNode(stores, another()).timeline());
        }
        Map<NewEntry.Key, Appended> answers = new ConcurrentHashMap<>();
        AtomicInteger disagreements = new AtomicInteger();
        AtomicBoolean writing = new AtomicBoolean(true);
        AtomicInteger looks = new AtomicInteger();
        Future<Void> reader = watchForHoles(groups, writing, looks);

        List<Future<?>> writers = new ArrayList<>();
        for (int writer = 0; writer < 24; writer++) {
            Random random = new Random(writer);
            UserId sender = users.get(writer % users.size());
            Future<?> chain = Future.succeededFuture();
            for (int i = 0; i < 60; i++) {
                NewEntry newEntry = newEntry(groups.get(random.nextInt(3)), sender, writer + "-" + i, "text " + i);
                List<Future<Appended>> asked = new ArrayList<>();
                int times = random.nextInt(5) == 0 ? 3 : 1;
                chain = chain.compose(none -> {
                    for (int t = 0; t < times; t++) {
                        Timeline node = nodes.get(random.nextInt(nodes.size()));
                        asked.add(random.nextInt(3) == 0 ? inTransaction(node, newEntry) : node.append(newEntry));
                    }
                    return Future.all(asked)
                            .onSuccess(done -> asked.forEach(answer -> {
                                Appended before = answers.putIfAbsent(newEntry.key(), answer.result());
                                if (before != null
                                        && before.seq() != answer.result().seq()) {
                                    disagreements.incrementAndGet();
                                }
                            }));
                });
            }
            writers.add(chain);
        }
        for (Future<?> writer : writers) {
            await(writer);
        }
        writing.set(false);

        assertThat(disagreements).hasValue(0);
        await(reader);
        assertThat(looks).as("looks at the logs meanwhile").hasValueGreaterThan(10);
        int total = 0;
        for (ConversationId group : groups) {
            List<Rows.Stored> log = rows.soundLog(group);
            for (Rows.Stored entry : log) {
                Appended answer = answers.get(new NewEntry.Key(group, entry.sender(), entry.clientId()));
                assertThat(answer.seq()).isEqualTo(entry.seq());
                assertThat(answer.at()).isEqualTo(entry.at().toInstant());
            }
            total += log.size();
        }
        assertThat(total).isEqualTo(24 * 60).isEqualTo(answers.size());
    }

    private static Future<Appended> inTransaction(Timeline node, NewEntry newEntry) {
        return node.transact(
                tx -> tx.lock(newEntry.conversation(), newEntry.sender()).compose(locked -> tx.append(newEntry)));
    }

    /** Looks at the logs again and again: in no snapshot is a number missing below the highest. */
    private Future<Void> watchForHoles(List<ConversationId> groups, AtomicBoolean writing, AtomicInteger looks) {
        return Repeat.untilLast(() -> stores.postgres()
                .query(
                        "SELECT conversation, count(*) AS entries, max(seq) AS last FROM entry"
                                + " WHERE conversation = ANY ($1) GROUP BY conversation",
                        Tuple.of(Rows.ids(groups.toArray(ConversationId[]::new))))
                .compose(found -> {
                    for (Row row : found) {
                        if (!row.getLong("entries").equals(row.getLong("last"))) {
                            return Future.failedFuture("a hole: " + row.deepToString());
                        }
                    }
                    looks.incrementAndGet();
                    return Future.succeededFuture(!writing.get());
                }));
    }

    /** Batches of two conversations each, asked in opposite orders, never lock each other out. */
    @Test
    void append_ofCrossingBatches_neverDeadlocks() throws Exception {
        UserId alice = user();
        ConversationId one = rows.group(alice);
        ConversationId two = rows.group(alice);
        List<LogStore> nodes = List.of(
                new LogStore(another(), Rows.DIGEST_KEY),
                new LogStore(another(), Rows.DIGEST_KEY),
                new LogStore(another(), Rows.DIGEST_KEY));
        List<Future<?>> batches = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            NewEntry first = newEntry(one, alice, "x" + i, "text");
            NewEntry second = newEntry(two, alice, "y" + i, "text");
            batches.add(nodes.get(i % 3).append(i % 2 == 0 ? List.of(first, second) : List.of(second, first)));
        }
        await(Future.all(batches));
        assertThat(rows.soundLog(one)).hasSize(150);
        assertThat(rows.soundLog(two)).hasSize(150);
    }

    @Test
    void lane_underLoad_storesManyInOneRoundTrip() throws Exception {
        UserId alice = user();
        ConversationId group = rows.group(alice);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        AppendBatcher lane = new AppendBatcher(
                stores.vertx(), store, new LogMetrics(registry), AppendBatcher.Limits.DEFAULTS, (d, a) -> {}, d -> {});
        List<Future<?>> sends = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            sends.add(lane.append(newEntry(group, alice, "m" + i, "text")));
        }
        await(Future.all(sends));

        assertThat(rows.soundLog(group).stream().map(Rows.Stored::clientId))
                .as("in the order of the requests")
                .containsExactlyElementsOf(
                        IntStream.range(0, 1_000).mapToObj(i -> "m" + i).toList());
        assertThat(registry.get("hongyan.log.batch.size").summary().count()).isLessThan(20);
    }

    private Postgres another() {
        Postgres postgres = Postgres.open(stores.vertx(), stores.postgresAddress(), PostgresLimits.DEFAULTS);
        opened.add(postgres);
        return postgres;
    }

    private static NewEntry replying(ConversationId conversation, UserId sender, String clientId, long target) {
        return new NewEntry(conversation, sender, clientId, Rows.MESSAGE, "\"reply\"", null, target);
    }

    private static Appended stored(List<Outcome> outcomes) {
        return ((Outcome.Stored) outcomes.get(0)).appended();
    }

    private static String describe(Outcome outcome) {
        if (outcome instanceof Outcome.Refused refused) {
            return refused.rejection().reason();
        }
        Appended appended = ((Outcome.Stored) outcome).appended();
        return (appended.fresh() ? "fresh " : "same ") + appended.seq();
    }
}
