package im.hongyan.delivery;

import static im.hongyan.delivery.FakeConnection.frame;
import static im.hongyan.delivery.FakeConnection.session;
import static im.hongyan.delivery.FakeConnection.user;
import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.protocol.Principal;
import im.hongyan.protocol.UserId;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class SocketsTest {
    private static final Vertx vertx = Vertx.vertx();
    private final Context loop = ((VertxInternal) vertx).createEventLoopContext();
    private final Context otherLoop = ((VertxInternal) vertx).createEventLoopContext();
    private final Sockets sockets = new Sockets();

    @AfterAll
    static void close() {
        vertx.close().await();
    }

    @Test
    void find_untilRemoved_returnsConnection() {
        FakeConnection phone = added("alice", "phone");
        FakeConnection laptop = added("alice", "laptop");
        FakeConnection bob = added("bob", "bob");

        assertThat(sockets.count()).isEqualTo(3);
        assertThat(sockets.users()).containsExactlyInAnyOrder(user("alice"), user("bob"));
        assertThat(sockets.find(laptop.principal())).isSameAs(laptop);
        assertThat(sockets.remove(phone)).isFalse();
        assertThat(sockets.find(phone.principal())).isNull();
        assertThat(sockets.has(user("alice"))).isTrue();
        assertThat(sockets.remove(laptop)).isTrue();
        assertThat(sockets.remove(laptop)).isFalse();
        assertThat(sockets.has(user("alice"))).isFalse();
        assertThat(sockets.count()).isEqualTo(1);
        assertThat(sockets.find(bob.principal())).isSameAs(bob);
    }

    @Test
    void add_moreThanMaxPerSession_returnsOldest() {
        List<FakeConnection> phone = new ArrayList<>();
        added("alice", "laptop");
        for (int i = 0; i < Sockets.MAX_PER_SESSION; i++) {
            phone.add(added("alice", "phone"));
        }
        FakeConnection sixth = new FakeConnection(loop, "alice", "phone");
        assertThat(sockets.add(sixth)).containsExactly(phone.get(0));
        // The seventh opens before the first has closed: both of the oldest must close.
        FakeConnection seventh = new FakeConnection(loop, "alice", "phone");
        assertThat(sockets.add(seventh)).containsExactly(phone.get(0), phone.get(1));
        sockets.remove(phone.get(0));
        sockets.remove(phone.get(1));
        sockets.remove(phone.get(2));
        assertThat(sockets.add(new FakeConnection(loop, "alice", "phone"))).isEmpty();
    }

    @Test
    void send_reachesEachSocketOnceOnItsLoopInOrder() throws Exception {
        List<FakeConnection> all = new ArrayList<>();
        for (String name : List.of("alice", "bob", "carol")) {
            all.add(added(name, name + "1"));
            FakeConnection second = new FakeConnection(otherLoop, name, name + "2");
            sockets.add(second);
            all.add(second);
        }
        FakeConnection stranger = added("dave", "dave");
        Set<UserId> three = Set.of(user("alice"), user("bob"), user("carol"));
        for (int i = 0; i < 100; i++) {
            sockets.send(three, frame("a" + i));
            three.forEach(user -> sockets.send(user, frame("b")));
            sockets.send(List.of(user("alice"), user("bob")), frame("c"));
            sockets.send(user("carol"), frame("c"));
        }
        for (FakeConnection connection : all) {
            for (int i = 0; i < 100; i++) {
                assertThat(List.of(connection.next(), connection.next(), connection.next()))
                        .containsExactly("a" + i, "b", "c");
            }
            assertThat(connection.got).isEmpty();
            assertThat(connection.onOwnLoop).isTrue();
        }
        assertThat(stranger.got).isEmpty();
    }

    @Test
    void close_session_closesNoOther() {
        FakeConnection phone = added("alice", "phone");
        FakeConnection samePhone = added("alice", "phone");
        FakeConnection laptop = added("alice", "laptop");
        FakeConnection bob = added("bob", "bob");

        sockets.close(user("alice"), session("phone"), 4001, "signed out");
        assertThat(List.of(phone.closedWith, samePhone.closedWith, laptop.closedWith, bob.closedWith))
                .containsExactly(4001, 4001, 0, 0);

        sockets.close(Set.of(session("laptop"), session("bob"), session("nobody")), 4001, "signed out");
        assertThat(List.of(laptop.closedWith, bob.closedWith)).containsExactly(4001, 4001);
    }

    @Test
    void onClosed_connectionRemoved_isCalledOnce() {
        List<Principal> closed = new ArrayList<>();
        sockets.onClosed(principal -> {
            // The connection is gone, and its user may be changed from here.
            assertThat(sockets.find(principal)).isNull();
            sockets.send(principal.user(), frame("x"));
            closed.add(principal);
        });
        FakeConnection phone = added("alice", "phone");
        FakeConnection laptop = added("alice", "laptop");
        assertThat(closed).isEmpty();

        sockets.remove(phone);
        sockets.remove(phone);
        assertThat(closed).containsExactly(phone.principal());

        sockets.remove(laptop);
        assertThat(closed).containsExactly(phone.principal(), laptop.principal());
        sockets.remove(new FakeConnection(loop, "bob", "never added"));
        assertThat(closed).hasSize(2);
    }

    /** ConcurrentHashMap would hold a bin's lock, or fail, if the listener ran inside its update. */
    @Test
    void onClosed_listenerAddsConnectionOfTheSameUser_isOffAnyLock() {
        FakeConnection next = new FakeConnection(loop, "alice", "laptop");
        sockets.onClosed(principal -> {
            if (!principal.equals(next.principal())) {
                sockets.add(next);
            }
        });

        sockets.remove(added("alice", "phone"));

        assertThat(sockets.find(next.principal())).isSameAs(next);
        assertThat(sockets.count()).isEqualTo(1);
    }

    @Test
    void onClosed_failingListener_doesNotStopTheOthers() {
        List<Principal> closed = new ArrayList<>();
        sockets.onClosed(principal -> {
            throw new IllegalStateException("a bug in a listener");
        });
        sockets.onClosed(closed::add);
        FakeConnection phone = added("alice", "phone");

        assertThat(sockets.remove(phone)).isTrue();
        assertThat(closed).containsExactly(phone.principal());
    }

    @Test
    void addAndRemove_fromManyThreads_leavesNothing() throws Exception {
        int threads = 8;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            pool.execute(() -> {
                for (int i = 0; i < 2_000; i++) {
                    FakeConnection connection = added("user" + i % 3, "session" + i % 5);
                    sockets.send(connection.principal().user(), frame("x"));
                    sockets.remove(connection);
                }
                done.countDown();
            });
        }
        assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        pool.shutdown();
        assertThat(sockets.count()).isZero();
        assertThat(sockets.users()).isEmpty();
    }

    private FakeConnection added(String user, String session) {
        FakeConnection connection = new FakeConnection(loop, user, session);
        sockets.add(connection);
        return connection;
    }
}
