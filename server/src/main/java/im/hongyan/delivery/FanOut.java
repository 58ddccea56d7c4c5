package im.hongyan.delivery;

import im.hongyan.async.Batcher;
import im.hongyan.async.LogThrottle;
import im.hongyan.cluster.NodeLink;
import im.hongyan.cluster.NodeMessage;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.UserId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends frames to the nodes that their recipients are connected to: one directory lookup and one message per node,
 * whatever the number of recipients. Frames that arrive during a lookup share the next one, so a burst of frames needs
 * few lookups. If the directory is unavailable, frames go to every node. Thread-safe.
 */
final class FanOut implements RemoteDelivery {
    private static final Logger LOG = LoggerFactory.getLogger(FanOut.class);
    private static final int MAX_USERS_PER_LOOKUP = 1_000;
    private static final int MAX_WAITING = 20_000;
    private static final int MAX_WAITING_BYTES = 16 << 20;

    /** A frame that waits for a directory lookup. */
    private abstract static class Job {
        final long since = System.nanoTime();

        abstract Collection<UserId> users();

        abstract int bytes();

        /** The message for a node that these of the recipients are connected to. */
        abstract NodeMessage messageFor(Set<UserId> connected);

        /** What is sent to every node when the queue is full; null for nothing. */
        abstract NodeMessage summary();
    }

    /** The frames that share one lookup in the directory. */
    private static final class Jobs implements Batcher.Batch<Job> {
        private final List<Job> all = new ArrayList<>();
        private final Set<UserId> users = new HashSet<>();

        @Override
        public boolean add(Job job) {
            if (!all.isEmpty() && users.size() + job.users().size() > MAX_USERS_PER_LOOKUP) {
                return false;
            }
            users.addAll(job.users());
            return all.add(job);
        }
    }

    private final SessionDirectory directory;
    private final NodeLink link;
    private final Timer timer;
    private final Counter lookups;
    private final Batcher<Job, Jobs> batcher;
    private final LogThrottle failures = new LogThrottle();
    /** Nodes that receive every frame. */
    private final Set<String> broadcastNodes = ConcurrentHashMap.newKeySet();

    FanOut(SessionDirectory directory, NodeLink link, MeterRegistry registry) {
        Context context = link.context();
        // Runs lookups on the event loop of the link, where their results are used: every switch to another event loop
        // is
        // a wake-up, which is most of the work on a quiet node.
        this.batcher = new Batcher<>(
                MAX_WAITING,
                MAX_WAITING_BYTES,
                Job::bytes,
                Jobs::new,
                this::lookUp,
                task -> context.runOnContext(none -> task.run()));
        this.directory = directory;
        this.link = link;
        this.timer = Timer.builder("hongyan.delivery.fanout.duration")
                .description("Time from a frame's arrival to its place in the other nodes' queues, lookup included")
                .register(registry);
        this.lookups = Counter.builder("hongyan.directory.lookups")
                .description("Session directory lookups for frames; one lookup serves all waiting frames")
                .register(registry);
    }

    @Override
    public void deliver(ConversationId conversation, long version, OutboundEntry entry) {
        enqueue(new EntryJob(conversation, version, entry));
    }

    @Override
    public void push(Collection<UserId> users, Frame frame) {
        enqueue(new PushJob(users, frame));
    }

    private void enqueue(Job job) {
        if (link.otherNodes().isEmpty() || job.users().isEmpty()) {
            return;
        }
        if (!batcher.offer(job) && job.summary() != null) {
            link.broadcast(job.summary());
        }
    }

    @Override
    public boolean isIdle() {
        return batcher.isIdle();
    }

    @Override
    public void setBroadcastMode(String node, boolean enabled) {
        if (enabled) {
            broadcastNodes.add(node);
        } else {
            broadcastNodes.remove(node);
        }
    }

    private Future<Void> lookUp(Jobs jobs) {
        lookups.increment();
        return directory.nodesOf(jobs.users).transform(found -> {
            for (Job job : jobs.all) {
                try {
                    if (found.succeeded()) {
                        send(job, found.result());
                    } else {
                        sendToAll(job);
                    }
                } catch (RuntimeException e) {
                    failed(job, e);
                }
            }
            return Future.succeededFuture();
        });
    }

    /** The other jobs of the batch continue, and this one's clients read what they missed from the log. */
    private void failed(Job job, RuntimeException cause) {
        failures.log(
                suppressed -> LOG.error("cannot send a frame to other nodes ({} more not logged)", suppressed, cause));
        if (job.summary() != null) {
            link.broadcast(job.summary());
        }
    }

    private void send(Job job, Map<UserId, Set<String>> nodesOf) {
        Map<String, Set<UserId>> byNode = new HashMap<>();
        for (UserId user : job.users()) {
            for (String node : nodesOf.getOrDefault(user, Set.of())) {
                byNode.computeIfAbsent(node, key -> new HashSet<>()).add(user);
            }
        }
        broadcastNodes.retainAll(link.otherNodes());
        broadcastNodes.forEach(node -> byNode.put(node, Set.copyOf(job.users())));
        byNode.forEach((node, connected) -> link.send(node, job.messageFor(connected)));
        timer.record(System.nanoTime() - job.since, TimeUnit.NANOSECONDS);
    }

    private void sendToAll(Job job) {
        link.broadcast(job.messageFor(Set.copyOf(job.users())));
    }

    private static final class EntryJob extends Job {
        private final ConversationId conversation;
        private final long version;
        private final OutboundEntry entry;
        private final Set<UserId> users = new HashSet<>();
        private final int bytes;

        EntryJob(ConversationId conversation, long version, OutboundEntry entry) {
            this.conversation = conversation;
            this.version = version;
            this.entry = entry;
            entry.frames().forEach(addressed -> users.addAll(addressed.recipients()));
            this.bytes = entry.frames().stream()
                    .mapToInt(addressed -> addressed.frame().bytes().length)
                    .sum();
        }

        @Override
        int bytes() {
            return bytes;
        }

        @Override
        Collection<UserId> users() {
            return users;
        }

        @Override
        NodeMessage messageFor(Set<UserId> connected) {
            List<NodeMessage.AddressedFrame> frames = new ArrayList<>();
            for (AddressedFrame addressed : entry.frames()) {
                List<UserId> recipients = addressed.recipients().stream()
                        .filter(connected::contains)
                        .toList();
                if (!recipients.isEmpty()) {
                    frames.add(new NodeMessage.AddressedFrame(recipients, addressed.frame()));
                }
            }
            return new NodeMessage.Entry(conversation, entry.seq(), version, frames);
        }

        @Override
        NodeMessage summary() {
            return new NodeMessage.MissedEntries(conversation, entry.seq(), entry.seq());
        }
    }

    private static final class PushJob extends Job {
        private final Collection<UserId> users;
        private final Frame frame;

        PushJob(Collection<UserId> users, Frame frame) {
            this.users = users;
            this.frame = frame;
        }

        @Override
        int bytes() {
            return frame.bytes().length;
        }

        @Override
        Collection<UserId> users() {
            return users;
        }

        @Override
        NodeMessage messageFor(Set<UserId> connected) {
            return new NodeMessage.Push(new NodeMessage.AddressedFrame(List.copyOf(connected), frame));
        }

        @Override
        NodeMessage summary() {
            return frame.dropPolicy() == Frame.DropPolicy.SILENTLY
                    ? null
                    : new NodeMessage.SyncRequired(List.copyOf(users));
        }
    }
}
