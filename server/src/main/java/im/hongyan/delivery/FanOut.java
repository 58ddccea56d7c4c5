package im.hongyan.delivery;

import im.hongyan.async.Batcher;
import im.hongyan.delivery.Delivery.AddressedFrame;
import im.hongyan.delivery.Delivery.OutboundEntry;
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

/**
 * Brings frames to the nodes on which their people are connected: one look into the directory and one message for each
 * node, whatever the number of people. While one look is under way the next gathers, so that many frames at once cost no
 * more of them. Without the directory every node is told. Thread-safe.
 */
final class FanOut implements RemoteDelivery {
    /** Redis takes no more commands at once, and what waits longer is not worth more memory. */
    private static final int USERS_PER_LOOK = 1_000;

    private static final int MAX_WAITING = 20_000;
    private static final int MAX_WAITING_BYTES = 16 << 20;

    /** A frame that waits for the directory. */
    private abstract static class Job {
        final long since = System.nanoTime();

        abstract Collection<UserId> users();

        abstract int bytes();

        /** What goes to a node on which these of the people are; null if that is nothing. */
        abstract NodeMessage messageFor(Set<UserId> there);

        /** What every node is told if there is no room for the frame; null if nothing. */
        abstract NodeMessage note();
    }

    /** The frames that share a look into the directory. */
    private static final class Jobs implements Batcher.Batch<Job> {
        private final List<Job> all = new ArrayList<>();
        private final Set<UserId> users = new HashSet<>();

        @Override
        public boolean add(Job job) {
            if (!all.isEmpty() && users.size() + job.users().size() > USERS_PER_LOOK) {
                return false;
            }
            users.addAll(job.users());
            return all.add(job);
        }
    }

    private final SessionDirectory directory;
    private final NodeLink link;
    private final Timer timer;
    private final Counter looks;
    private final Batcher<Job, Jobs> batcher;
    private final Set<String> wantEverything = ConcurrentHashMap.newKeySet();

    FanOut(SessionDirectory directory, NodeLink link, MeterRegistry registry) {
        Context context = link.context();
        // On the loop of the bus, where the answer comes as well: each hop to another loop is a wake-up, and on a quiet node
        // those are most of the work.
        this.batcher = new Batcher<>(
                MAX_WAITING,
                MAX_WAITING_BYTES,
                Job::bytes,
                Jobs::new,
                this::look,
                task -> context.runOnContext(none -> task.run()));
        this.directory = directory;
        this.link = link;
        this.timer = Timer.builder("hongyan.cluster.fanout")
                .description("From a frame for other nodes to its place in their queues: the look into the directory")
                .register(registry);
        this.looks = Counter.builder("hongyan.directory.lookups")
                .description("Looks into the directory for frames, each for all that wait")
                .register(registry);
    }

    @Override
    public void entry(ConversationId conversation, long version, OutboundEntry parcel) {
        enqueue(new EntryJob(conversation, version, parcel));
    }

    @Override
    public void push(Collection<UserId> users, Frame frame) {
        enqueue(new PushJob(users, frame));
    }

    private void enqueue(Job job) {
        if (link.others().isEmpty() || job.users().isEmpty()) {
            return;
        }
        if (!batcher.offer(job) && job.note() != null) {
            link.broadcast(job.note());
        }
    }

    @Override
    public boolean isIdle() {
        return batcher.isIdle();
    }

    @Override
    public void everything(String node, boolean wanted) {
        if (wanted) {
            wantEverything.add(node);
        } else {
            wantEverything.remove(node);
        }
    }

    private Future<Void> look(Jobs jobs) {
        looks.increment();
        return directory.nodesOf(jobs.users).transform(found -> {
            if (found.succeeded()) {
                jobs.all.forEach(job -> send(job, found.result()));
            } else {
                jobs.all.forEach(this::sendToAll);
            }
            return Future.succeededFuture();
        });
    }

    private void send(Job job, Map<UserId, Set<String>> nodesOf) {
        Map<String, Set<UserId>> byNode = new HashMap<>();
        for (UserId user : job.users()) {
            for (String node : nodesOf.getOrDefault(user, Set.of())) {
                byNode.computeIfAbsent(node, key -> new HashSet<>()).add(user);
            }
        }
        wantEverything.retainAll(link.others());
        wantEverything.forEach(node -> byNode.put(node, Set.copyOf(job.users())));
        byNode.forEach((node, there) -> link.send(node, job.messageFor(there)));
        timer.record(System.nanoTime() - job.since, TimeUnit.NANOSECONDS);
    }

    private void sendToAll(Job job) {
        link.broadcast(job.messageFor(Set.copyOf(job.users())));
    }

    private static final class EntryJob extends Job {
        private final ConversationId conversation;
        private final long version;
        private final OutboundEntry parcel;
        private final Set<UserId> users = new HashSet<>();
        private final int bytes;

        EntryJob(ConversationId conversation, long version, OutboundEntry parcel) {
            this.conversation = conversation;
            this.version = version;
            this.parcel = parcel;
            parcel.copies().forEach(copy -> users.addAll(copy.to()));
            this.bytes = parcel.copies().stream()
                    .mapToInt(copy -> copy.frame().bytes().length)
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
        NodeMessage messageFor(Set<UserId> there) {
            List<NodeMessage.AddressedFrame> copies = new ArrayList<>();
            for (AddressedFrame copy : parcel.copies()) {
                List<UserId> to = copy.to().stream().filter(there::contains).toList();
                if (!to.isEmpty()) {
                    copies.add(new NodeMessage.AddressedFrame(to, copy.frame()));
                }
            }
            return new NodeMessage.Entry(conversation, parcel.seq(), version, copies);
        }

        @Override
        NodeMessage note() {
            return new NodeMessage.MissedEntries(conversation, parcel.seq(), parcel.seq());
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
        NodeMessage messageFor(Set<UserId> there) {
            return new NodeMessage.Push(new NodeMessage.AddressedFrame(List.copyOf(there), frame));
        }

        @Override
        NodeMessage note() {
            return frame.loss() == Frame.DropPolicy.FORGET ? null : new NodeMessage.SyncRequired(List.copyOf(users));
        }
    }
}
