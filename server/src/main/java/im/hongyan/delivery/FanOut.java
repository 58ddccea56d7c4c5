package im.hongyan.delivery;

import im.hongyan.cluster.NodeLink;
import im.hongyan.cluster.NodeMessage;
import im.hongyan.delivery.Delivery.AddressedFrame;
import im.hongyan.delivery.Delivery.OutboundEntry;
import im.hongyan.protocol.ConversationId;
import im.hongyan.protocol.Frame;
import im.hongyan.protocol.UserId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Sends frames to the nodes that their recipients are connected to: one directory lookup and one message per node,
 * whatever the number of recipients. Frames that arrive during a lookup share the next one, so a burst of frames needs few
 * lookups. If the directory is unavailable, frames go to every node. Thread-safe.
 */
final class FanOut implements RemoteDelivery {
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

    private final SessionDirectory directory;
    private final NodeLink link;
    private final Timer timer;
    private final Counter lookups;
    private final Context context;
    /** Nodes that receive every frame. */
    private final Set<String> broadcastNodes = ConcurrentHashMap.newKeySet();

    private List<Job> waiting = new ArrayList<>();
    private int waitingBytes;
    private boolean busy;

    FanOut(SessionDirectory directory, NodeLink link, MeterRegistry registry) {
        this.context = link.context();
        this.directory = directory;
        this.link = link;
        this.timer = Timer.builder("hongyan.cluster.fanout")
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
        boolean full;
        boolean start;
        synchronized (this) {
            full = waiting.size() >= MAX_WAITING || waitingBytes >= MAX_WAITING_BYTES;
            if (!full) {
                waiting.add(job);
                waitingBytes += job.bytes();
            }
            start = !full && !busy;
            busy |= start;
        }
        if (start) {
            scheduleLookup();
        } else if (full && job.summary() != null) {
            link.broadcast(job.summary());
        }
    }

    @Override
    public synchronized boolean isIdle() {
        return !busy;
    }

    @Override
    public void setBroadcastMode(String node, boolean enabled) {
        if (enabled) {
            broadcastNodes.add(node);
        } else {
            broadcastNodes.remove(node);
        }
    }

    /**
     * Runs the next lookup on the event loop of the link, where its result is used: every switch to another event loop is
     * a wake-up, which is most of the work on a quiet node. Never runs it directly: an unavailable directory fails at once,
     * and the stack would grow.
     */
    private void scheduleLookup() {
        context.runOnContext(none -> lookUp());
    }

    private void lookUp() {
        List<Job> jobs = new ArrayList<>();
        Set<UserId> users = new HashSet<>();
        synchronized (this) {
            for (Job job : waiting) {
                if (!jobs.isEmpty() && users.size() + job.users().size() > MAX_USERS_PER_LOOKUP) {
                    break;
                }
                jobs.add(job);
                waitingBytes -= job.bytes();
                users.addAll(job.users());
            }
            waiting = new ArrayList<>(waiting.subList(jobs.size(), waiting.size()));
            busy = !jobs.isEmpty();
        }
        if (jobs.isEmpty()) {
            return;
        }
        lookups.increment();
        directory.nodesOf(users).onComplete(found -> {
            try {
                if (found.succeeded()) {
                    jobs.forEach(job -> send(job, found.result()));
                } else {
                    jobs.forEach(this::sendToAll);
                }
            } finally {
                scheduleLookup();
            }
        });
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
            return frame.dropPolicy() == Frame.DropPolicy.SILENTLY ? null : new NodeMessage.SyncRequired(List.copyOf(users));
        }
    }
}
