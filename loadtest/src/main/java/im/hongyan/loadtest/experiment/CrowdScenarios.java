package im.hongyan.loadtest.experiment;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;

/** Scenarios with many clients at once, and with a few slow ones. */
final class CrowdScenarios {
    private static final Duration CATCH_UP = Duration.ofMinutes(2);
    private static final Duration BACK = Duration.ofMinutes(1);
    private static final int SLOW_TEXT = 15_000;
    private static final int SLOW_RATE = 30;

    private static final double MAX_QUEUED = 1 << 20;

    private CrowdScenarios() {}

    static Outcome largeGroup(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("13");
        try (SimulatedUsers users =
                SimulatedUsers.gather(cluster, scale.crowd()).groups(1, scale.crowd())) {
            for (Node node : cluster.nodes()) {
                outcome.figure("%d on %s", users.on(node.number()).size(), node.name());
            }
            users.startSending(Math.max(1, scale.rate() / 10));
            Await.pause(scale.calm().multipliedBy(3));
            users.stopSending();
            users.awaitOutcomes(CATCH_UP);
            outcome.must(
                    users.awaitAllShown(Duration.ofSeconds(30)) == 0, "all entries shown without a request to sync");
            outcome.judge(users, users.judge(CATCH_UP));
        }
        return outcome;
    }

    static Outcome dropAll(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("14");
        int count = scale.crowd() * 2;
        try (SimulatedUsers users = SimulatedUsers.gather(cluster, count).groups(scale.groups(), scale.groupSize())) {
            users.startSending(scale.rate());
            Await.pause(scale.calm());
            long began = System.nanoTime();
            AtomicInteger back = new AtomicInteger();
            users.all().forEach(simulatedUser -> simulatedUser.client().cut());
            Await.pause(Duration.ofMillis(50));
            users.all()
                    .forEach(simulatedUser ->
                            simulatedUser.client().catchUp().onSuccess(none -> back.incrementAndGet()));
            boolean all = Await.until(() -> back.get() == count, BACK);
            outcome.figure("%d of %d sockets back and caught up after %.1f s", back.get(), count, Await.seconds(began));
            outcome.must(all || back.get() >= count * 0.999, "at least 99.9% back within 60 s");
            Await.pause(scale.calm().dividedBy(2));
            users.stopSending();
            users.awaitOutcomes(CATCH_UP);
            outcome.judge(users, users.judge(CATCH_UP));
        }
        return outcome;
    }

    /**
     * The load is the same before and while some clients do not read, so that the figures of the others are
     * comparable.
     */
    static Outcome slowReaders(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("12");
        int slow = Math.max(1, scale.users() / 50);
        try (SimulatedUsers users =
                        SimulatedUsers.gather(cluster, scale.users()).groups(scale.groups(), scale.groupSize());
                SimulatedUsers heavy = SimulatedUsers.gather(cluster, slow + 2).groups(1, slow + 2)) {
            heavy.pad(SLOW_TEXT);
            heavy.startSending(SLOW_RATE);
            users.startSending(scale.rate());
            Await.pause(scale.calm());
            users.latencies().interval();
            Await.pause(scale.longFault());
            Histogram before = users.latencies().interval();
            double dropped = sum(cluster, "hongyan_frames_dropped_total");
            double sockets = sum(cluster, "hongyan_sockets");
            double cuts = cuts(cluster);
            List<SimulatedUser> sleepers = heavy.all().subList(0, slow);
            sleepers.forEach(simulatedUser -> simulatedUser.connection().pause());
            long paused = System.nanoTime();
            boolean cut = Await.until(() -> sum(cluster, "hongyan_sockets") <= sockets - slow, scale.longFault());
            double after = Await.seconds(paused);
            Await.pause(scale.longFault().minus(Duration.ofNanos(System.nanoTime() - paused)));
            Histogram during = users.latencies().interval();
            sleepers.forEach(simulatedUser -> simulatedUser.client().cut());
            outcome.must(cut, String.format("%d clients that do not read are disconnected, after %.1f s", slow, after));
            cuts = cuts(cluster) - cuts;
            outcome.must(cuts == slow, String.format("%.0f closed with 1013, because they do not drain", cuts));
            outcome.atMost("longest queue of one of them", maxQueued(cluster), MAX_QUEUED, "bytes");
            outcome.must(maxQueued(cluster) > MAX_QUEUED / 2, "their queues were full");
            outcome.figure("%.0f pushes dropped", sum(cluster, "hongyan_frames_dropped_total") - dropped);
            double p99Before = before.getValueAtPercentile(99) / 1e3;
            outcome.figure("p99 of the others before %.1f ms", p99Before);
            double p99During = during.getValueAtPercentile(99) / 1e3;
            outcome.figure("during it %.1f ms", p99During);
            outcome.atMost("ratio of the p99 during and before", p99During / p99Before, 1.2, "");
            heavy.stopSending();
            outcome.must(heavy.judge(CATCH_UP).holds(), "the history holds for the slow ones too");
            users.stopSending();
            outcome.judge(users, users.judge(CATCH_UP));
        }
        return outcome;
    }

    /** The sum since each node's start. */
    private static double maxQueued(Cluster cluster) {
        return cluster.nodes().stream()
                .mapToDouble(node -> node.metric("hongyan_sockets_queued_max_bytes"))
                .max()
                .orElseThrow();
    }

    private static double cuts(Cluster cluster) {
        return cluster.nodes().stream()
                .mapToDouble(node -> node.metric("hongyan_sockets_closed_total", "code=\"1013\""))
                .sum();
    }

    private static double sum(Cluster cluster, String metric) {
        return cluster.nodes().stream().mapToDouble(node -> node.metric(metric)).sum();
    }
}
