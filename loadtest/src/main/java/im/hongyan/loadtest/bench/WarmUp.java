package im.hongyan.loadtest.bench;

import java.time.Duration;

/**
 * How long a load runs before it counts: a fixed time, and then until the server's JIT compilers have calmed down. On
 * a small machine that takes more than a minute.
 *
 * @param min the fixed time
 * @param max the maximum
 */
record WarmUp(Duration min, Duration max) {
    private static final Duration LOOK = Duration.ofSeconds(5);
    /**
     * The share of the CPU time below which compilation no longer matters. It must be reached twice, because compilers
     * work in bursts.
     */
    private static final double LITTLE = 0.06;

    private static final int TIMES = 2;

    /** Returns when the JIT compilers of these processes have little left to do, or after the maximum time. */
    void untilCompiled(Processes processes) {
        long end = System.nanoTime() + max.minus(min).toNanos();
        for (int quiet = 0; quiet < TIMES && System.nanoTime() + LOOK.toNanos() <= end; ) {
            long all = total(processes);
            long compilers = processes.compilerMicros();
            Await.sleep(LOOK);
            double share = (processes.compilerMicros() - compilers) / (double) Math.max(1, total(processes) - all);
            quiet = share < LITTLE ? quiet + 1 : 0;
        }
    }

    private static long total(Processes processes) {
        return processes.cpuMicros().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }
}
