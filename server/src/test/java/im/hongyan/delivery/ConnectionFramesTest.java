package im.hongyan.delivery;

import static im.hongyan.delivery.FakeConnection.frame;
import static im.hongyan.store.StoresExtension.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.cluster.NodeMessage;
import im.hongyan.protocol.Principal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Frames for single connections, between two nodes with a link that a test can break. */
class ConnectionFramesTest {
    private static final Vertx vertx = Vertx.vertx();
    private final Sockets nearSockets = new Sockets();
    private final Sockets farSockets = new Sockets();
    private final List<NodeMessage> sent = new ArrayList<>();
    /** What happens to messages to the far node. */
    private BiPredicate<String, NodeMessage> toFar = this::deliver;

    private final ConnectionFrames near =
            new ConnectionFrames(vertx, nearSockets, "near", (node, message) -> toFar.test(node, message));
    private final ConnectionFrames far = new ConnectionFrames(vertx, farSockets, "far", this::answer);

    private boolean deliver(String node, NodeMessage message) {
        sent.add(message);
        far.received("near", (NodeMessage.ConnectionFrame) message);
        return node.equals("far");
    }

    private boolean answer(String node, NodeMessage message) {
        near.received("far", (NodeMessage.ConnectionFrameResult) message);
        return node.equals("near");
    }

    @AfterAll
    static void close() {
        vertx.close().await();
    }

    @Test
    void send_toOwnNode_reachesOnlyThatConnection() throws Exception {
        FakeConnection alice = connect(nearSockets, "alice");
        FakeConnection otherSocket = connect(nearSockets, "alice");

        await(near.send("near", alice.principal(), frame("a")));

        assertThat(alice.got).containsExactly("a");
        assertThat(alice.onOwnLoop).isTrue();
        assertThat(otherSocket.got).isEmpty();
        assertThat(sent).isEmpty();
    }

    @Test
    void send_toOtherNode_reachesOnlyThatConnectionInOrder() throws Exception {
        FakeConnection alice = connect(farSockets, "alice");
        FakeConnection otherSocket = connect(farSockets, "alice");
        List<Future<Void>> results = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            results.add(near.send("far", alice.principal(), frame("f" + i)));
        }

        await(Future.all(results));

        for (int i = 0; i < 100; i++) {
            assertThat(alice.next()).isEqualTo("f" + i);
        }
        assertThat(otherSocket.got).isEmpty();
    }

    @Test
    void send_toUnknownConnection_fails() {
        FakeConnection alice = connect(nearSockets, "alice");
        Principal gone = new Principal(
                alice.principal().user(), alice.principal().session(), "another connection of the session");

        assertFails(near.send("near", gone, frame("a")));
        assertFails(near.send("far", gone, frame("a")));
        assertThat(alice.got).isEmpty();
    }

    @Test
    void send_toConnectionThatDoesNotTakeIt_fails() {
        FakeConnection alice = connect(farSockets, "alice");
        alice.close(1013, "too slow");

        assertFails(near.send("far", alice.principal(), frame("a")));
    }

    @Test
    void send_toNodeThatCannotBeReached_failsAtOnce() {
        toFar = (node, message) -> false;

        assertThat(near.send("far", connect(farSockets, "alice").principal(), frame("a"))
                        .failed())
                .isTrue();
    }

    @Test
    void nodeLeft_failsItsFramesAtOnce() {
        toFar = (node, message) -> true;
        Principal alice = connect(farSockets, "alice").principal();
        Future<Void> toFarNode = near.send("far", alice, frame("a"));
        Future<Void> toThirdNode = near.send("third", alice, frame("a"));

        near.nodeLeft("far");

        assertThat(toFarNode.failed()).isTrue();
        assertThat(toThirdNode.isComplete()).isFalse();
    }

    /** A node of the previous release skips the frame. */
    @Test
    void send_withoutAnswer_failsAfterDeadline() {
        toFar = (node, message) -> true;
        long began = System.nanoTime();
        Future<Void> result = near.send("far", connect(farSockets, "alice").principal(), frame("a"));

        assertFails(result);

        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began))
                .isGreaterThanOrEqualTo(ConnectionFrames.DEADLINE_MS - 1);
    }

    @Test
    void received_resultOfAnotherNodeOrNumber_isIgnored() throws Exception {
        toFar = (node, message) -> sent.add(message);
        Future<Void> result = near.send("far", connect(farSockets, "alice").principal(), frame("a"));
        long number = ((NodeMessage.ConnectionFrame) sent.get(0)).number();

        near.received("third", new NodeMessage.ConnectionFrameResult(number, false));
        near.received("far", new NodeMessage.ConnectionFrameResult(number + 1, false));
        assertThat(result.isComplete()).isFalse();

        near.received("far", new NodeMessage.ConnectionFrameResult(number, true));
        await(result);
        near.received("far", new NodeMessage.ConnectionFrameResult(number, false));
    }

    @Test
    void send_tooManyWithoutResult_failsAtOnceUntilResultsCome() throws Exception {
        toFar = (node, message) -> sent.add(message);
        FakeConnection alice = connect(farSockets, "alice");
        int max = 20_000;
        for (int i = 0; i < max; i++) {
            assertThat(near.send("far", alice.principal(), frame("a")).isComplete())
                    .isFalse();
        }

        assertThat(near.send("far", alice.principal(), frame("b")).failed()).isTrue();
        assertThat(sent).hasSize(max);

        near.nodeLeft("far");
        toFar = this::deliver;
        await(near.send("far", alice.principal(), frame("c")));
        assertThat(alice.next()).isEqualTo("c");
    }

    private static void assertFails(Future<Void> result) {
        assertThatThrownBy(() -> result.await(10, TimeUnit.SECONDS)).isInstanceOf(ConnectionUnreachable.class);
    }

    private static FakeConnection connect(Sockets sockets, String user) {
        FakeConnection connection = new FakeConnection(((VertxInternal) vertx).createEventLoopContext(), user, "1");
        sockets.add(connection);
        return connection;
    }
}
