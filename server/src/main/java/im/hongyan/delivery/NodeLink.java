package im.hongyan.delivery;

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
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages to and from the other nodes, over the event bus; {@link NodePeer} says what becomes of those that are lost. Each
 * node is asked each second whether it is there, by the same path, so that {@link #silence} tells how long it has been out
 * of reach.
 *
 * <p>Thread-safe. What is received is handed over on one event loop, in the order in which each node sent it, but for what
 * was lost.
 */
public final class NodeLink {
    private static final Logger LOG = LoggerFactory.getLogger(NodeLink.class);
    private static final long TICK_MS = 1_000;

    private static final String FROM = "from";
    /** In an answer: this node gives receipts for batches with a number. */
    private static final String RECEIPTS = "receipts";

    private static final Buffer TAKEN = Buffer.buffer(new byte[] {1});
    /** To a sender whom we think dead: it may be the one who is cut off. */
    private static final Buffer STRANGER = Buffer.buffer(new byte[] {2});

    private static final Buffer MALFORMED = Buffer.buffer(new byte[] {3});

    private final Cluster cluster;
    private final EventBus bus;
    private final Context context;
    private final DeliveryOptions sending;
    private final DeliveryOptions asking;
    private final Map<String, NodePeer> peers = new ConcurrentHashMap<>();
    private final Map<String, Long> heard = new ConcurrentHashMap<>();
    /** Since when. */
    private final Map<String, Long> members = new ConcurrentHashMap<>();

    private final Map<Class<?>, Counter> sent = new ConcurrentHashMap<>();
    private final MeterRegistry registry;
    private final LogThrottle seldom = new LogThrottle();
    private final Timer roundTrip;
    private final Counter skipped;
    private volatile BiConsumer<String, NodeMessage> receiver = (from, message) -> {};
    private volatile MessageConsumer<Object> consumer;
    private long ticker;

    public NodeLink(Cluster cluster, MeterRegistry registry) {
        this.cluster = cluster;
        this.registry = registry;
        this.bus = cluster.vertx().eventBus();
        this.context = ((VertxInternal) cluster.vertx()).createEventLoopContext();
        this.sending = new DeliveryOptions().addHeader(FROM, cluster.bootId());
        this.asking = new DeliveryOptions(sending).setSendTimeout(NodePeer.RECEIPT_MS);
        this.roundTrip = Timer.builder("hongyan.cluster.ping")
                .description("From a question to another node, whether it is there, to its answer")
                .register(registry);
        this.skipped = Counter.builder("hongyan.pushes.dropped")
                .description("Pushes to other nodes that were left to the log")
                .register(registry);
        Gauge.builder("hongyan.cluster.nodes", cluster, all -> all.others().size() + 1)
                .description("Nodes of the cluster as this one sees it, itself included")
                .register(registry);
        queued(registry);
    }

    private void queued(MeterRegistry registry) {
        ToIntFunction<NodePeer> bytes = NodePeer::queuedBytes;
        Gauge.builder("hongyan.cluster.queued", peers, all -> all.values().stream()
                        .mapToInt(bytes)
                        .sum())
                .description("What waits for other nodes")
                .baseUnit("bytes")
                .register(registry);
    }

    /** The event loop on which messages come and go. */
    Context context() {
        return context;
    }

    /** Takes part from now on. */
    Future<Void> start(BiConsumer<String, NodeMessage> to) {
        receiver = to;
        if (cluster.isAlone()) {
            return Future.succeededFuture();
        }
        ticker = cluster.vertx().setPeriodic(TICK_MS, none -> context.runOnContext(go -> tick()));
        return listen();
    }

    /** Stops listening, and says no more. */
    Future<Void> stop() {
        cluster.vertx().cancelTimer(ticker);
        return consumer == null ? Future.succeededFuture() : consumer.unregister();
    }

    private Future<Void> listen() {
        Promise<Void> listening = Promise.promise();
        context.runOnContext(go -> {
            consumer = bus.consumer(address(cluster.bootId()), this::receive);
            consumer.completion().onComplete(listening);
        });
        return listening.future();
    }

    /**
     * Makes this node known on the bus again: after a partition, what the nodes know of each other's addresses may be
     * incomplete.
     */
    Future<Void> listenAgain() {
        MessageConsumer<Object> before = consumer;
        return before.unregister().otherwiseEmpty().compose(none -> listen());
    }

    Set<String> others() {
        return cluster.others();
    }

    /** Queues a message for one node; nothing if that has left. */
    void send(String node, NodeMessage message) {
        if (!cluster.others().contains(node)) {
            return;
        }
        sent.computeIfAbsent(message.getClass(), this::counter).increment();
        peer(node).offer(message);
    }

    private Counter counter(Class<?> type) {
        return Counter.builder("hongyan.cluster.messages")
                .description("Messages for other nodes")
                .tag("type", type.getSimpleName().toLowerCase(Locale.ROOT))
                .register(registry);
    }

    void broadcast(NodeMessage message) {
        cluster.others().forEach(node -> send(node, message));
    }

    /** Milliseconds since another node last answered; since it was first tried, if it never did. */
    long silence(String node) {
        NodePeer peer = peers.get(node);
        return peer == null ? 0 : peer.silence();
    }

    /** Whether another node has ever answered. */
    boolean hasAnswered(String node) {
        NodePeer peer = peers.get(node);
        return peer != null && peer.hasAnswered();
    }

    /** Milliseconds since another node last sent anything; since it is a member, if it never did. */
    long unheard(String node) {
        Long at = heard.getOrDefault(node, members.get(node));
        return at == null ? 0 : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - at);
    }

    /** Whether another node has ever sent anything. */
    boolean hasSpoken(String node) {
        return heard.containsKey(node);
    }

    /** Whether everything that was to be told has been receipted. */
    boolean isIdle() {
        return peers.values().stream().allMatch(NodePeer::isIdle);
    }

    /** Forgets a node that has left, with all that was to be told to it. */
    void forget(String node) {
        NodePeer peer = peers.remove(node);
        if (peer != null) {
            peer.end();
        }
        heard.remove(node);
        members.remove(node);
    }

    private NodePeer peer(String node) {
        return peers.computeIfAbsent(node, id -> new NodePeer(new BusWire(id)));
    }

    private void tick() {
        for (String node : cluster.others()) {
            members.putIfAbsent(node, System.nanoTime());
            peer(node).ping();
        }
    }

    private void receive(Message<Object> message) {
        String from = message.headers().get(FROM);
        if (from == null || !cluster.others().contains(from)) {
            message.reply(STRANGER);
            return;
        }
        heard.put(from, System.nanoTime());
        List<NodeMessage> batch;
        try {
            if (!(message.body() instanceof Buffer bytes)) {
                throw new NodeCodec.Malformed("a message without bytes");
            }
            batch = NodeCodec.decode(bytes.getBytes());
        } catch (NodeCodec.Malformed e) {
            seldom.log(passed -> LOG.error(
                    "node {} sent what cannot be read: {} ({} more like it before)", from, e.getMessage(), passed));
            message.reply(MALFORMED);
            return;
        }
        if (message.replyAddress() != null) {
            message.reply(TAKEN, new DeliveryOptions().addHeader(RECEIPTS, "1"));
        }
        for (NodeMessage one : batch) {
            handle(from, one);
        }
    }

    private void handle(String from, NodeMessage message) {
        try {
            if (message instanceof NodeMessage.BatchHeader number) {
                peer(from).owe(number);
            } else if (message instanceof NodeMessage.BatchAck receipt) {
                peer(from).receipted(receipt);
            } else {
                receiver.accept(from, message);
            }
        } catch (RuntimeException e) {
            LOG.error(
                    "a {} from node {} could not be handled", message.getClass().getSimpleName(), from, e);
        }
    }

    private static String address(String bootId) {
        return "node." + bootId;
    }

    private final class BusWire implements NodePeer.Wire {
        private final String address;

        BusWire(String node) {
            this.address = address(node);
        }

        @Override
        public void run(Runnable task) {
            context.runOnContext(go -> task.run());
        }

        @Override
        public void later(long ms, Runnable task) {
            cluster.vertx().setTimer(ms, none -> run(task));
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public void send(List<NodeMessage> batch) {
            bus.send(address, Buffer.buffer(NodeCodec.encode(batch)), sending);
        }

        @Override
        public Future<Boolean> request(List<NodeMessage> batch) {
            long asked = System.nanoTime();
            return bus.<Buffer>request(address, Buffer.buffer(NodeCodec.encode(batch)), asking)
                    .compose(answer -> {
                        if (!TAKEN.equals(answer.body())) {
                            return Future.failedFuture("not taken");
                        }
                        roundTrip.record(System.nanoTime() - asked, TimeUnit.NANOSECONDS);
                        return Future.succeededFuture(answer.headers().contains(RECEIPTS));
                    });
        }

        @Override
        public void skipped(long pushes) {
            skipped.increment((double) pushes);
        }
    }
}
