package im.hongyan.timeline;

import static im.hongyan.store.StoresExtension.await;
import static im.hongyan.timeline.Rows.newEntry;
import static im.hongyan.timeline.Rows.user;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.UserId;
import im.hongyan.store.Postgres;
import im.hongyan.store.PostgresLimits;
import im.hongyan.store.StoresExtension;
import im.hongyan.testkit.RequestRejected;
import im.hongyan.testkit.TestConnection;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An entry that was committed while nobody could be told reaches its readers without any further message. */
@Timeout(60)
class UnpublishedEntriesTest {
    @RegisterExtension
    static final StoresExtension stores = LogNode.stores();

    private final Backends backends = new Backends(stores);
    private final BlockingQueue<Long> announced = new LinkedBlockingQueue<>();
    private final UserId alice = user();
    private Rows rows;
    private LogStore store;
    private ConversationId group;
    private Postgres postgres;

    @BeforeEach
    void setUp() throws Exception {
        rows = new Rows(stores.postgres());
        store = new LogStore(stores.postgres(), Rows.DIGEST_KEY);
        group = rows.group(alice);
    }

    @AfterEach
    void tearDown() throws Exception {
        backends.releaseCommits();
        await(stores.postgres().query("ALTER TABLE IF EXISTS member_away RENAME TO member"));
        if (postgres != null) {
            await(postgres.close());
        }
    }

    @Test
    void add_storedEntry_isAnnouncedOnce() throws Exception {
        NewEntry newEntry = newEntry(group, alice, "a", "text");
        await(store.append(List.of(newEntry)));
        unpublished().add(newEntry);
        assertThat(next()).isEqualTo(1);
        assertThat(announced.poll(100, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void add_entryStoredLater_isStillFound() throws Exception {
        UnpublishedEntries unpublished = unpublished();
        NewEntry newEntry = newEntry(group, alice, "a", "text");
        postgres = Postgres.open(stores.vertx(), stores.postgresAddress(), PostgresLimits.DEFAULTS);
        Backends.Held held = backends.lock(group);
        Future<?> late = new LogStore(postgres, Rows.DIGEST_KEY).append(List.of(newEntry));
        backends.waitingForLock();
        unpublished.add(newEntry);
        assertThat(announced.poll(60, TimeUnit.MILLISECONDS)).isNull();
        held.release();
        await(late);
        assertThat(next()).isEqualTo(1);
    }

    @Test
    void announcement_thatFails_isRepeated() throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        UnpublishedEntries unpublished = new UnpublishedEntries(
                stores.vertx(),
                store,
                10,
                (key, seq) -> attempts.incrementAndGet() < 4
                        ? Future.failedFuture("not now")
                        : Future.<Void>succeededFuture().onSuccess(done -> announced.add(seq)));
        NewEntry newEntry = newEntry(group, alice, "a", "text");
        await(store.append(List.of(newEntry)));
        unpublished.add(newEntry);
        assertThat(next()).isEqualTo(1);
        assertThat(attempts).hasValue(4);
    }

    /** The commit through the fast door was done, and the connection lost before its answer. */
    @Test
    void message_committedAndNotAnswered_isPushed() throws Exception {
        LogNode node = node();
        TestConnection bob = node.connect();
        TestConnection carol = node.connect();
        String talk = bob.openWith(carol);
        backends.holdCommits();
        Future<JsonNode> sending = bob.saying(talk, "hello");
        backends.end(backends.committedButSilent());
        backends.releaseCommits();

        assertThat(await(sending).get("seq").asLong()).isEqualTo(1);
        assertThat(carol.receive(talk, 1).at("/content/text").asText()).isEqualTo("hello");
        bob.receive(talk, 1);
    }

    /** The same through the other door, where the sender does not learn it, and does not ask again. */
    @Test
    void change_committedAndNotAnswered_isPushed() throws Exception {
        LogNode node = node();
        TestConnection bob = node.connect();
        TestConnection carol = node.connect();
        TestConnection dave = node.connect();
        String group = bob.createGroup(carol);
        backends.holdCommits();
        Future<JsonNode> adding = bob.asking("group.add", Map.of("conversation", group, "users", List.of(dave.id())));
        backends.end(backends.committedButSilent());
        backends.releaseCommits();

        assertThat(await(adding.map("ok").otherwise(refusal -> ((RequestRejected) refusal).kind)))
                .isEqualTo("unavailable");
        for (TestConnection member : List.of(bob, carol, dave)) {
            assertThat(member.receive(group, 2).at("/content/change").asText()).isEqualTo("added");
        }
    }

    /** Committed and answered, but its audience cannot be read for a while. */
    @Test
    void entry_whoseReadersAreNotKnown_isPushedWhenTheyAre() throws Exception {
        LogNode node = node();
        TestConnection bob = node.connect();
        TestConnection carol = node.connect();
        String group = bob.createGroup(carol);
        NewEntry newEntry = newEntry(LogNode.id(group), bob.user(), "a", "text");
        await(node.timeline().transact(tx -> tx.sql()
                .query("UPDATE conversation SET member_version = member_version + 1")
                .compose(moved -> tx.appendUnchecked(newEntry))
                .compose(appended -> tx.sql()
                        .query("ALTER TABLE member RENAME TO member_away")
                        .map(appended))));
        assertThat(carol.pushed(group)).hasSizeLessThan(2);
        await(stores.postgres().query("ALTER TABLE member_away RENAME TO member"));

        carol.receive(group, 2);
    }

    /** An entry that is found later is pushed in its current state, to the users who may see it. */
    @Test
    void message_recalledBeforeItCouldBePushed_isPushedWithoutItsText() throws Exception {
        LogNode node = node();
        LogNode other = new LogNode(stores);
        TestConnection bob = node.connect();
        TestConnection carol = node.connect();
        TestConnection late = node.connect();
        String group = bob.createGroup(carol);
        backends.holdCommits();
        Future<JsonNode> sending = bob.saying(group, "secret");
        int pid = backends.committedButSilent();
        // These wait for the lock of the one that may not answer, and come before its repetition.
        Future<JsonNode> recall = other.connect(bob.user())
                .asking("message.recall", Map.of("conversation", group, "seq", 2, "clientId", "recall"));
        backends.waitingForLock();
        Future<JsonNode> add = other.connect(bob.user())
                .asking("group.add", Map.of("conversation", group, "users", List.of(late.id())));
        backends.end(pid);
        backends.releaseCommits();

        assertThat(await(sending).get("seq").asLong()).isEqualTo(2);
        await(Future.all(recall, add));
        JsonNode pushed = carol.receive(group, 2);
        assertThat(pushed.get("recalled").asBoolean()).isTrue();
        assertThat(pushed.toString()).doesNotContain("secret");
        bob.say(group, "hello");
        late.receive(group, 5);
        assertThat(late.pushed(group))
                .extracting(entry -> entry.get("seq").asLong())
                .contains(5L)
                .doesNotContain(2L);
    }

    /** On connections of its own. */
    private LogNode node() throws Exception {
        backends.prepareToHoldCommits();
        postgres = Postgres.open(stores.vertx(), stores.postgresAddress(), PostgresLimits.DEFAULTS);
        return new LogNode(stores, postgres);
    }

    private UnpublishedEntries unpublished() {
        return new UnpublishedEntries(stores.vertx(), store, 20, (key, seq) -> {
            announced.add(seq);
            return Future.succeededFuture();
        });
    }

    private long next() throws InterruptedException {
        Long next = announced.poll(20, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return next;
    }
}
