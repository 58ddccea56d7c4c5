package im.hongyan.loadtest.experiment;

import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Closure;
import im.hongyan.loadtest.client.Credentials;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Scenarios in which nodes are stopped orderly. */
final class RestartScenarios {
    private static final Duration CATCH_UP = Duration.ofMinutes(1);
    private static final Duration EXIT = Duration.ofSeconds(45);
    private static final Duration NO_NEW_SOCKETS = Duration.ofSeconds(1);
    private static final Duration SILENCE = Duration.ofSeconds(25);
    private static final int MAX_KNOCKS = 100;

    /** How a socket closed, and how long after the signal. */
    private record End(Closure closure, double seconds) {}

    private RestartScenarios() {}

    static Outcome roll(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("5");
        for (Node node : cluster.nodes()) {
            node.process().terminate();
            node.process().exit(EXIT);
            cluster.restartEarlier(node);
            node.awaitReady();
        }
        cluster.awaitWhole(CATCH_UP);
        try (SimulatedUsers users =
                SimulatedUsers.gather(cluster, scale.users()).groups(scale.groups(), scale.groupSize())) {
            users.startSending(scale.rate());
            Await.pause(scale.calm());
            for (Node node : cluster.nodes()) {
                long signalled = System.nanoTime();
                node.process().terminate();
                int code = node.process().exit(EXIT);
                outcome.must(code == 0, node.name() + " exits with 0 after " + (int) Await.seconds(signalled) + " s");
                cluster.restart(node);
                cluster.awaitWhole(CATCH_UP);
                Await.pause(scale.calm().dividedBy(2));
            }
            users.stopSending();
            users.awaitOutcomes(CATCH_UP);
            outcome.judge(users, users.judge(CATCH_UP));
            outcome.atMost(
                    "max disconnects of one client",
                    users.maxLosses(),
                    cluster.nodes().size(),
                    "");
            outcome.atMost("max disconnects of one client from one node", users.maxLossesOnOneNode(), 1, "");
            outcome.must(users.failed() == 0, "no send failed");
        }
        return outcome;
    }

    static Outcome terminate(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("6");
        try (SimulatedUsers users =
                SimulatedUsers.gather(cluster, scale.users()).groups(scale.groups(), scale.groupSize())) {
            Credentials late = cluster.users(1).get(0);
            users.startSending(scale.rate());
            Await.pause(scale.calm());
            Node node = cluster.node(2);
            Map<SimulatedUser, ChatConnection> there = users.on(2);
            Queue<End> ends = new ConcurrentLinkedQueue<>();
            long signalled = System.nanoTime();
            there.values().forEach(connection -> connection
                    .closed()
                    .onSuccess(closure -> ends.add(new End(closure, Await.seconds(signalled)))));
            node.process().terminate();
            Await.pause(NO_NEW_SOCKETS);
            Knocks knocks = knock(cluster, node, late);
            int code = node.process().exit(EXIT);
            outcome.atMost("exit with " + code + " after", Await.seconds(signalled), 30, "s");
            outcome.must(code == 0, "exit code 0");
            outcome.must(knocks.opened == 0, "no new socket after a second, of " + knocks.tries + " attempts");
            sayEnds(outcome, there.size(), ends);
            Await.pause(scale.calm());
            users.stopSending();
            users.awaitOutcomes(CATCH_UP);
            outcome.judge(users, users.judge(CATCH_UP));
            outcome.must(users.failed() == 0, "no send failed");
        }
        return outcome;
    }

    /** What operators do when two nodes are too few, and when three are too many. */
    static Outcome growAndShrink(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("6b");
        Node third = cluster.node(3);
        third.process().terminate();
        third.process().exit(EXIT);
        try (SimulatedUsers users =
                SimulatedUsers.gather(cluster, scale.users()).groups(scale.groups(), scale.groupSize())) {
            // Clients that came to the third node have found it gone.
            Map<SimulatedUser, Long> before = losses(users);
            users.startSending(scale.rate());
            Await.pause(scale.calm());
            long started = System.nanoTime();
            cluster.restart(third);
            cluster.awaitWhole(CATCH_UP);
            outcome.figure("the third node joined %.1f s after its start", Await.seconds(started));
            List<SimulatedUser> newcomers = users.join(scale.users());
            users.groups(scale.groups(), scale.groupSize());
            int there = users.on(3).size();
            // Each client chooses at random.
            outcome.must(there > 0, there + " of " + newcomers.size() + " new sockets are on the third");
            double sent = third.metric("hongyan_frames_sent_total");
            users.latencies().interval();
            Await.pause(scale.calm());
            outcome.figure(
                    "p99 push with three %.0f ms", users.latencies().interval().getValueAtPercentile(99) / 1e3);
            sent = third.metric("hongyan_frames_sent_total") - sent;
            outcome.must(sent > 0, String.format("the third sends: %.0f frames", sent));
            outcome.must(lost(users, before).isEmpty(), "no client lost its connection");
            Set<SimulatedUser> drained = users.on(3).keySet();
            long signalled = System.nanoTime();
            third.process().terminate();
            int code = third.process().exit(EXIT);
            outcome.atMost("drained, with exit " + code + ", after", Await.seconds(signalled), 30, "s");
            outcome.must(code == 0, "exit code 0");
            Await.pause(scale.calm());
            users.stopSending();
            users.awaitOutcomes(CATCH_UP);
            outcome.must(users.awaitAllShown(SILENCE) == 0, "all entries shown without a request to sync");
            Map<SimulatedUser, Long> lost = lost(users, before);
            outcome.must(
                    lost.keySet().equals(drained) && lost.values().stream().allMatch(times -> times == 1),
                    "the " + drained.size() + " clients of the third node reconnect once each, and no others");
            outcome.judge(users, users.judge(CATCH_UP));
            outcome.must(users.failed() == 0, "no send failed");
        }
        return outcome;
    }

    private static Map<SimulatedUser, Long> losses(SimulatedUsers users) {
        Map<SimulatedUser, Long> losses = new HashMap<>();
        users.all()
                .forEach(simulatedUser -> losses.put(
                        simulatedUser,
                        Await.result(simulatedUser.client().stats(), CATCH_UP, "statistics")
                                .losses()));
        return losses;
    }

    /** The clients that have lost a connection since then, and how often. */
    private static Map<SimulatedUser, Long> lost(SimulatedUsers users, Map<SimulatedUser, Long> before) {
        Map<SimulatedUser, Long> lost = losses(users);
        lost.replaceAll((simulatedUser, times) -> times - before.getOrDefault(simulatedUser, 0L));
        lost.values().removeIf(times -> times == 0);
        return lost;
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

    /** Attempts to connect to a node that is stopping. */
    private record Knocks(int tries, int opened) {}

    /** Repeats until the node is gone, and at least once. */
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
                // The refusal is the expected result.
            }
            Await.pause(Duration.ofMillis(100));
        } while (node.process().isAlive() && tries < MAX_KNOCKS);
        return new Knocks(tries, opened);
    }
}
