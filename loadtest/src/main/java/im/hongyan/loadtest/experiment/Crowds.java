package im.hongyan.loadtest.experiment;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;

/** Many at once, and a few who hold up the others. */
final class Crowds {
    private static final Duration CATCH_UP = Duration.ofMinutes(2);
    private static final Duration BACK = Duration.ofMinutes(1);
    private static final int SLOW_TEXT = 15_000;
    private static final int SLOW_RATE = 30;

    private static final double MAX_QUEUED = 1 << 20;

    private Crowds() {}

    static Outcome largeGroup(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("13");
        try (Flock flock = Flock.gather(cluster, scale.crowd()).groups(1, scale.crowd())) {
            for (Node node : cluster.nodes()) {
                outcome.figure("%d on %s", flock.on(node.number()).size(), node.name());
            }
            flock.flood(Math.max(1, scale.rate() / 10));
            Await.pause(scale.calm().multipliedBy(3));
            flock.hush();
            flock.awaitOutcomes(CATCH_UP);
            outcome.must(flock.awaitAllShown(Duration.ofSeconds(30)) == 0, "all shown without being asked");
            outcome.judge(flock, flock.judge(CATCH_UP));
        }
        return outcome;
    }

    static Outcome dropAll(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("14");
        int people = scale.crowd() * 2;
        try (Flock flock = Flock.gather(cluster, people).groups(scale.groups(), scale.groupSize())) {
            flock.flood(scale.rate());
            Await.pause(scale.calm());
            long began = System.nanoTime();
            AtomicInteger back = new AtomicInteger();
            flock.geese().forEach(goose -> goose.client().cut());
            Await.pause(Duration.ofMillis(50));
            flock.geese().forEach(goose -> goose.client().catchUp().onSuccess(none -> back.incrementAndGet()));
            boolean all = Await.until(() -> back.get() == people, BACK);
            outcome.figure(
                    "%d of %d sockets back and caught up after %.1f s", back.get(), people, Await.seconds(began));
            outcome.must(all || back.get() >= people * 0.999, "at least 99.9% back within 60 s");
            Await.pause(scale.calm().dividedBy(2));
            flock.hush();
            flock.awaitOutcomes(CATCH_UP);
            outcome.judge(flock, flock.judge(CATCH_UP));
        }
        return outcome;
    }

    /** The load is the same before and while some do not read, so that the others can be compared with themselves. */
    static Outcome slowReaders(Cluster cluster, Scale scale) {
        Outcome outcome = new Outcome("12");
        int slow = Math.max(1, scale.people() / 50);
        try (Flock flock = Flock.gather(cluster, scale.people()).groups(scale.groups(), scale.groupSize());
                Flock heavy = Flock.gather(cluster, slow + 2).groups(1, slow + 2)) {
            heavy.pad(SLOW_TEXT);
            heavy.flood(SLOW_RATE);
            flock.flood(scale.rate());
            Await.pause(scale.calm());
            flock.lags().interval();
            Await.pause(scale.longFault());
            Histogram before = flock.lags().interval();
            double dropped = sum(cluster, "hongyan_frames_dropped_total");
            double sockets = sum(cluster, "hongyan_sockets");
            double cuts = cuts(cluster);
            List<Goose> sleepers = heavy.geese().subList(0, slow);
            sleepers.forEach(goose -> goose.connection().pause());
            long paused = System.nanoTime();
            boolean cut = Await.until(() -> sum(cluster, "hongyan_sockets") <= sockets - slow, scale.longFault());
            double after = Await.seconds(paused);
            Await.pause(scale.longFault().minus(Duration.ofNanos(System.nanoTime() - paused)));
            Histogram during = flock.lags().interval();
            sleepers.forEach(goose -> goose.client().cut());
            outcome.must(cut, String.format("%d who do not read are cut, after %.1f s", slow, after));
            cuts = cuts(cluster) - cuts;
            outcome.must(cuts == slow, String.format("%.0f closed with 1013, because they do not drain", cuts));
            outcome.atMost("most that was queued for one of them", maxQueued(cluster), MAX_QUEUED, "bytes");
            outcome.must(maxQueued(cluster) > MAX_QUEUED / 2, "and their queues were filled");
            outcome.figure("%.0f pushes dropped", sum(cluster, "hongyan_frames_dropped_total") - dropped);
            double p99Before = before.getValueAtPercentile(99) / 1e3;
            outcome.figure("p99 of the others before %.1f ms", p99Before);
            double p99During = during.getValueAtPercentile(99) / 1e3;
            outcome.figure("meanwhile %.1f ms", p99During);
            outcome.atMost("p99 meanwhile for each before", p99During / p99Before, 1.2, "");
            heavy.hush();
            outcome.must(heavy.judge(CATCH_UP).holds(), "invariant I holds for the slow ones too");
            flock.hush();
            outcome.judge(flock, flock.judge(CATCH_UP));
        }
        return outcome;
    }

    /** Since each node's start. */
    private static double maxQueued(Cluster cluster) {
        return cluster.nodes().stream()
                .mapToDouble(node -> node.metric("hongyan_sockets_queued_most_bytes"))
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
