package im.hongyan.loadtest.experiment;

import java.time.Duration;
import java.util.Random;

/** Nodes that end, or stop, without a word. */
final class LosingNodes {
    private static final Duration CATCH_UP = Duration.ofMinutes(1);
    private static final Duration SILENCE = Duration.ofSeconds(25);
    private static final Duration ROUTES = Duration.ofMinutes(1);
    /** Long enough for what clients send to be on its way to the database, too short for anybody to give up. */
    private static final Duration STALL = Duration.ofMillis(400);

    private static final double LATEST_PUSH_SECONDS = 15;

    private LosingNodes() {}

    static Outcome killOne(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("1");
        try (Flock flock = Flock.gather(cluster, scale.people()).groups(scale.groups(), scale.groupSize())) {
            flock.flood(scale.rate());
            Await.pause(scale.calm());
            int there = flock.on(2).size();
            cluster.node(2).process().kill();
            Await.pause(scale.calm().multipliedBy(2));
            flock.hush();
            flock.awaitOutcomes(CATCH_UP);
            outcome.must(flock.awaitAllShown(SILENCE) == 0, "all shown without being asked");
            outcome.judge(flock, flock.judge(CATCH_UP));
            outcome.figure("%d clients were on the node", there);
            outcome.atMost("p99 resume", Outcome.resumes(flock.stats()).getValueAtPercentile(99) / 1e3, 5, "s");
            outcome.atMost("slowest push", flock.lags().slowestSeconds(), LATEST_PUSH_SECONDS, "s");
        }
        return outcome;
    }

    static Outcome killTwo(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("2");
        try (Flock flock = Flock.gather(cluster, scale.people()).groups(scale.groups(), scale.groupSize());
                Probes probes = new Probes(cluster)) {
            long rejoins = cluster.node(1).rejoins();
            flock.flood(scale.rate());
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
            outcome.atMost("whole after the restart", Await.seconds(restarted), 60, "s");
            flock.hush();
            flock.awaitOutcomes(CATCH_UP);
            outcome.judge(flock, flock.judge(CATCH_UP));
            outcome.must(
                    cluster.node(1).process().isAlive() && cluster.node(1).rejoins() == rejoins, "no other restart");
        }
        return outcome;
    }

    static Outcome freeze(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("3");
        try (Flock flock = Flock.gather(cluster, scale.people()).groups(scale.groups(), scale.groupSize());
                Probes probes = new Probes(cluster);
                Sleeper sleeper = Sleeper.on(cluster, 2, cluster.people(1).get(0))) {
            Node frozen = cluster.node(2);
            long rejoins = frozen.rejoins();
            flock.flood(scale.rate());
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
                    "a client that slept with it is told: " + sleeper.told());
            outcome.must(!Double.isNaN(probes.awaitRoutes(ROUTES)), "every node reaches every node");
            outcome.figure("%.1f s after it went on", Await.seconds(thawed));
            outcome.figure(frozen.rejoins() > rejoins ? "it fenced itself" : "it resynced");
            flock.hush();
            flock.awaitOutcomes(CATCH_UP);
            outcome.judge(flock, flock.judge(CATCH_UP));
        }
        return outcome;
    }

    /**
     * The flood and a node end in the same instant: nothing follows that would show the gap. Every other time PostgreSQL
     * stands still just then, and does after the node's death what that had asked for: commits without a push.
     */
    static Outcome lastPush(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("21a");
        Random random = new Random();
        try (Flock flock = Flock.gather(cluster, scale.people()).groups(scale.groups(), scale.groupSize())) {
            for (int round = 0; round < scale.rounds(); round++) {
                Node victim = cluster.node(1 + round % cluster.nodes().size());
                flock.flood(scale.rate());
                Await.pause(scale.calm().dividedBy(2).plusMillis(random.nextInt(1_000)));
                int open = round % 2 == 0 ? killBeforeCommit(cluster, flock, victim) : kill(flock, victim);
                flock.awaitOutcomes(CATCH_UP);
                int lacking = flock.awaitAllShown(SILENCE);
                outcome.must(
                        lacking == 0,
                        "all shown after " + victim.name() + " ended with " + open + " sends under way (lacking: "
                                + lacking + ")");
                cluster.restart(victim);
                cluster.awaitWhole(ROUTES);
                flock.scatter();
            }
            double slowest = flock.lags().slowestSeconds();
            outcome.judge(flock, flock.judge(CATCH_UP));
            outcome.atMost("slowest push", slowest, LATEST_PUSH_SECONDS, "s");
            outcome.figure("slowest: %s", flock.lags().slowestWas());
        }
        return outcome;
    }

    private static int kill(Flock flock, Node victim) {
        flock.hush();
        int open = flock.open();
        victim.process().kill();
        return open;
    }

    private static int killBeforeCommit(Cluster cluster, Flock flock, Node victim) {
        cluster.freezePostgres();
        try {
            Await.pause(STALL);
            int open = kill(flock, victim);
            Await.pause(STALL);
            return open;
        } finally {
            cluster.thawPostgres();
        }
    }
}
