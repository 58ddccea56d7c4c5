package im.hongyan.loadtest.experiment;

import im.hongyan.loadtest.client.Ack;
import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Credentials;
import im.hongyan.loadtest.client.SyncOptions;
import im.hongyan.loadtest.client.SyncStats;
import im.hongyan.loadtest.history.Event;
import im.hongyan.loadtest.history.History;
import im.hongyan.loadtest.history.HistoryChecker;
import im.hongyan.loadtest.history.Verdict;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Users with one correct client each, on all nodes, and their groups, to which they write at a steady rate. Everything
 * that they do goes into one history. Methods block and are for one thread.
 */
final class SimulatedUsers implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(90);
    private static final long TICK_MS = 20;
    private static final long WATCH_MS = 100;
    /** The maximum of sends without an outcome. */
    private static final int MAX_OPEN = 2_000;

    private record Group(String id, List<SimulatedUser> members) {}

    private final Cluster cluster;
    private final Vertx vertx;
    private final History history = new History();
    private final PushLatencies latencies = new PushLatencies();
    private final Random random = new Random();
    private final List<SimulatedUser> simulated = new CopyOnWriteArrayList<>();
    private final List<Group> groups = new CopyOnWriteArrayList<>();
    private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final long watch;
    private long timer = -1;
    private double due;
    private int sent;
    private String padding = "";

    private SimulatedUsers(Cluster cluster) {
        this.cluster = cluster;
        this.vertx = cluster.vertx();
        this.watch = vertx.setPeriodic(WATCH_MS, tick -> simulated.forEach(SimulatedUser::watch));
    }

    /** Connects users and waits until they have caught up. */
    static SimulatedUsers gather(Cluster cluster, int count) {
        SimulatedUsers users = new SimulatedUsers(cluster);
        users.join(count);
        return users;
    }

    /** Adds users, who are in no group yet. Each tries a random node first, and then the next ones. */
    List<SimulatedUser> join(int users) {
        List<Credentials> accounts = cluster.users(users);
        SyncOptions options = SyncOptions.defaults().withBackoff(Duration.ofMillis(100), Duration.ofSeconds(3));
        List<SimulatedUser> joining = new ArrayList<>();
        for (Credentials who : accounts) {
            joining.add(new SimulatedUser(vertx, cluster.clients(), who, history, options, latencies));
        }
        simulated.addAll(joining);
        List<Future<Void>> starts = joining.stream()
                .map(simulatedUser -> simulatedUser.client().start())
                .toList();
        Await.result(Future.all(starts), START, "connecting " + users + " users");
        return joining;
    }

    /** Creates groups of random users. Every user is in a group if there is room for all. */
    SimulatedUsers groups(int count, int size) {
        List<Future<?>> made = new ArrayList<>();
        for (List<SimulatedUser> members : RandomGroups.groups(simulated, count, size, random)) {
            made.add(group("users " + made.size(), members));
        }
        Await.result(Future.all(made), START, "making " + count + " groups");
        return this;
    }

    /** All members mark their groups as read, which makes them visible to each other. */
    SimulatedUsers readGroups() {
        List<Future<?>> marks = new ArrayList<>();
        for (Group group : groups) {
            for (SimulatedUser member : group.members) {
                marks.add(member.connection().request("read.mark", Map.of("conversation", group.id, "seq", 1)));
            }
        }
        Await.result(Future.all(marks), START, "marking groups as read");
        return this;
    }

    private Future<String> group(String title, List<SimulatedUser> members) {
        List<String> others = members.stream().skip(1).map(SimulatedUser::user).toList();
        return members.get(0).client().createGroup(title, others).onSuccess(id -> {
            groups.add(new Group(id, List.copyOf(members)));
        });
    }

    /** Makes texts longer by this number of characters from now on. */
    void pad(int characters) {
        padding = " " + "w".repeat(characters);
    }

    /** Sends this number of messages per second, until {@link #stopSending}. */
    void startSending(int rate) {
        due = 0;
        timer = vertx.setPeriodic(TICK_MS, tick -> {
            for (due += rate * TICK_MS / 1e3; due >= 1; due--) {
                write();
            }
        });
    }

    private void write() {
        Group group = groups.get(random.nextInt(groups.size()));
        SimulatedUser simulatedUser = group.members.get(random.nextInt(group.members.size()));
        if (open.get() < MAX_OPEN) {
            write(simulatedUser, group.id);
        }
    }

    private Future<Ack> write(SimulatedUser simulatedUser, String group) {
        open.incrementAndGet();
        return simulatedUser.send(group, "honk " + ++sent + padding).onComplete(done -> {
            if (done.succeeded()) {
                acknowledged.merge(group, done.result().seq(), Math::max);
            } else {
                failed.incrementAndGet();
            }
            open.decrementAndGet();
        });
    }

    /** Sends a message from one user to a group of both. */
    Ack say(SimulatedUser from, SimulatedUser to) {
        Group both = groups.stream()
                .filter(group -> group.members.contains(from) && group.members.contains(to))
                .findFirst()
                .orElseThrow(() -> new ExperimentFailure(from.name() + " and " + to.name() + " share no group"));
        return Await.result(write(from, both.id), Duration.ofSeconds(20), "a message");
    }

    /** Stops sending. */
    void stopSending() {
        if (timer >= 0) {
            vertx.cancelTimer(timer);
            timer = -1;
        }
    }

    /** Waits for the outcome of all sends. */
    void awaitOutcomes(Duration atMost) {
        Await.require(() -> open.get() == 0, atMost, "outcomes of all sends");
    }

    /**
     * After the last message, and without a request to sync: waits until all clients have everything.
     *
     * @return the number of clients that still lack something
     */
    int awaitAllShown(Duration atMost) {
        Await.until(() -> lacking() == 0, atMost);
        return lacking();
    }

    private int lacking() {
        int lacking = 0;
        for (Group group : groups) {
            long last = acknowledged.getOrDefault(group.id, 0L);
            for (SimulatedUser simulatedUser : group.members) {
                lacking += simulatedUser.shown(group.id) < last ? 1 : 0;
            }
        }
        return lacking;
    }

    /** Makes all clients catch up, and checks what they have seen since the start. */
    Verdict judge(Duration atMost) {
        stopSending();
        awaitOutcomes(atMost);
        List<Future<Void>> caught = simulated.stream()
                .map(simulatedUser -> simulatedUser.client().catchUp())
                .toList();
        Await.result(Future.all(caught), atMost, "all clients catch up");
        return HistoryChecker.check(history);
    }

    /**
     * Makes half of the clients lose their connection and reconnect, each to its next node, so that all nodes have
     * clients again.
     */
    void scatter() {
        // Not all of them, because clients that move together leave the same node empty each time.
        simulated.stream()
                .filter(simulatedUser -> random.nextBoolean())
                .forEach(simulatedUser -> simulatedUser.client().cut());
        List<Future<Void>> back = simulated.stream()
                .map(simulatedUser -> simulatedUser.client().catchUp())
                .toList();
        Await.result(Future.all(back), START, "clients reconnect");
    }

    /** The clients that are connected to a node now, with their connections. */
    Map<SimulatedUser, ChatConnection> on(int node) {
        Map<SimulatedUser, ChatConnection> there = new HashMap<>();
        for (SimulatedUser simulatedUser : simulated) {
            ChatConnection connection = simulatedUser.connection();
            if (connection != null
                    && connection.server().equals(cluster.node(node).uri())) {
                there.put(simulatedUser, connection);
            }
        }
        return there;
    }

    /** Whether the checker reports a violation if any one of the entries is removed from a client's history. */
    boolean checkerFindsLoss() {
        List<Event> events = new ArrayList<>(history.events());
        List<Event> seen =
                events.stream().filter(Event.Observed.class::isInstance).toList();
        return !seen.isEmpty()
                && events.remove(seen.get(random.nextInt(seen.size())))
                && !HistoryChecker.check(events).holds();
    }

    /** The users who share a group with this one. */
    List<String> friends(SimulatedUser simulatedUser) {
        return groups.stream()
                .filter(group -> group.members.contains(simulatedUser))
                .flatMap(group -> group.members.stream())
                .filter(other -> other != simulatedUser)
                .map(SimulatedUser::user)
                .distinct()
                .toList();
    }

    List<SimulatedUser> all() {
        return simulated;
    }

    PushLatencies latencies() {
        return latencies;
    }

    double maxLosses() {
        return stats().stream().mapToDouble(SyncStats::losses).max().orElse(0);
    }

    double maxLossesOnOneNode() {
        return simulated.stream()
                .mapToDouble(SimulatedUser::maxLossesOnOneNode)
                .max()
                .orElse(0);
    }

    /** Sends without an outcome. */
    int open() {
        return open.get();
    }

    int failed() {
        return failed.get();
    }

    List<SyncStats> stats() {
        return simulated.stream()
                .map(simulatedUser -> Await.result(simulatedUser.client().stats(), START, "statistics"))
                .toList();
    }

    @Override
    public void close() {
        stopSending();
        vertx.cancelTimer(watch);
        List<Future<?>> stops = new ArrayList<>();
        simulated.forEach(simulatedUser -> stops.add(simulatedUser.client().stop()));
        Await.result(Future.join(stops), START, "closing " + simulated.size() + " clients");
    }
}
