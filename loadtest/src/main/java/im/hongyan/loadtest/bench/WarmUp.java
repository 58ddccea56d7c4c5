package im.hongyan.loadtest.bench;

import java.time.Duration;

/**
 * How long a load runs before it counts: some time, and then on for as long as Java compiles the server, which on a small
 * machine takes it a minute and more of what it would do its work with.
 *
 * @param least in any case
 * @param most in all
 */
record WarmUp(Duration least, Duration most) {
    private static final Duration LOOK = Duration.ofSeconds(5);
    /** Of the CPU time: below this, and twice, as compilers come in bursts, more patience buys little. */
    private static final double LITTLE = 0.06;

    private static final int TIMES = 2;

    /** Returns when the compilers of these processes have little left to do, or when that takes too long. */
    void untilCompiled(Processes processes) {
        long end = System.nanoTime() + most.minus(least).toNanos();
        for (int quiet = 0; quiet < TIMES && System.nanoTime() + LOOK.toNanos() <= end; ) {
            long all = total(processes);
            long compilers = processes.compilerMicros();
            Waiting.sleep(LOOK);
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
