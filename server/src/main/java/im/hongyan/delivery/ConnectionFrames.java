package im.hongyan.delivery;

import im.hongyan.cluster.NodeMessage;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Principal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sends frames to single connections on any node and reports whether they were queued. Answers other nodes' frames for
 * connections on this node. Thread-safe.
 */
final class ConnectionFrames {
    static final long DEADLINE_MS = 2_000;
    /** The maximum number of frames that wait for a result from other nodes; beyond it, frames fail immediately. */
    private static final int MAX_PENDING = 20_000;

    /** Sends messages to other nodes. */
    @FunctionalInterface
    interface Link {
        /** @return false if the message will not be sent */
        boolean send(String node, NodeMessage message);
    }

    private record Pending(String node, Promise<Void> result) {}

    private final Vertx vertx;
    private final Sockets sockets;
    private final String ownNode;
    private final Link link;
    private final Map<Long, Pending> pending = new ConcurrentHashMap<>();
    private final AtomicLong lastNumber = new AtomicLong();

    ConnectionFrames(Vertx vertx, Sockets sockets, String ownNode, Link link) {
        this.vertx = vertx;
        this.sockets = sockets;
        this.ownNode = ownNode;
        this.link = link;
    }

    String ownNode() {
        return ownNode;
    }

    Future<Void> send(String node, Principal to, Frame frame) {
        Promise<Void> result = Promise.promise();
        long deadline = vertx.setTimer(DEADLINE_MS, none -> fail(result, "no result in time"));
        if (node.equals(ownNode)) {
            queueLocally(to, frame.bytes()).onSuccess(queued -> complete(result, queued));
        } else {
            sendToNode(node, to, frame.bytes(), result);
        }
        return result.future().onComplete(done -> vertx.cancelTimer(deadline));
    }

    private void sendToNode(String node, Principal to, byte[] bytes, Promise<Void> result) {
        if (pending.size() >= MAX_PENDING) {
            fail(result, "too many frames without a result");
            return;
        }
        long number = lastNumber.incrementAndGet();
        // Registered before the frame is sent, so that the frame fails if the node leaves in the meantime.
        pending.put(number, new Pending(node, result));
        result.future().onComplete(done -> pending.remove(number));
        if (!link.send(node, new NodeMessage.ConnectionFrame(number, to, bytes))) {
            fail(result, "the node has left or its queue is full");
        }
    }

    /** Queues a frame from another node, and tells that node whether this succeeded. */
    void received(String from, NodeMessage.ConnectionFrame frame) {
        queueLocally(frame.to(), frame.bytes())
                .onSuccess(queued -> link.send(from, new NodeMessage.ConnectionFrameResult(frame.number(), queued)));
    }

    void received(String from, NodeMessage.ConnectionFrameResult result) {
        Pending sent = pending.get(result.number());
        if (sent != null && sent.node.equals(from)) {
            complete(sent.result, result.queued());
        }
    }

    /** Fails the frames that a node has not answered, because it will not answer them. */
    void nodeLeft(String node) {
        pending.values().forEach(sent -> {
            if (sent.node.equals(node)) {
                fail(sent.result, "the node has left");
            }
        });
    }

    private Future<Boolean> queueLocally(Principal to, byte[] bytes) {
        ClientConnection connection = sockets.find(to);
        if (connection == null) {
            return Future.succeededFuture(false);
        }
        Promise<Boolean> queued = Promise.promise();
        // The frame must not be dropped: a socket that cannot take it is closed.
        Frame frame = new Frame(bytes, Frame.DropPolicy.NEVER);
        connection.context().runOnContext(none -> queued.complete(connection.offer(frame)));
        return queued.future();
    }

    private static void complete(Promise<Void> result, boolean queued) {
        if (queued) {
            result.tryComplete();
        } else {
            fail(result, "the connection is closed");
        }
    }

    private static void fail(Promise<Void> result, String why) {
        result.tryFail(new ConnectionUnreachable(why));
    }
}
