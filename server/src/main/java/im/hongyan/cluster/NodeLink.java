package im.hongyan.cluster;

import im.hongyan.async.LogThrottle;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends messages to the other nodes and receives theirs, over the event bus. {@link NodePeer} decides what happens to
 * lost messages. Every node is pinged each second over the same path, so {@link #silenceMs} tells how long it has been
 * unreachable.
 *
 * <p>Thread-safe. Messages are received on one event loop, in the order in which each node sent them; some may be
 * missing.
 */
public final class NodeLink {
    private static final Logger LOG = LoggerFactory.getLogger(NodeLink.class);
    private static final long PING_MS = 1_000;

    private static final String FROM = "from";
    /** A reply's header: the replying node acknowledges numbered batches. */
    private static final String SENDS_ACKS = "receipts";

    private static final Buffer ACCEPTED = Buffer.buffer(new byte[] {1});
    /** The sender is not a member for this node; either of the two may be the partitioned one. */
    private static final Buffer UNKNOWN_SENDER = Buffer.buffer(new byte[] {2});

    private static final Buffer MALFORMED = Buffer.buffer(new byte[] {3});

    private final Cluster cluster;
    private final EventBus bus;
    private final Context context;
    private final DeliveryOptions sendOptions;
    private final DeliveryOptions requestOptions;
    private final Map<String, NodePeer> peers = new ConcurrentHashMap<>();
    /** When each node last sent something, in nanoseconds. */
    private final Map<String, Long> lastReceived = new ConcurrentHashMap<>();
    /** Since when each node has been a member, in nanoseconds. */
    private final Map<String, Long> memberSince = new ConcurrentHashMap<>();

    private final Map<String, Counter> sent = new ConcurrentHashMap<>();
    private final MeterRegistry registry;
    private final LogThrottle logThrottle = new LogThrottle();
    private final Timer roundTrip;
    private final Counter dropped;
    private volatile BiConsumer<String, NodeMessage> receiver = (from, message) -> {};
    private volatile MessageConsumer<Object> consumer;
    private long pingTimer;

    public NodeLink(Cluster cluster, MeterRegistry registry) {
        this.cluster = cluster;
        this.registry = registry;
        this.bus = cluster.vertx().eventBus();
        this.context = ((VertxInternal) cluster.vertx()).createEventLoopContext();
        this.sendOptions = new DeliveryOptions().addHeader(FROM, cluster.bootId());
        this.requestOptions = new DeliveryOptions(sendOptions).setSendTimeout(NodePeer.ACK_TIMEOUT_MS);
        this.roundTrip = Timer.builder("hongyan.cluster.ping.duration")
                .description("Round-trip time of a request to another node")
                .register(registry);
        this.dropped = Counter.builder("hongyan.pushes.dropped")
                .description("Pushes to other nodes that were dropped; their clients read them from the log")
                .register(registry);
        Gauge.builder("hongyan.cluster.nodes", cluster, all -> all.otherNodes().size() + 1)
                .description("Nodes in the cluster as seen by this node, itself included")
                .register(registry);
        ToIntFunction<NodePeer> queuedBytes = NodePeer::queuedBytes;
        Gauge.builder("hongyan.cluster.queue.size", peers, all -> all.values().stream()
                        .mapToInt(queuedBytes)
                        .sum())
                .description("Messages queued for other nodes")
                .baseUnit("bytes")
                .register(registry);
    }

    /** The event loop on which messages are sent and received. */
    public Context context() {
        return context;
    }

    /** Starts sending and receiving. */
    Future<Void> start(BiConsumer<String, NodeMessage> messageReceiver) {
        receiver = messageReceiver;
        if (cluster.isStandalone()) {
            return Future.succeededFuture();
        }
        pingTimer = cluster.vertx().setPeriodic(PING_MS, none -> context.runOnContext(go -> pingAll()));
        return register();
    }

    /** Stops receiving and pinging. */
    Future<Void> stop() {
        cluster.vertx().cancelTimer(pingTimer);
        return consumer == null ? Future.succeededFuture() : consumer.unregister();
    }

    private Future<Void> register() {
        Promise<Void> registered = Promise.promise();
        context.runOnContext(go -> {
            consumer = bus.consumer(address(cluster.bootId()), this::receive);
            consumer.completion().onComplete(registered);
        });
        return registered.future();
    }

    /** Registers this node's address again: after a partition, the nodes may have incomplete lists of addresses. */
    Future<Void> reregister() {
        MessageConsumer<Object> before = consumer;
        return before.unregister().otherwiseEmpty().compose(none -> register());
    }

    public Set<String> otherNodes() {
        return cluster.otherNodes();
    }

    /**
     * Queues a message for a node.
     *
     * @return false if the message will not be sent, because that node has left or its queue is full
     */
    public boolean send(String node, NodeMessage message) {
        if (!cluster.otherNodes().contains(node)) {
            return false;
        }
        sent.computeIfAbsent(message.type(), this::counter).increment();
        return peer(node).offer(message);
    }

    private Counter counter(String type) {
        return Counter.builder("hongyan.cluster.messages.sent")
                .description("Messages to other nodes")
                .tag("type", type)
                .register(registry);
    }

    public void broadcast(NodeMessage message) {
        cluster.otherNodes().forEach(node -> send(node, message));
    }

    /** Milliseconds since a node last answered, or since the first attempt if it never did. */
    long silenceMs(String node) {
        NodePeer peer = peers.get(node);
        return peer == null ? 0 : peer.silenceMs();
    }

    /** Whether a node has ever answered. */
    boolean hasAnswered(String node) {
        NodePeer peer = peers.get(node);
        return peer != null && peer.hasAnswered();
    }

    /** Milliseconds since a node last sent anything, or since it became a member if it never did. */
    long msSinceReceived(String node) {
        Long at = lastReceived.getOrDefault(node, memberSince.get(node));
        return at == null ? 0 : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - at);
    }

    /** Whether a node has ever sent anything. */
    boolean hasReceivedFrom(String node) {
        return lastReceived.containsKey(node);
    }

    /** Whether every message has been acknowledged. */
    boolean isIdle() {
        return peers.values().stream().allMatch(NodePeer::isIdle);
    }

    /** Discards the state of a node that has left, and everything queued for it. */
    void remove(String node) {
        NodePeer peer = peers.remove(node);
        if (peer != null) {
            peer.close();
        }
        lastReceived.remove(node);
        memberSince.remove(node);
    }

    private NodePeer peer(String node) {
        return peers.computeIfAbsent(node, id -> new NodePeer(new BusTransport(id)));
    }

    private void pingAll() {
        for (String node : cluster.otherNodes()) {
            memberSince.putIfAbsent(node, System.nanoTime());
            peer(node).ping();
        }
    }

    private void receive(Message<Object> message) {
        String from = message.headers().get(FROM);
        if (from == null || !cluster.otherNodes().contains(from)) {
            message.reply(UNKNOWN_SENDER);
            return;
        }
        lastReceived.put(from, System.nanoTime());
        List<NodeMessage> batch;
        try {
            if (!(message.body() instanceof Buffer bytes)) {
                throw new MalformedBatch("the message body is not binary");
            }
            batch = NodeCodec.decode(bytes.getBytes());
        } catch (MalformedBatch e) {
            logThrottle.log(suppressed -> LOG.error(
                    "Node {} sent a malformed batch: {} ({} similar errors suppressed)",
                    from,
                    e.getMessage(),
                    suppressed));
            message.reply(MALFORMED);
            return;
        }
        if (message.replyAddress() != null) {
            message.reply(ACCEPTED, new DeliveryOptions().addHeader(SENDS_ACKS, "1"));
        }
        for (NodeMessage one : batch) {
            handle(from, one);
        }
    }

    private void handle(String from, NodeMessage message) {
        try {
            if (message instanceof NodeMessage.BatchHeader header) {
                peer(from).ackLater(header);
            } else if (message instanceof NodeMessage.BatchAck ack) {
                peer(from).acked(ack);
            } else {
                receiver.accept(from, message);
            }
        } catch (RuntimeException e) {
            LOG.error("Cannot handle a message {} from node {}", message.type(), from, e);
        }
    }

    private static String address(String bootId) {
        return "node." + bootId;
    }

    private final class BusTransport implements NodePeer.Transport {
        private final String address;

        BusTransport(String node) {
            this.address = address(node);
        }

        @Override
        public void run(Runnable task) {
            context.runOnContext(go -> task.run());
        }

        @Override
        public void schedule(long ms, Runnable task) {
            cluster.vertx().setTimer(ms, none -> run(task));
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public void send(List<NodeMessage> batch) {
            bus.send(address, Buffer.buffer(NodeCodec.encode(batch)), sendOptions);
        }

        @Override
        public Future<Boolean> request(List<NodeMessage> batch) {
            long began = System.nanoTime();
            return bus.<Buffer>request(address, Buffer.buffer(NodeCodec.encode(batch)), requestOptions)
                    .compose(reply -> {
                        if (!ACCEPTED.equals(reply.body())) {
                            return Future.failedFuture("the node did not accept the batch");
                        }
                        roundTrip.record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
                        return Future.succeededFuture(reply.headers().contains(SENDS_ACKS));
                    });
        }

        @Override
        public void dropped(long pushes) {
            dropped.increment((double) pushes);
        }
    }
}
