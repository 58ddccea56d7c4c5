package im.hongyan.loadtest.experiment;

import java.time.Duration;
import java.util.Random;

/** Scenarios in which nodes die or freeze without notice. */
final class NodeFailureScenarios {
    private static final Duration CATCH_UP = Duration.ofMinutes(1);
    private static final Duration SILENCE = Duration.ofSeconds(25);
    private static final Duration ROUTES = Duration.ofMinutes(1);
    /** Long enough for requests of clients to reach the database, and too short for any process to give up. */
    private static final Duration STALL = Duration.ofMillis(400);

    private static final double LATEST_PUSH_SECONDS = 15;

    private NodeFailureScenarios() {}

    static Outcome killOne(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("1");
        try (SimulatedUsers users =
                SimulatedUsers.gather(cluster, scale.users()).groups(scale.groups(), scale.groupSize())) {
            users.startSending(scale.rate());
            Await.pause(scale.calm());
            int there = users.on(2).size();
            cluster.node(2).process().kill();
            Await.pause(scale.calm().multipliedBy(2));
            users.stopSending();
            users.awaitOutcomes(CATCH_UP);
            outcome.must(users.awaitAllShown(SILENCE) == 0, "all entries shown without a request to sync");
            outcome.judge(users, users.judge(CATCH_UP));
            outcome.figure("%d clients were on the node", there);
            outcome.atMost("p99 resume", Outcome.resumes(users.stats()).getValueAtPercentile(99) / 1e3, 5, "s");
            outcome.atMost("slowest push", users.latencies().slowestSeconds(), LATEST_PUSH_SECONDS, "s");
        }
        return outcome;
    }

    static Outcome killTwo(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("2");
        try (SimulatedUsers users =
                        SimulatedUsers.gather(cluster, scale.users()).groups(scale.groups(), scale.groupSize());
                Probes probes = new Probes(cluster)) {
            long rejoins = cluster.node(1).rejoins();
            users.startSending(scale.rate());
            Await.pause(scale.calm());
            cluster.node(2).process().kill();
            Await.pause(Duration.ofMillis(500));
            cluster.node(3).process().kill();
            Await.pause(scale.calm());
            long restarted = System.nanoTime();
            cluster.restart(cluster.node(2));
            cluster.restart(cluster.node(3));
            cluster.node(2).awaitReady();
            cluster.node(3).awaitReady();
            outcome.figure("both ready again after %.1f s", Await.seconds(restarted));
            outcome.must(!Double.isNaN(probes.awaitRoutes(ROUTES)), "every node reaches every node");
            outcome.atMost("time to recover after the restart", Await.seconds(restarted), 60, "s");
            users.stopSending();
            users.awaitOutcomes(CATCH_UP);
            outcome.judge(users, users.judge(CATCH_UP));
            outcome.must(
                    cluster.node(1).process().isAlive() && cluster.node(1).rejoins() == rejoins, "no other restart");
        }
        return outcome;
    }

    static Outcome freeze(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("3");
        try (SimulatedUsers users =
                        SimulatedUsers.gather(cluster, scale.users()).groups(scale.groups(), scale.groupSize());
                Probes probes = new Probes(cluster);
                SuspendedClient sleeper =
                        SuspendedClient.on(cluster, 2, cluster.users(1).get(0))) {
            Node frozen = cluster.node(2);
            long rejoins = frozen.rejoins();
            users.startSending(scale.rate());
            Await.pause(scale.calm());
            frozen.process().freeze();
            try {
                Await.pause(scale.longFault());
            } finally {
                frozen.process().thaw();
            }
            long thawed = System.nanoTime();
            sleeper.listen();
            outcome.must(
                    sleeper.awaitTold(Duration.ofSeconds(30)),
                    "a client that was suspended with it receives: " + sleeper.received());
            outcome.must(!Double.isNaN(probes.awaitRoutes(ROUTES)), "every node reaches every node");
            outcome.figure("%.1f s after it resumed", Await.seconds(thawed));
            outcome.figure(frozen.rejoins() > rejoins ? "it fenced itself" : "it resynced");
            users.stopSending();
            users.awaitOutcomes(CATCH_UP);
            outcome.judge(users, users.judge(CATCH_UP));
        }
        return outcome;
    }

    /**
     * The load and a node end at the same instant: no later message reveals the gap. Every other time PostgreSQL is
     * frozen at that moment and executes the dead node's requests after its death, so that it commits without a push.
     */
    static Outcome lastPush(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("21a");
        Random random = new Random();
        try (SimulatedUsers users =
                SimulatedUsers.gather(cluster, scale.users()).groups(scale.groups(), scale.groupSize())) {
            for (int round = 0; round < scale.rounds(); round++) {
                Node victim = cluster.node(1 + round % cluster.nodes().size());
                users.startSending(scale.rate());
                Await.pause(scale.calm().dividedBy(2).plusMillis(random.nextInt(1_000)));
                int open = round % 2 == 0 ? killBeforeCommit(cluster, users, victim) : kill(users, victim);
                users.awaitOutcomes(CATCH_UP);
                int lacking = users.awaitAllShown(SILENCE);
                outcome.must(
                        lacking == 0,
                        "all shown after " + victim.name() + " ended with " + open + " sends in progress (missing: "
                                + lacking + ")");
                cluster.restart(victim);
                cluster.awaitWhole(ROUTES);
                users.scatter();
            }
            double slowest = users.latencies().slowestSeconds();
            outcome.judge(users, users.judge(CATCH_UP));
            outcome.atMost("slowest push", slowest, LATEST_PUSH_SECONDS, "s");
            outcome.figure("slowest: %s", users.latencies().slowestWas());
        }
        return outcome;
    }

    private static int kill(SimulatedUsers users, Node victim) {
        users.stopSending();
        int open = users.open();
        victim.process().kill();
        return open;
    }

    private static int killBeforeCommit(Cluster cluster, SimulatedUsers users, Node victim) {
        cluster.freezePostgres();
        try {
            Await.pause(STALL);
            int open = kill(users, victim);
            Await.pause(STALL);
            return open;
        } finally {
            cluster.thawPostgres();
        }
    }
}
