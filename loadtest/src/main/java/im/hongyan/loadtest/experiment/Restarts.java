package im.hongyan.loadtest.experiment;

import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Closure;
import im.hongyan.loadtest.client.Credentials;
import java.time.Duration;
import java.util.Collection;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Nodes that are stopped in good order. */
final class Restarts {
    private static final Duration CATCH_UP = Duration.ofMinutes(1);
    private static final Duration EXIT = Duration.ofSeconds(45);
    private static final Duration NO_NEW_SOCKETS = Duration.ofSeconds(1);
    private static final int MOST_KNOCKS = 100;

    /** How a socket ended, and how long after the signal. */
    private record End(Closure closure, double seconds) {}

    private Restarts() {}

    static Outcome roll(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("5");
        for (Node node : cluster.nodes()) {
            node.process().terminate();
            node.process().exit(EXIT);
            cluster.restartEarlier(node);
            node.awaitReady();
        }
        cluster.awaitWhole(CATCH_UP);
        try (Flock flock = Flock.gather(cluster, scale.people()).groups(scale.groups(), scale.groupSize())) {
            flock.flood(scale.rate());
            Await.pause(scale.calm());
            for (Node node : cluster.nodes()) {
                long told = System.nanoTime();
                node.process().terminate();
                int code = node.process().exit(EXIT);
                outcome.must(code == 0, node.name() + " exits with 0 after " + (int) Await.seconds(told) + " s");
                cluster.restart(node);
                cluster.awaitWhole(CATCH_UP);
                Await.pause(scale.calm().dividedBy(2));
            }
            flock.hush();
            flock.awaitOutcomes(CATCH_UP);
            outcome.judge(flock, flock.judge(CATCH_UP));
            outcome.atMost(
                    "most disconnects of one client",
                    flock.mostLosses(),
                    cluster.nodes().size(),
                    "");
            outcome.atMost("most disconnects of one client from one node", flock.mostLossesOnOneNode(), 1, "");
            outcome.must(flock.failed() == 0, "no send failed");
        }
        return outcome;
    }

    static Outcome terminate(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("6");
        try (Flock flock = Flock.gather(cluster, scale.people()).groups(scale.groups(), scale.groupSize())) {
            Credentials late = cluster.people(1).get(0);
            flock.flood(scale.rate());
            Await.pause(scale.calm());
            Node node = cluster.node(2);
            Map<Goose, ChatConnection> there = flock.on(2);
            Queue<End> ends = new ConcurrentLinkedQueue<>();
            long told = System.nanoTime();
            there.values()
                    .forEach(connection ->
                            connection.closed().onSuccess(closure -> ends.add(new End(closure, Await.seconds(told)))));
            node.process().terminate();
            Await.pause(NO_NEW_SOCKETS);
            Knocks knocks = knock(cluster, node, late);
            int code = node.process().exit(EXIT);
            outcome.atMost("exit with " + code + " after", Await.seconds(told), 30, "s");
            outcome.must(code == 0, "exit code 0");
            outcome.must(knocks.opened == 0, "no new socket after a second, of " + knocks.tries + " tries");
            sayEnds(outcome, there.size(), ends);
            Await.pause(scale.calm());
            flock.hush();
            flock.awaitOutcomes(CATCH_UP);
            outcome.judge(flock, flock.judge(CATCH_UP));
            outcome.must(flock.failed() == 0, "no send failed");
        }
        return outcome;
    }

    private static void sayEnds(Outcome outcome, int there, Collection<End> ends) {
        long asked = ends.stream()
                .filter(end -> end.closure().code() == Closure.RESTART)
                .filter(end -> end.closure().retryAfter().isPresent())
                .count();
        outcome.must(asked == there, asked + " of " + there + " sockets got 1012 with a delay");
        LongSummaryStatistics delays = ends.stream()
                .filter(end -> end.closure().retryAfter().isPresent())
                .mapToLong(end -> end.closure().retryAfter().orElseThrow().toMillis())
                .summaryStatistics();
        outcome.figure(
                "closed %.1f to %.1f s after the signal, delays of %d to %d ms",
                ends.stream().mapToDouble(End::seconds).min().orElse(0),
                ends.stream().mapToDouble(End::seconds).max().orElse(0),
                delays.getMin(),
                delays.getMax());
        outcome.must(there < 3 || delays.getMin() < delays.getMax(), "the delays differ");
    }

    /** Tries of somebody to come to a node that is going. */
    private record Knocks(int tries, int opened) {}

    /** Until it is gone, and at least once. */
    private static Knocks knock(Cluster cluster, Node node, Credentials who) {
        int opened = 0;
        int tries = 0;
        do {
            tries++;
            try {
                Await.result(
                                cluster.client(node.number()).connect(who.accessToken(), (type, data) -> {}),
                                Duration.ofSeconds(3),
                                "a new socket")
                        .close();
                opened++;
            } catch (ExperimentFailure e) {
                // As it should be.
            }
            Await.pause(Duration.ofMillis(100));
        } while (node.process().isAlive() && tries < MOST_KNOCKS);
        return new Knocks(tries, opened);
    }
}
