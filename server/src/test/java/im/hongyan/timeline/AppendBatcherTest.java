package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.timeline.Rows.newEntry;
import static im.hongyan.timeline.Rows.user;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.ErrorKind;
import im.hongyan.protocol.Rejection;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresLimits;
import im.hongyan.store.StoreUnavailable;
import im.hongyan.store.StoresExtension;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One lane, when all goes well and when PostgreSQL does what servers do. */
@Timeout(60)
class AppendBatcherTest {
    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    /** Patient: a batch that waits for a lock hangs until the test lets it go. */
    private static final PostgresLimits PATIENT = new PostgresLimits(1, 1, 2_000, 60_000, 60_000, 65_000, 3_000);

    private record Told(NewEntry newEntry, Appended appended) {}

    private final Backends backends = new Backends(stores);
    private final BlockingQueue<Told> committed = new LinkedBlockingQueue<>();
    private final BlockingQueue<NewEntry> doubted = new LinkedBlockingQueue<>();
    private final UserId alice = user();
    private Rows rows;
    private Postgres postgres;
    private ConversationId group;

    @BeforeEach
    void setUp() throws Exception {
        rows = new Rows(stores.postgres());
        group = rows.group(alice);
        backends.prepareToHoldCommits();
        postgres = Postgres.open(stores.vertx(), stores.postgresAddress(), PATIENT);
    }

    @AfterEach
    void tearDown() throws Exception {
        backends.releaseCommits();
        await(postgres.query("ALTER TABLE entry DROP CONSTRAINT IF EXISTS poison"));
        await(postgres.close());
    }

    @Test
    void append_listenerThrows_othersAreAnsweredAndTheLaneContinues() throws Exception {
        AppendBatcher lane = lane(AppendBatcher.Limits.DEFAULTS);
        Backends.Held held = backends.lock(group);
        Future<Appended> first = lane.append(newEntry(group, alice, "first", "text"));
        lane.append(newEntry(group, alice, "throws", "text")).onComplete(done -> {
            throw new IllegalStateException("a listener's bug");
        });
        Future<Appended> other = lane.append(newEntry(group, alice, "other", "text"));
        backends.waitingForLock();
        held.release();
        await(first);
        await(other);
        await(lane.append(newEntry(group, alice, "later", "text")));
    }

    @Test
    void append_poisonousRow_failsAloneAndTheOthersAreStoredInOrder() throws Exception {
        await(postgres.query("ALTER TABLE entry ADD CONSTRAINT poison CHECK (content <> '\"poison\"')"));
        AppendBatcher lane = lane(AppendBatcher.Limits.DEFAULTS);
        Backends.Held held = backends.lock(group);
        Future<Appended> first = lane.append(newEntry(group, alice, "first", "text"));
        List<Future<Appended>> batch = new ArrayList<>();
        for (int i = 0; i < 37; i++) {
            batch.add(lane.append(newEntry(group, alice, "m" + i, i == 5 || i == 36 ? "poison" : "text")));
        }
        backends.waitingForLock();
        held.release();
        await(first);
        await(Future.join(batch).otherwiseEmpty());

        for (int i = 0; i < 37; i++) {
            if (i == 5 || i == 36) {
                assertThat(batch.get(i).cause())
                        .isInstanceOfSatisfying(PgException.class, failure -> assertThat(failure.getSqlState())
                                .isEqualTo("23514"));
            } else {
                assertThat(batch.get(i).result().fresh()).isTrue();
            }
        }
        assertThat(rows.soundLog(group).stream().map(Rows.Stored::clientId))
                .hasSize(36)
                .isSubsetOf(names(37))
                .doesNotContain("m5", "m36");
        assertThat(committed).hasSize(36);
    }

    @Test
    void append_poisonousRowAfterALostConnection_failsAloneToo() throws Exception {
        await(postgres.query("ALTER TABLE entry ADD CONSTRAINT poison CHECK (content <> '\"poison\"')"));
        AppendBatcher lane = lane(AppendBatcher.Limits.DEFAULTS);
        ConversationId other = rows.group(alice);
        Backends.Held heldOther = backends.lock(other);
        Backends.Held held = backends.lock(group);
        Future<Appended> first = lane.append(newEntry(other, alice, "first", "text"));
        List<Future<Appended>> batch = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            batch.add(lane.append(newEntry(group, alice, "m" + i, i == 4 ? "poison" : "text")));
        }
        heldOther.release();
        await(first);
        backends.end(backends.waitingForLock());
        held.release();
        await(Future.join(batch).otherwiseEmpty());

