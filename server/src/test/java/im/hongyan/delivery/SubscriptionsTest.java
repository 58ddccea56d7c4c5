package im.hongyan.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SubscriptionsTest {
    private static final Vertx VERTX = Vertx.vertx();

    private final Sockets sockets = new Sockets();
    private final Subscriptions<String> subscriptions = new Subscriptions<>(sockets, 2);
    private final FakeConnection alice = connection("alice", "phone");
    private final FakeConnection bob = connection("bob", "phone");

    @BeforeEach
    void connect() {
        sockets.add(alice);
        sockets.add(bob);
    }

    @AfterAll
    static void close() {
        VERTX.close();
    }

    @Test
    void send_reachesWatchersOfTheKeyThatMatch() throws Exception {
        subscriptions.add(alice.principal(), "a");
        subscriptions.add(bob.principal(), "a");
        subscriptions.add(bob.principal(), "b");

        subscriptions.send("a", FakeConnection.frame("one"), watcher -> !watcher.equals(alice.principal()));
        subscriptions.send("b", FakeConnection.frame("two"), watcher -> true);
        subscriptions.send("a", FakeConnection.frame("three"), watcher -> true);

        assertThat(List.of(bob.next(), bob.next(), bob.next())).containsExactly("one", "two", "three");
        assertThat(alice.next()).isEqualTo("three");
        assertThat(alice.got).isEmpty();
    }

    @Test
    void add_beyondTheLimitOfASocket_isRefused() {
        assertThat(subscriptions.add(alice.principal(), "a")).isTrue();
        assertThat(subscriptions.add(alice.principal(), "b")).isTrue();
        assertThat(subscriptions.add(alice.principal(), "b")).isTrue();
        assertThat(subscriptions.add(alice.principal(), "c")).isFalse();
        assertThat(subscriptions.replace(alice.principal(), List.of("a", "b", "c")))
                .isFalse();
        subscriptions.remove(alice.principal(), "a");
        assertThat(subscriptions.add(alice.principal(), "c")).isTrue();
        assertThat(subscriptions.keys()).containsExactlyInAnyOrder("b", "c");
    }

    @Test
    void replace_endsTheOthers() {
        subscriptions.replace(alice.principal(), List.of("a", "b"));
        subscriptions.replace(alice.principal(), List.of("b"));
        subscriptions.replace(bob.principal(), List.of("b"));
        subscriptions.replace(bob.principal(), List.of());

        assertThat(subscriptions.keys()).containsExactly("b");
        assertThat(subscriptions.watchers("b")).containsExactly(alice.principal());
    }

    /** Futures nested in each other would overflow the stack. */
    @Test
    void recheck_manySockets_checksAll() throws Exception {
        for (int i = 0; i < 3_000; i++) {
            FakeConnection socket = connection("user" + i, "phone");
            sockets.add(socket);
            subscriptions.add(socket.principal(), "a");
        }
        Future<Void> done = subscriptions.recheck((user, keys) -> {
            Promise<Set<String>> answer = Promise.promise();
            VERTX.runOnContext(none -> answer.complete(Set.of()));
            return answer.future();
        });
        done.await(60, java.util.concurrent.TimeUnit.SECONDS);
        assertThat(subscriptions.keys()).isEmpty();
    }

    @Test
    void recheck_failure_keepsTheSubscriptionAndChecksTheOthers() {
        subscriptions.add(alice.principal(), "a");
        subscriptions.add(bob.principal(), "a");
        subscriptions.recheck((user, keys) -> user.equals(alice.principal().user())
                ? Future.failedFuture("unavailable")
                : Future.succeededFuture(Set.of()));
        assertThat(subscriptions.watchers("a")).containsExactly(alice.principal());
    }

    @Test
    void endKey_endsItForAllSockets() {
        subscriptions.replace(alice.principal(), List.of("a", "b"));
        subscriptions.replace(bob.principal(), List.of("a"));
        subscriptions.endKey("a");

        assertThat(subscriptions.watchers("a")).isEmpty();
        assertThat(subscriptions.keys()).containsExactly("b");
        assertThat(subscriptions.add(bob.principal(), "a")).isTrue();
    }

    @Test
    void closedSocket_hasNoSubscriptionsAndGetsNone() {
        subscriptions.add(alice.principal(), "a");
        sockets.remove(alice);
        assertThat(subscriptions.keys()).isEmpty();

        assertThat(subscriptions.add(alice.principal(), "a")).isTrue();
        subscriptions.replace(alice.principal(), List.of("a"));
        assertThat(subscriptions.keys()).isEmpty();
    }

    @Test
    void removeUser_endsThatOfAllSocketsOfTheUser() {
        FakeConnection laptop = connection("alice", "laptop");
        sockets.add(laptop);
        for (Principal socket : List.of(alice.principal(), laptop.principal(), bob.principal())) {
            subscriptions.replace(socket, List.of("a", "b"));
        }
        subscriptions.removeUser(alice.principal().user(), "a"::equals);

        assertThat(subscriptions.watchers("a")).containsExactly(bob.principal());
        assertThat(subscriptions.watchers("b")).hasSize(3);
    }

    @Test
    void recheck_endsWhatIsNotAllowed() {
        subscriptions.replace(alice.principal(), List.of("a", "b"));
        subscriptions.replace(bob.principal(), List.of("a"));
        UserId bobs = bob.principal().user();

        subscriptions.recheck((user, keys) -> Future.succeededFuture(user.equals(bobs) ? keys : Set.of("b")));

        assertThat(subscriptions.watchers("a")).containsExactly(bob.principal());
        assertThat(subscriptions.watchers("b")).containsExactly(alice.principal());
    }

    @Test
    void recheck_ofSubscriptionsThatChangedMeanwhile_leavesThem() {
        Promise<Set<String>> allowed = Promise.promise();
        subscriptions.replace(alice.principal(), List.of("a"));
        subscriptions.recheck((user, keys) -> allowed.future());

        subscriptions.replace(alice.principal(), List.of("a"));
        allowed.complete(Set.of());

        assertThat(subscriptions.watchers("a")).containsExactly(alice.principal());
    }

    @Test
    void recheck_thatFails_leavesSubscriptionsAndSucceeds() {
        subscriptions.replace(alice.principal(), List.of("a"));
        List<UserId> asked = new ArrayList<>();

        Future<Void> rechecked = subscriptions.recheck((user, keys) -> {
            asked.add(user);
            return Future.failedFuture("away");
        });

        assertThat(rechecked.succeeded()).isTrue();
        assertThat(asked).hasSize(1);
        assertThat(subscriptions.watchers("a")).hasSize(1);
    }

    private static FakeConnection connection(String user, String session) {
        return new FakeConnection(((VertxInternal) VERTX).createEventLoopContext(), user, session);
    }
}
