package im.hongyan.scenario;

import static im.hongyan.store.StoresExtension.await;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Counts ticks on every event loop of a Vert.x instance, to detect a blocked one. */
final class LoopWatch {
    private static final long EVERY_MS = 10;

    private static final class Ticks extends VerticleBase {
        final AtomicLong count = new AtomicLong();
        final AtomicLong maxGapMs = new AtomicLong();
        private long last = System.nanoTime();

        @Override
        public Future<?> start() {
            vertx.setPeriodic(EVERY_MS, tick -> {
                long now = System.nanoTime();
                maxGapMs.accumulateAndGet(TimeUnit.NANOSECONDS.toMillis(now - last), Math::max);
                last = now;
                count.incrementAndGet();
            });
            return Future.succeededFuture();
        }
    }

    private final List<Ticks> loops = new CopyOnWriteArrayList<>();

    private LoopWatch() {}

    static LoopWatch on(Vertx vertx) throws Exception {
        LoopWatch watch = new LoopWatch();
        // One per event loop: Vert.x assigns them in turn.
        await(vertx.deployVerticle(
                () -> {
                    Ticks ticks = new Ticks();
                    watch.loops.add(ticks);
                    return ticks;
                },
                new DeploymentOptions().setInstances(VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE)));
        return watch;
    }

    /** Resets the counts. */
    void reset() {
        loops.forEach(ticks -> {
            ticks.count.set(0);
            ticks.maxGapMs.set(0);
        });
    }

    /** The ticks of the slowest loop. */
    long fewestTicks() {
        return loops.stream().mapToLong(ticks -> ticks.count.get()).min().orElseThrow();
    }

    /** The longest time between two ticks of one loop, in milliseconds. */
    long maxGapMs() {
        return loops.stream().mapToLong(ticks -> ticks.maxGapMs.get()).max().orElseThrow();
    }
}