        assertThat(batch.get(4).cause()).isInstanceOf(PgException.class);
        assertThat(batch.stream().filter(Future::succeeded)).hasSize(8);
        assertThat(rows.soundLog(group)).hasSize(8);
        assertThat(committed).hasSize(9);
        assertThat(doubted).isEmpty();
    }

    @Test
    void append_connectionLostBeforeTheCommit_isStoredOnceAndTold() throws Exception {
        AppendBatcher lane = lane(AppendBatcher.Limits.DEFAULTS);
        Backends.Held held = backends.lock(group);
        Future<Appended> append = lane.append(newEntry(group, alice, "a", "text"));
        backends.end(backends.waitingForLock());
        held.release();

        assertThat(await(append).seq()).isEqualTo(1);
        assertThat(rows.soundLog(group)).hasSize(1);
        assertThat(next(committed).appended.seq()).isEqualTo(1);
        assertThat(committed).isEmpty();
        assertThat(doubted).isEmpty();
    }

    @Test
    void append_connectionLostAfterTheCommit_isStoredOnceAndTold() throws Exception {
        backends.holdCommits();
        AppendBatcher lane = lane(AppendBatcher.Limits.DEFAULTS);
        Future<Appended> append = lane.append(newEntry(group, alice, "a", "text"));
        int pid = backends.committedButSilent();
        assertThat(rows.log(group))
                .as("not visible before the commit is complete")
                .isEmpty();
        backends.end(pid);
        backends.releaseCommits();

        Appended appended = await(append);
        assertThat(appended.seq()).isEqualTo(1);
        assertThat(appended.fresh()).isFalse();
        assertThat(rows.soundLog(group)).hasSize(1);
        Told told = next(committed);
        assertThat(told.newEntry.clientId()).isEqualTo("a");
        assertThat(told.appended.fresh())
                .as("whoever tells the readers must look at how it is now")
                .isFalse();
        assertThat(committed).isEmpty();
    }

    @Test
    void append_pastTheDeadline_isRefusedInTimeAndToldWhenItIsStoredAllTheSame() throws Exception {
        AppendBatcher lane = lane(new AppendBatcher.Limits(100, 1 << 20, 300, 50));
        Backends.Held held = backends.lock(group);
        Future<Appended> underWay = lane.append(newEntry(group, alice, "under way", "text"));
        backends.waitingForLock();
        Future<Appended> waiting = lane.append(newEntry(group, alice, "waiting", "text"));

        assertThat(refusal(underWay).kind()).isEqualTo(ErrorKind.UNAVAILABLE);
        assertThat(refusal(waiting).kind()).isEqualTo(ErrorKind.UNAVAILABLE);
        held.release();

        assertThat(next(committed).newEntry.clientId()).isEqualTo("under way");
        await(lane.append(newEntry(group, alice, "later", "text")));
        assertThat(rows.soundLog(group).stream().map(Rows.Stored::clientId))
                .as("what was never tried is not stored behind its sender's back")
                .containsExactly("under way", "later");
    }

    @Test
    void append_lostPastTheDeadline_isDoubted() throws Exception {
        AppendBatcher lane = lane(new AppendBatcher.Limits(100, 1 << 20, 300, 50));
        Backends.Held held = backends.lock(group);
        Future<Appended> append = lane.append(newEntry(group, alice, "a", "text"));
        int pid = backends.waitingForLock();
        refusal(append);
        assertThat(doubted).as("as long as the answer may come").isEmpty();
        backends.end(pid);

        assertThat(next(doubted).clientId()).isEqualTo("a");
        held.release();
        assertThat(await(lane.append(newEntry(group, alice, "b", "text"))).seq())
                .isEqualTo(1);
    }

    @Test
    void append_refusedForNow_failsAtOnce() throws Exception {
        Postgres impatient = Postgres.open(
                stores.vertx(), stores.postgresAddress(), new PostgresLimits(1, 1, 10, 5_000, 100, 8_000, 3_000));
        AppendBatcher lane = new AppendBatcher(
                stores.vertx(),
                new LogStore(impatient, Rows.DIGEST_KEY),
                new LogMetrics(new SimpleMeterRegistry()),
                AppendBatcher.Limits.DEFAULTS,
                (newEntry, appended) -> committed.add(new Told(newEntry, appended)),
                doubted::add);
        Backends.Held held = backends.lock(group);
        Future<Appended> append = lane.append(newEntry(group, alice, "a", "text"));
        assertThat(catchThrowableOfType(StoreUnavailable.class, () -> await(append))
                        .outcomeKnown())
                .isTrue();
        held.release();
        await(impatient.close());
        assertThat(rows.soundLog(group)).isEmpty();
        assertThat(doubted).isEmpty();
    }

    @Test
    void append_beyondTheQueue_isRefusedAtOnce() throws Exception {
        AppendBatcher lane = lane(new AppendBatcher.Limits(5, 1 << 20, 60_000, 200));
        Backends.Held held = backends.lock(group);
        List<Future<Appended>> taken = new ArrayList<>();
        taken.add(lane.append(newEntry(group, alice, "under way", "text")));
        for (int i = 0; i < 5; i++) {
            taken.add(lane.append(newEntry(group, alice, "m" + i, "text")));
        }
        Rejection refusal = refusal(lane.append(newEntry(group, alice, "too many", "text")));
        assertThat(refusal.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
        assertThat(refusal.reason()).isEqualTo("log.busy");
        assertThat(refusal.retryAfterMs()).isPositive();
        held.release();
        await(Future.all(taken));
        assertThat(rows.soundLog(group)).hasSize(6);
    }

    @Test
    void append_beyondTheQueuesBytes_isRefusedAtOnce() throws Exception {
        AppendBatcher lane = lane(new AppendBatcher.Limits(1_000, 50_000, 60_000, 200));
        Backends.Held held = backends.lock(group);
        String long10k = "x".repeat(10_000);
        List<Future<Appended>> taken = new ArrayList<>();
        taken.add(lane.append(newEntry(group, alice, "under way", long10k)));
        for (int i = 0; i < 4; i++) {
            taken.add(lane.append(newEntry(group, alice, "m" + i, long10k)));
        }
        assertThat(refusal(lane.append(newEntry(group, alice, "too much", long10k)))
                        .reason())
                .isEqualTo("log.busy");
        taken.add(lane.append(newEntry(group, alice, "small", "text")));
        held.release();
        await(Future.all(taken));
        taken.clear();
        for (int i = 0; i < 4; i++) {
            taken.add(lane.append(newEntry(group, alice, "again" + i, long10k)));
        }
        await(Future.all(taken));
        assertThat(rows.soundLog(group)).hasSize(10);
    }

    @Test
    void append_retryInTheSameBatch_isAnsweredTheSame() throws Exception {
        AppendBatcher lane = lane(AppendBatcher.Limits.DEFAULTS);
        Backends.Held held = backends.lock(group);
        Future<Appended> first = lane.append(newEntry(group, alice, "0", "text"));
        Future<Appended> one = lane.append(newEntry(group, alice, "a", "text"));
        Future<Appended> two = lane.append(newEntry(group, alice, "a", "text"));
        Future<Appended> other = lane.append(newEntry(group, alice, "a", "another text"));
        held.release();
        await(first);
        assertThat(await(one).seq()).isEqualTo(2).isEqualTo(await(two).seq());
        assertThat(refusal(other).reason()).isEqualTo("client_id.reused");
        assertThat(rows.soundLog(group)).hasSize(2);
    }

    private AppendBatcher lane(AppendBatcher.Limits limits) {
        return new AppendBatcher(
                stores.vertx(),
                new LogStore(postgres, Rows.DIGEST_KEY),
                new LogMetrics(new SimpleMeterRegistry()),
                limits,
                (newEntry, appended) -> committed.add(new Told(newEntry, appended)),
                doubted::add);
    }

    private static List<String> names(int count) {
        List<String> names = new ArrayList<>(List.of("first"));
        for (int i = 0; i < count; i++) {
            names.add("m" + i);
        }
        return names;
    }

    private static Rejection refusal(Future<?> future) {
        return catchThrowableOfType(Rejection.class, () -> await(future));
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(20, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return next;
    }
}
