package im.hongyan.loadtest.client;

import static im.hongyan.loadtest.client.ChatConnectionTest.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.loadtest.client.FakeServer.Deed;
import im.hongyan.loadtest.history.Event;
import im.hongyan.loadtest.history.History;
import im.hongyan.loadtest.history.HistoryChecker;
import im.hongyan.loadtest.history.Rule;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SyncingClientTest {
    private static final SyncOptions QUICK = SyncOptions.defaults()
            .withRepairAfter(Duration.ofMillis(20))
            .withBackoff(Duration.ofMillis(5), Duration.ofMillis(100));

    private final Vertx vertx = Vertx.vertx();
    private final FakeServer server = new FakeServer(vertx).start();
    private final ClientOptions options = ClientOptions.defaults().withRequestTimeout(Duration.ofMillis(300));
    private final ChatClient node = new ChatClient(vertx, server.url(), options);
    private final History history = new History();
    private final LinkedBlockingQueue<Entry> bobSees = new LinkedBlockingQueue<>();
    private final SyncingClient alice = client("alice", QUICK);
    private final SyncingClient bob = client("bob", QUICK).onEntry(bobSees::add);

    @AfterEach
    void close() throws TimeoutException {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private SyncingClient client(String user, SyncOptions how) {
        return new SyncingClient(
                vertx, List.of(node), new Credentials(user, user, user, "r-" + user), user + "/1", history, how);
    }

    private String start() {
        get(alice.start());
        get(bob.start());
        return get(alice.openDirect("bob"));
    }

    private Entry bobSees() throws InterruptedException {
        return bobSees.poll(10, TimeUnit.SECONDS);
    }

    private void settle() {
        get(alice.catchUp());
        get(bob.catchUp());
    }

    @Test
    void send_reachesTheOther_andTheInvariantHolds() throws InterruptedException {
        String chat = start();
        for (int i = 1; i <= 20; i++) {
            assertThat(get(alice.send(chat, "hello " + i)).seq()).isEqualTo(i);
        }

        for (int i = 1; i <= 20; i++) {
            assertThat(bobSees().text()).isEqualTo("hello " + i);
        }
        settle();
        assertThat(HistoryChecker.check(history).orThrow().counts().acknowledged())
                .isEqualTo(20);
        assertThat(get(bob.stats()).losses()).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = Deed.class,
            names = {"CUT_BEFORE", "CUT_AFTER", "SILENT", "UNAVAILABLE", "DONE_BUT_UNAVAILABLE", "LIMITED"})
    void send_whenTheFirstAttemptFails_isStoredOnce(Deed deed) throws InterruptedException {
        String chat = start();
        AtomicInteger sends = new AtomicInteger();
        server.script = (user, type) -> type.equals("message.send") && sends.incrementAndGet() == 1 ? deed : Deed.SERVE;

        assertThat(get(alice.send(chat, "once")).seq()).isEqualTo(1);

        assertThat(sends).hasValue(2);
        assertThat(server.log.size(chat)).isEqualTo(1);
        assertThat(bobSees().text()).isEqualTo("once");
        settle();
        HistoryChecker.check(history).orThrow();
        assertThat(get(alice.stats()).retries()).isEqualTo(1);
    }

    @Test
    void send_whenAskedToWait_waits() {
        String chat = start();
        server.retryAfterMs = 600;
        AtomicInteger sends = new AtomicInteger();
        server.script =
                (user, type) -> type.equals("message.send") && sends.incrementAndGet() == 1 ? Deed.LIMITED : Deed.SERVE;
        long before = System.nanoTime();

        get(alice.send(chat, "later"));

        assertThat(System.nanoTime() - before).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(600));
    }

    @Test
    void send_refused_failsAndNeverAppears() {
        String chat = start();
        SyncingClient eve = client("eve", QUICK);
        get(eve.start());

        assertThatThrownBy(() -> get(eve.send(chat, "let me in"))).isInstanceOf(ChatError.class);

        get(alice.send(chat, "hi"));
        settle();
        assertThat(HistoryChecker.check(history).orThrow().counts().refused()).isEqualTo(1);
    }

    @Test
    void send_refusedAfterAnUnknownOutcome_isUnknown() {
        get(alice.start());
        get(bob.start());
        String group = get(alice.createGroup("g", List.of("bob")));
        AtomicInteger sends = new AtomicInteger();
        server.script = (user, type) -> {
            if (type.equals("message.send") && sends.incrementAndGet() == 1) {
                return Deed.DONE_BUT_UNAVAILABLE;
            }
            return Deed.SERVE;
        };
        server.retryAfterMs = 300;

        Future<Ack> sent = bob.send(group, "stored, but bob will not know");
        while (sends.get() == 0) {
            Thread.onSpinWait();
        }
        get(alice.removeFromGroup(group, List.of("bob")));

        assertThatThrownBy(() -> get(sent)).isInstanceOf(ChatError.class);
        get(alice.send(group, "on"));
        settle();
        assertThat(HistoryChecker.check(history).orThrow().counts().unknown()).isEqualTo(1);
    }

    @Test
    void send_whenNothingAnswers_givesUpAsUnknown() {
        String chat = start();
        SyncingClient hasty = client("alice", QUICK.withGiveUpAfter(Duration.ofMillis(700)), "alice/2");
        get(hasty.start());
        server.script = (user, type) -> Deed.SILENT;

        assertThatThrownBy(() -> get(hasty.send(chat, "?"))).isInstanceOf(NoAnswer.class);

        assertThat(history.events()).anyMatch(event -> event instanceof Event.Unknown);
    }

    private SyncingClient client(String user, SyncOptions how, String name) {
        return new SyncingClient(vertx, List.of(node), new Credentials(user, user, user, null), name, history, how);
    }

    @Test
    void aLostPush_isReadFromTheLog() throws InterruptedException {
        String chat = start();
        server.loses = (user, entry) -> user.equals("bob") && entry.get("seq").asLong() == 2;
        for (int i = 1; i <= 3; i++) {
            get(alice.send(chat, "m" + i));
        }

        assertThat(List.of(bobSees().text(), bobSees().text(), bobSees().text()))
                .containsExactly("m1", "m2", "m3");
        assertThat(get(bob.stats()).repairs()).isEqualTo(1);
    }

    @Test
    void syncRequired_findsWhatNoPushTold() throws InterruptedException {
        String chat = start();
        server.loses = (user, entry) -> true;
        get(alice.send(chat, "unheard"));
        server.pushTo("bob", "sync.required", Json.object());

        assertThat(bobSees().text()).isEqualTo("unheard");
    }

    @Test
    void aLongAbsence_isCaughtUpInPages() {
        String chat = start();
        get(bob.stop());
        for (int i = 0; i < 350; i++) {
            get(alice.send(chat, "m" + i));
        }
        SyncingClient back = client("bob", QUICK, "bob/2");
        get(back.start());
        get(back.catchUp());
        get(alice.catchUp());
        history.record(new Event.Gone("bob/1"));

        assertThat(HistoryChecker.check(history).orThrow().counts().observed()).isGreaterThanOrEqualTo(700);
    }

    @Test
    void aCut_isResumedWithoutLossOrDouble() {
        String chat = start();
        for (int i = 0; i < 30; i++) {
            Future<Ack> sending = alice.send(chat, "m" + i);
            if (i % 5 == 0) {
                bob.cut();
            }
            get(sending);
        }
        settle();

        HistoryChecker.check(history).orThrow();
        assertThat(get(bob.stats()).losses()).isGreaterThanOrEqualTo(1);
    }

    @Test
    void membership_opensAndClosesWindows() {
        get(alice.start());
        get(bob.start());
        SyncingClient carol = client("carol", QUICK);
        get(carol.start());
        String group = get(alice.createGroup("g", List.of("bob")));
        get(alice.send(group, "before"));
        get(alice.addToGroup(group, List.of("carol")));
        get(bob.send(group, "during"));
        get(alice.removeFromGroup(group, List.of("carol")));
        get(bob.send(group, "between"));
        get(alice.addToGroup(group, List.of("carol")));
        get(bob.send(group, "after"));
        get(bob.leaveGroup(group));
        get(alice.send(group, "last"));
        settle();
        get(carol.catchUp());

        assertThat(HistoryChecker.check(history).orThrow().counts().acknowledged())
                .isEqualTo(5);
        assertThat(history.events().stream()
                        .filter(event -> event instanceof Event.Observed seen
                                && seen.client().equals("carol/1"))
                        .map(event -> ((Event.Observed) event).seq()))
                .containsExactly(3L, 4L, 5L, 7L, 8L, 9L, 10L);
    }

    @Test
    void recall_isSeenInBothStates() {
        String chat = start();
        long seq = get(alice.send(chat, "oops")).seq();
        get(bob.catchUp());
        get(alice.submit("message.recall", Map.of("conversation", chat, "seq", seq)));
        SyncingClient tablet = client("bob", QUICK, "bob/2");
        get(tablet.start());
        settle();
        get(tablet.catchUp());

        HistoryChecker.check(history).orThrow();
        assertThat(history.events())
                .anyMatch(event -> event instanceof Event.Observed seen
                        && seen.client().equals("bob/2")
                        && seen.revision() == Event.RECALLED);
    }

    @Test
    void aNewEpoch_dropsTheCursors() {
        String chat = start();
        for (int i = 0; i < 10; i++) {
            get(alice.send(chat, "m" + i));
        }
        get(bob.catchUp());
        server.change(() -> server.log.forgetLast(chat, 4));
        server.epoch = "epoch-2";
        bob.cut();
        alice.cut();
        get(bob.catchUp());

        assertThat(history.events()).contains(new Event.Restarted("bob/1"));
        assertThat(get(bob.views())).singleElement().satisfies(view -> assertThat(view.shown())
                .isEqualTo(6));
    }

    @Test
    void aShorterLogInTheSameEpoch_dropsTheCursors() {
        String chat = start();
        for (int i = 0; i < 10; i++) {
            get(alice.send(chat, "m" + i));
        }
        get(bob.catchUp());
        server.change(() -> server.log.forgetLast(chat, 4));
        get(alice.send(chat, "another history"));
        get(bob.catchUp());

        assertThat(history.events()).contains(new Event.Restarted("bob/1"));
        settle();
        assertThat(HistoryChecker.check(history).broken()).contains(Rule.LOST);
    }

    @Test
    void drained_goesToAnotherNodeAfterTheWait() throws InterruptedException {
        FakeServer second = new FakeServer(vertx, server.log).start();
        List<ChatClient> both = List.of(node, new ChatClient(vertx, second.url(), options));
        SyncingClient roaming =
                new SyncingClient(vertx, both, new Credentials("dan", "dan", "dan", null), "dan/1", history, QUICK);
        get(roaming.start());
        String first = roaming.connection().socket().remoteAddress().toString();
        long before = System.nanoTime();
        server.close("dan", Closure.RESTART, "retry=300");
        second.close("dan", Closure.RESTART, "retry=300");
        get(roaming.catchUp());

        while (get(roaming.stats()).connects() < 2) {
            get(vertx.timer(10, TimeUnit.MILLISECONDS));
        }
        assertThat(System.nanoTime() - before).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(300));
        assertThat(roaming.connection().socket().remoteAddress().toString()).isNotEqualTo(first);
    }

    @Test
    void signedOut_endsForGood() {
        start();
        server.close("bob", Closure.SIGNED_OUT, "");

        assertThat(get(bob.ended()).code()).isEqualTo(Closure.SIGNED_OUT);
        assertThatThrownBy(() -> get(bob.catchUp())).isInstanceOf(NoAnswer.class);
    }

    @Test
    void aStaleToken_isRefreshed() {
        server.willRefresh("r1", "fay");
        SyncingClient fay = new SyncingClient(
                vertx, List.of(node), new Credentials("fay", "fay", "stale", "r1"), "fay/1", history, QUICK);

        get(fay.start());
        assertThat(fay.who().accessToken()).isEqualTo("fay");
    }

    @Test
    void aSpentRefreshToken_endsForGood() {
        SyncingClient gus = new SyncingClient(
                vertx, List.of(node), new Credentials("gus", "gus", "stale", "spent"), "gus/1", history, QUICK);

        assertThatThrownBy(() -> get(gus.start())).isInstanceOf(NoAnswer.class);
        assertThat(get(gus.ended()).code()).isEqualTo(Closure.SIGNED_OUT);
    }

    @Test
    void nonsenseFromTheServer_isAnAnomaly() {
        start();
        server.pushTo("bob", "entry", Json.object().put("conversation", "c").put("seq", "five"));
        get(bob.catchUp());

        assertThat(HistoryChecker.check(history).violations())
                .anySatisfy(violation -> assertThat(violation.toString()).contains("no integer field \"seq\""));
    }

    @Test
    void aPushOfWhatCannotBeRead_isAnAnomaly() {
        start();
        var entry = Json.object().put("conversation", "secret").put("seq", 5).put("kind", "message");
        server.pushTo("bob", "entry", entry.put("at", "2026-01-01T00:00:00Z"));
        get(bob.catchUp());

        assertThat(HistoryChecker.check(history).violations())
                .anySatisfy(violation -> assertThat(violation.toString()).contains("ANOMALY in secret: bob/1"));
    }

    @Test
    void stop_failsWhatIsUnanswered() {
        String chat = start();
        server.script = (user, type) -> Deed.SILENT;
        Future<Ack> unanswered = alice.send(chat, "?");
        get(alice.stop());

        assertThatThrownBy(() -> get(unanswered)).isInstanceOf(NoAnswer.class);
    }

    @Test
    void manySends_keepTheirOrder() throws InterruptedException {
        String chat = start();
        List<Future<Ack>> sends = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            sends.add(alice.send(chat, "m" + i));
        }
        alice.cut();
        sends.forEach(ChatConnectionTest::get);

        for (int i = 0; i < 100; i++) {
            assertThat(bobSees().text()).isEqualTo("m" + i);
        }
    }
}
