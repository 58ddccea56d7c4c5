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
 * People with a correct client each, on all nodes, and their groups, into which they write at a steady rate. All that they
 * do goes to one history. Methods block, and are for one thread.
 */
final class Flock implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(90);
    private static final long TICK_MS = 20;
    private static final long WATCH_MS = 100;
    /** Sends without an outcome; more are not begun. */
    private static final int MAX_OPEN = 2_000;

    private record Group(String id, List<Goose> members) {}

    private final Cluster cluster;
    private final Vertx vertx;
    private final History history = new History();
    private final Lags lags = new Lags();
    private final Random random = new Random();
    private final List<Goose> geese = new CopyOnWriteArrayList<>();
    private final List<Group> groups = new CopyOnWriteArrayList<>();
    private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final long watch;
    private long timer = -1;
    private double due;
    private int sent;
    private String padding = "";

    private Flock(Cluster cluster) {
        this.cluster = cluster;
        this.vertx = cluster.vertx();
        this.watch = vertx.setPeriodic(WATCH_MS, tick -> geese.forEach(Goose::watch));
    }

    /** People who are connected and caught up. */
    static Flock gather(Cluster cluster, int people) {
        Flock flock = new Flock(cluster);
        flock.join(people);
        return flock;
    }

    /** More people, who are in no group yet; each tries a random node first, and then the next. */
    List<Goose> join(int people) {
        List<Credentials> accounts = cluster.people(people);
        SyncOptions options = SyncOptions.defaults().withBackoff(Duration.ofMillis(100), Duration.ofSeconds(3));
        List<Goose> joining = new ArrayList<>();
        for (Credentials who : accounts) {
            joining.add(new Goose(vertx, cluster.clients(), who, history, options, lags));
        }
        geese.addAll(joining);
        List<Future<Void>> starts =
                joining.stream().map(goose -> goose.client().start()).toList();
        Await.result(Future.all(starts), START, "connecting " + people + " people");
        return joining;
    }

    /** Groups of random people; nobody is in none if there is room for all. */
    Flock groups(int count, int size) {
        List<Future<?>> made = new ArrayList<>();
        for (List<Goose> members : Deal.groups(geese, count, size, random)) {
            made.add(group("flock " + made.size(), members));
        }
        Await.result(Future.all(made), START, "making " + count + " groups");
        return this;
    }

    private Future<String> group(String title, List<Goose> members) {
        List<String> others = members.stream().skip(1).map(Goose::user).toList();
        return members.get(0).client().createGroup(title, others).onSuccess(id -> {
            groups.add(new Group(id, List.copyOf(members)));
        });
    }

    /** Texts have so many characters more from now on. */
    void pad(int characters) {
        padding = " " + "w".repeat(characters);
    }

    /** Writes so many messages a second, until {@link #hush}. */
    void flood(int rate) {
        due = 0;
        timer = vertx.setPeriodic(TICK_MS, tick -> {
            for (due += rate * TICK_MS / 1e3; due >= 1; due--) {
                write();
            }
        });
    }

    private void write() {
        Group group = groups.get(random.nextInt(groups.size()));
        Goose goose = group.members.get(random.nextInt(group.members.size()));
        if (open.get() < MAX_OPEN) {
            write(goose, group.id);
        }
    }

    private Future<Ack> write(Goose goose, String group) {
        open.incrementAndGet();
        return goose.send(group, "honk " + ++sent + padding).onComplete(done -> {
            if (done.succeeded()) {
                acknowledged.merge(group, done.result().seq(), Math::max);
            } else {
                failed.incrementAndGet();
            }
            open.decrementAndGet();
        });
    }

    /** A message of this one into a group of both. */
    Ack say(Goose from, Goose to) {
        Group both = groups.stream()
                .filter(group -> group.members.contains(from) && group.members.contains(to))
                .findFirst()
                .orElseThrow(() -> new ExperimentFailure(from.name() + " and " + to.name() + " share no group"));
        return Await.result(write(from, both.id), Duration.ofSeconds(20), "a message");
    }

    /** Begins nothing more. */
    void hush() {
        if (timer >= 0) {
            vertx.cancelTimer(timer);
            timer = -1;
        }
    }

    /** Waits for the outcome of all that was sent. */
    void awaitOutcomes(Duration atMost) {
        Await.require(() -> open.get() == 0, atMost, "outcomes of all sends");
    }

    /**
     * After the last word, nobody being told to sync: waits until everybody has everything.
     *
     * @return how many lack something even so
     */
    int awaitAllShown(Duration atMost) {
        Await.until(() -> lacking() == 0, atMost);
        return lacking();
    }

    private int lacking() {
        int lacking = 0;
        for (Group group : groups) {
            long last = acknowledged.getOrDefault(group.id, 0L);
            for (Goose goose : group.members) {
                lacking += goose.shown(group.id) < last ? 1 : 0;
            }
        }
        return lacking;
    }

    /** Has everybody catch up, and judges what they have seen since the start. */
    Verdict judge(Duration atMost) {
        hush();
        awaitOutcomes(atMost);
        List<Future<Void>> caught =
                geese.stream().map(goose -> goose.client().catchUp()).toList();
        Await.result(Future.all(caught), atMost, "everybody catching up");
        return HistoryChecker.check(history);
    }

    /** Has half of them lose the connection and come back, each on its next node: so that all nodes have some again. */
    void scatter() {
        // Not all: those that go around together leave the same node empty each time.
        geese.stream().filter(goose -> random.nextBoolean()).forEach(goose -> goose.client()
                .cut());
        List<Future<Void>> back =
                geese.stream().map(goose -> goose.client().catchUp()).toList();
        Await.result(Future.all(back), START, "everybody coming back");
    }

    /** Who is connected to a node at the moment, with the connection. */
    Map<Goose, ChatConnection> on(int node) {
        Map<Goose, ChatConnection> there = new HashMap<>();
        for (Goose goose : geese) {
            ChatConnection connection = goose.connection();
            if (connection != null
                    && connection.server().equals(cluster.node(node).uri())) {
                there.put(goose, connection);
            }
        }
        return there;
    }

    /** Whether the checker finds it wrong that somebody has not seen one of the entries, any of them. */
    boolean isLossFound() {
        List<Event> events = new ArrayList<>(history.events());
        List<Event> seen =
                events.stream().filter(Event.Observed.class::isInstance).toList();
        return !seen.isEmpty()
                && events.remove(seen.get(random.nextInt(seen.size())))
                && !HistoryChecker.check(events).holds();
    }

    /** The users of those with whom this one shares a group. */
    List<String> friends(Goose goose) {
        return groups.stream()
                .filter(group -> group.members.contains(goose))
                .flatMap(group -> group.members.stream())
                .filter(other -> other != goose)
                .map(Goose::user)
                .distinct()
                .toList();
    }

    List<Goose> geese() {
        return geese;
    }

    Lags lags() {
        return lags;
    }

    double maxLosses() {
        return stats().stream().mapToDouble(SyncStats::losses).max().orElse(0);
    }

    double maxLossesOnOneNode() {
        return geese.stream().mapToDouble(Goose::maxLossesOnOneNode).max().orElse(0);
    }

    /** Sends without an outcome. */
    int open() {
        return open.get();
    }

    int failed() {
        return failed.get();
    }

    List<SyncStats> stats() {
        return geese.stream()
                .map(goose -> Await.result(goose.client().stats(), START, "statistics"))
                .toList();
    }

    @Override
    public void close() {
        hush();
        vertx.cancelTimer(watch);
        List<Future<?>> stops = new ArrayList<>();
        geese.forEach(goose -> stops.add(goose.client().stop()));
        Await.result(Future.join(stops), START, "closing " + geese.size() + " clients");
    }
}
