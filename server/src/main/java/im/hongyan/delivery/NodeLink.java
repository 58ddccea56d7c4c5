package im.hongyan.delivery;

import im.hongyan.protocol.Seldom;
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
 * Messages to and from the other nodes, over the event bus. Each batch is receipted within a second or counts as lost, and
 * {@link NodeQueue} says what becomes of it then. A node that has nothing to say says so each second, by the same path, so
 * that {@link #silence} tells how long another node has been out of reach.
 *
 * <p>Thread-safe. What is received is handed over on one event loop, in the order in which each node sent it, but for what
 * was lost.
 */
public final class NodeLink {
    private static final Logger log = LoggerFactory.getLogger(NodeLink.class);
    private static final long RECEIPT_MS = 1_000;
    private static final long TICK_MS = 1_000;
    /** After a loss: not at once again, the other side may be busy. */
    private static final long PAUSE_MS = 250;

    private static final String FROM = "from";
    private static final Buffer TAKEN = Buffer.buffer(new byte[] {1});
    /** To a sender whom we think dead: it may be the one who is cut off. */
    private static final Buffer STRANGER = Buffer.buffer(new byte[] {2});

    private static final Buffer MALFORMED = Buffer.buffer(new byte[] {3});

    private final Cluster cluster;
    private final EventBus bus;
    private final Context context;
    private final Map<String, Peer> peers = new ConcurrentHashMap<>();
    private final Map<String, Long> heard = new ConcurrentHashMap<>();
    /** Since when. */
    private final Map<String, Long> members = new ConcurrentHashMap<>();

    private final Map<Class<?>, Counter> sent = new ConcurrentHashMap<>();
    private final MeterRegistry registry;
    private final Seldom seldom = new Seldom();
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
        this.roundTrip = Timer.builder("hongyan.cluster.bus")
                .description("From a batch for another node to its receipt")
                .register(registry);
        this.skipped = Counter.builder("hongyan.cluster.skipped")
                .description("Pushes to other nodes that were left to the log")
                .register(registry);
        Gauge.builder("hongyan.cluster.nodes", cluster, all -> all.others().size() + 1)
                .description("Nodes of the cluster as this one sees it, itself included")
                .register(registry);
        queued(registry);
    }

    private void queued(MeterRegistry registry) {
        ToIntFunction<Peer> bytes = Peer::queuedBytes;
        Gauge.builder("hongyan.cluster.queued", peers, all -> all.values().stream()
                        .mapToInt(bytes)
                        .sum())
                .description("What waits for other nodes")
                .baseUnit("bytes")
                .register(registry);
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
        peers.computeIfAbsent(node, Peer::new).offer(message);
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

    /** Milliseconds since another node last gave a receipt; since it was first tried, if it never did. */
    long silence(String node) {
        Peer peer = peers.get(node);
        return peer == null ? 0 : peer.silence();
    }

    /** Whether another node has ever given a receipt. */
    boolean hasAnswered(String node) {
        Peer peer = peers.get(node);
        return peer != null && peer.answered;
    }

    /** Milliseconds since another node last sent anything; since it is a member, if it never did. */
    long unheard(String node) {
        Long at = heard.getOrDefault(node, members.get(node));
        return at == null ? 0 : since(at);
    }

    /** Whether another node has ever sent anything. */
    boolean hasSpoken(String node) {
        return heard.containsKey(node);
    }

    /** Whether everything that was to be told has been receipted. */
    boolean isIdle() {
        return peers.values().stream().allMatch(Peer::isIdle);
    }

    /** Forgets a node that has left, with all that was to be told to it. */
    void forget(String node) {
        peers.remove(node);
        heard.remove(node);
        members.remove(node);
    }

    private void tick() {
        for (String node : cluster.others()) {
            members.putIfAbsent(node, System.nanoTime());
            Peer peer = peers.computeIfAbsent(node, Peer::new);
            peer.ping();
            peer.pump();
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
            seldom.log(passed -> log.error(
                    "node {} sent what cannot be read: {} ({} more like it before)", from, e.getMessage(), passed));
            message.reply(MALFORMED);
            return;
        }
        message.reply(TAKEN);
        for (NodeMessage one : batch) {
            try {
                receiver.accept(from, one);
            } catch (RuntimeException e) {
                log.error(
                        "a {} from node {} could not be handled", one.getClass().getSimpleName(), from, e);
            }
        }
    }

    private static String address(String bootId) {
        return "node." + bootId;
    }

    private static long since(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    private final class Peer {
        private final String node;
        private final NodeQueue queue = new NodeQueue();
        private final DeliveryOptions options =
                new DeliveryOptions().addHeader(FROM, cluster.bootId()).setSendTimeout(RECEIPT_MS);
        private boolean scheduled;
        private boolean paused;
        private long skippedBefore;
        private volatile long contact = System.nanoTime();
        private volatile boolean answered;

        Peer(String node) {
            this.node = node;
        }

        void offer(NodeMessage message) {
            synchronized (this) {
                queue.offer(message);
                if (scheduled || paused) {
                    return;
                }
                scheduled = true;
            }
            context.runOnContext(go -> pump());
        }

        long silence() {
            return since(contact);
        }

        synchronized boolean isIdle() {
            return queue.isIdle();
        }

        /** It has left: what is still to be told is told to nobody. */
        private boolean isGone() {
            return peers.get(node) != this;
        }

        synchronized int queuedBytes() {
            return queue.queuedBytes();
        }

        void ping() {
            List<NodeMessage> batch;
            synchronized (this) {
                batch = queue.ping();
            }
            if (batch != null) {
                request(batch);
            }
        }

        void pump() {
            while (!isGone()) {
                List<NodeMessage> batch;
                synchronized (this) {
                    scheduled = false;
                    batch = paused ? null : queue.next();
                    skipped.increment((double) (queue.skipped() - skippedBefore));
                    skippedBefore = queue.skipped();
                }
                if (batch == null) {
                    return;
                }
                request(batch);
            }
        }

        private void request(List<NodeMessage> batch) {
            long sent = System.nanoTime();
            bus.<Buffer>request(address(node), Buffer.buffer(NodeCodec.encode(batch)), options)
                    .onComplete(receipt -> context.runOnContext(go -> {
                        if (receipt.succeeded() && TAKEN.equals(receipt.result().body())) {
                            roundTrip.record(System.nanoTime() - sent, TimeUnit.NANOSECONDS);
                            taken(batch);
                        } else {
                            lost(batch);
                        }
                    }));
        }

        private void taken(List<NodeMessage> batch) {
            contact = System.nanoTime();
            answered = true;
            synchronized (this) {
                queue.receipted(batch);
            }
            pump();
        }

        private void lost(List<NodeMessage> batch) {
            synchronized (this) {
                queue.lost(batch);
                if (paused || isGone()) {
                    return;
                }
                paused = true;
            }
            cluster.vertx()
                    .setTimer(
                            PAUSE_MS,
                            none -> context.runOnContext(go -> {
                                synchronized (this) {
                                    paused = false;
                                }
                                pump();
                            }));
        }
    }
}
