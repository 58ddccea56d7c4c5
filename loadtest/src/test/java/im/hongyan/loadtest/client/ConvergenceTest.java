package im.hongyan.loadtest.client;

import static im.hongyan.loadtest.client.ChatConnectionTest.get;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.loadtest.client.FakeLog.Bug;
import im.hongyan.loadtest.history.History;
import im.hongyan.loadtest.history.HistoryChecker;
import im.hongyan.loadtest.history.Rule;
import im.hongyan.loadtest.history.Verdict;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Clients on bad links converge with a correct server, and the checker notices a wrong server. */
class ConvergenceTest {
    private static final int SENDS = 30;

    @Property(tries = 6, shrinking = ShrinkingMode.OFF)
    void badLinks_lastNothingAndDoubleNothing(@ForAll long seed) throws TimeoutException {
        Verdict verdict = chat(seed, Bug.NONE, 0.10, 0.03);

        assertThat(verdict.violations()).as(verdict.toString()).isEmpty();
        assertThat(verdict.counts().acknowledged()).isEqualTo(4 * SENDS);
    }

    @Example
    void aServerThatForgetsClientIds_isFound() throws TimeoutException {
        assertThat(chat(1, Bug.FORGETS_CLIENT_IDS, 0.10, 0.05).broken()).contains(Rule.DUPLICATED);
    }

    @Example
    void aServerThatLosesWhatItAcknowledged_isFound() throws TimeoutException {
        Verdict verdict = chat(2, Bug.LOSES_ACKNOWLEDGED, 0, 0);

        assertThat(verdict.broken()).containsAnyOf(Rule.LOST, Rule.CONTRADICTORY_ACK);
    }

    @Example
    void aServerThatIgnoresWindows_isFound() throws TimeoutException {
        assertThat(chat(3, Bug.IGNORES_WINDOWS, 0, 0).broken()).contains(Rule.LEAKED);
    }

    /** Four users with separate links; one comes and goes. */
    private static Verdict chat(long seed, Bug bug, double rate, double cuts) throws TimeoutException {
        Vertx vertx = Vertx.vertx();
        try {
            FakeServer first = new FakeServer(vertx).start();
            first.log.bug = bug;
            ClientOptions options = ClientOptions.defaults().withRequestTimeout(Duration.ofMillis(250));
            ChatClient node = new ChatClient(vertx, first.url(), options);
            History history = new History();
            List<RandomFaults> links = new ArrayList<>();
            List<SyncingClient> users = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                RandomFaults link = new RandomFaults(seed + i, rate, cuts);
                SyncOptions how = SyncOptions.defaults()
                        .withRepairAfter(Duration.ofMillis(10))
                        .withBackoff(Duration.ofMillis(2), Duration.ofMillis(40))
                        .withFaults(link);
                Credentials who = new Credentials("u" + i, "u" + i, "u" + i, null);
                links.add(link);
                users.add(new SyncingClient(vertx, List.of(node), who, "u" + i + "/1", history, how));
            }
            for (SyncingClient user : users) {
                get(user.start());
            }
            talk(users, new Random(seed));
            links.forEach(RandomFaults::heal);
            for (SyncingClient user : users) {
                get(user.catchUp());
            }
            for (SyncingClient user : users) {
                get(user.stop());
            }
            return HistoryChecker.check(history);
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    private static void talk(List<SyncingClient> users, Random random) {
        SyncingClient owner = users.get(0);
        String group = get(owner.createGroup("g", List.of("u1", "u2")));
        List<Future<Ack>> sends = new ArrayList<>();
        boolean member = false;
        for (int i = 0; i < 4 * SENDS; i++) {
            SyncingClient sender = users.get(i % 3);
            sends.add(sender.send(group, "text " + random.nextInt()));
            if (i % 17 == 0) {
                Future<Ack> change =
                        member ? owner.removeFromGroup(group, List.of("u3")) : owner.addToGroup(group, List.of("u3"));
                get(change);
                member = !member;
            }
        }
        sends.forEach(ChatConnectionTest::get);
    }
}
