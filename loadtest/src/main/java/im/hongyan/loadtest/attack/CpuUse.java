package im.hongyan.loadtest.attack;

import im.hongyan.loadtest.bench.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * CPU time used since the machine started: by this process and the cluster that it started, and by everything. Shows
 * whether honest users wait for the attack or for something else on the machine. Linux only.
 *
 * @param own in microseconds
 * @param busy in ticks of 10 ms
 * @param total busy and idle, in ticks
 */
record CpuUse(long own, long busy, long total) {
    private static final double MICROS_PER_TICK = 10_000;

    static CpuUse now() {
        long own = Processes.self().cpuMicros().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        return of(machine(), own);
    }

    /** @param machine the first line of {@code /proc/stat} */
    static CpuUse of(String machine, long own) {
        // The ticks of: user, nice, system, idle, waiting for I/O, interrupts, soft interrupts, stolen.
        long[] ticks = Arrays.stream(machine.split(" +", -1))
                .skip(1)
                .limit(8)
                .mapToLong(Long::parseLong)
                .toArray();
        long total = Arrays.stream(ticks).sum();
        return new CpuUse(own, total - ticks[3] - ticks[4], total);
    }

    /** The shares of the machine's CPU time since then. */
    String since(CpuUse earlier) {
        double ticks = Math.max(1, total - earlier.total);
        double ours = (own - earlier.own) / MICROS_PER_TICK / ticks;
        double all = (busy - earlier.busy) / ticks;
        return String.format(Locale.ROOT, "%.0f%%, other processes %.0f%%", 100 * ours, 100 * Math.max(0, all - ours));
    }

    private static String machine() {
        try {
            String stat = Files.readString(Path.of("/proc/stat"));
            return stat.substring(0, stat.indexOf('\n'));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
