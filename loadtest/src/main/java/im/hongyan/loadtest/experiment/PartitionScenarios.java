package im.hongyan.loadtest.experiment;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** Scenarios with running nodes that do not hear from each other, while clients and stores reach all of them. */
final class PartitionScenarios {
    private static final Duration CATCH_UP = Duration.ofSeconds(90);
    private static final Duration SILENCE = Duration.ofSeconds(30);
    private static final Duration ROUTES = Duration.ofMinutes(1);
    private static final Duration RIFT = Duration.ofSeconds(40);
    /** Shorter than the time after which a node considers itself cut off. */
    private static final Duration MOMENT = Duration.ofMillis(1_200);

    private static final double LATEST_PUSH_SECONDS = 15;

    private PartitionScenarios() {}

    static Outcome partition(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("4");
        try (SimulatedUsers users =
                        SimulatedUsers.gather(cluster, scale.users()).groups(scale.groups(), scale.groupSize());
                Probes probes = new Probes(cluster)) {
            Node alone = cluster.node(2);
            users.startSending(scale.rate());
            Await.pause(scale.calm());
            for (Duration length :
                    Stream.of(scale.fault(), scale.longFault()).distinct().toList()) {
                Await.require(() -> spread(cluster, users), ROUTES, "clients on all nodes");
                long rejoins = alone.rejoins();
                others(cluster, alone).forEach(other -> cluster.network().cut(alone.number(), other.number()));
                long cut = System.nanoTime();
                int there = users.on(alone.number()).size();
                boolean left = Await.until(() -> users.on(alone.number()).isEmpty(), length);
                String after = left ? String.format("%.1f s", Await.seconds(cut)) : "not";
                Await.pause(length.minus(Duration.ofNanos(System.nanoTime() - cut)));
                cluster.network().heal();
                double healed = probes.awaitRoutes(ROUTES);
                outcome.atMost(
                        "cut for " + length.toSeconds() + " s (" + there + " clients disconnected: " + after
                                + ", fenced: " + (alone.rejoins() > rejoins) + "), routes heal after",
                        healed,
                        60,
                        "s");
            }
            users.stopSending();
            users.awaitOutcomes(CATCH_UP);
            outcome.must(users.awaitAllShown(SILENCE) == 0, "all entries shown without a request to sync");
            outcome.judge(users, users.judge(CATCH_UP));
            outcome.figure("slowest: %s", users.latencies().slowestWas());
        }
        return outcome;
    }

    /** The younger of the two should leave, and its clients should move to nodes that reach each other. */
    static Outcome rift(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("4b");
        try (SimulatedUsers users =
                        SimulatedUsers.gather(cluster, scale.users()).groups(scale.groups(), scale.groupSize());
                Probes probes = new Probes(cluster)) {
            List<Node> two = List.of(cluster.node(2), cluster.node(3));
            users.startSending(scale.rate());
            Await.pause(scale.calm());
            cluster.network().cut(2, 3);
            long cut = System.nanoTime();
            boolean gone = Await.until(
                    () -> two.stream()
                            .anyMatch(node ->
                                    !node.isReady() && users.on(node.number()).isEmpty()),
                    RIFT);
            outcome.must(gone, String.format("one of the two leaves, after %.1f s", Await.seconds(cut)));
            outcome.atMost("slowest push until then", users.latencies().slowestSeconds(), LATEST_PUSH_SECONDS, "s");
            users.latencies().interval();
            Await.pause(scale.fault());
            Histogram meanwhile = users.latencies().interval();
            List<String> ready = cluster.nodes().stream()
                    .filter(Node::isReady)
                    .map(Node::name)
                    .toList();
            outcome.must(ready.size() == 2 && ready.contains("node1"), "two stay: " + ready);
            outcome.figure("p99 of pushes between them %.0f ms", meanwhile.getValueAtPercentile(99) / 1e3);
            cluster.network().heal();
            outcome.atMost("routes heal after", probes.awaitRoutes(ROUTES), 60, "s");
            users.stopSending();
            users.awaitOutcomes(CATCH_UP);
            outcome.must(users.awaitAllShown(SILENCE) == 0, "all entries shown without a request to sync");
            outcome.judge(users, users.judge(CATCH_UP));
            outcome.atMost("max disconnects of one client", users.maxLosses(), 1, "");
        }
        return outcome;
    }

    private static boolean spread(Cluster cluster, SimulatedUsers users) {
        if (cluster.nodes().stream().noneMatch(node -> users.on(node.number()).isEmpty())) {
            return true;
        }
        users.scatter();
        return false;
    }

    private static List<Node> others(Cluster cluster, Node one) {
        return cluster.nodes().stream().filter(node -> node != one).toList();
    }

    /** Messages between nodes are lost, including the last ones, while the membership is intact. */
    static Outcome lastOnTheBus(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("21b");
        try (SimulatedUsers users =
                SimulatedUsers.gather(cluster, scale.users()).groups(scale.groups(), scale.groupSize())) {
            for (int round = 0; round < scale.rounds(); round++) {
                users.startSending(scale.rate());
                Await.pause(scale.calm().dividedBy(2));
                cluster.nodes().forEach(node -> block(cluster, node));
                Await.pause(MOMENT.dividedBy(2));
                users.stopSending();
                Await.pause(MOMENT.dividedBy(2));
                cluster.network().heal();
                lookFor(users, outcome, "after a moment without the bus");
            }
            users.startSending(scale.rate());
            Await.pause(scale.calm().dividedBy(2));
            block(cluster, cluster.node(2));
            Await.pause(MOMENT.dividedBy(2));
            users.stopSending();
            lookFor(users, outcome, "while the bus of one node stays dead");
            cluster.network().heal();
            double slowest = users.latencies().slowestSeconds();
            outcome.judge(users, users.judge(CATCH_UP));
            outcome.atMost("slowest push", slowest, LATEST_PUSH_SECONDS, "s");
            outcome.figure("slowest: %s", users.latencies().slowestWas());
        }
        return outcome;
    }

    private static void lookFor(SimulatedUsers users, Outcome outcome, String when) {
        long since = System.nanoTime();
        users.awaitOutcomes(CATCH_UP);
        int lacking = users.awaitAllShown(SILENCE);
        outcome.must(lacking == 0, String.format("all shown %s, in %.1f s", when, Await.seconds(since)));
    }

    private static void block(Cluster cluster, Node node) {
        for (Node other : others(cluster, node)) {
            // An event-bus connection goes from one of the two nodes to the other's port.
            cluster.network().block(node.number(), other.number(), node.busPort());
            cluster.network().block(node.number(), other.number(), other.busPort());
        }
    }
}
