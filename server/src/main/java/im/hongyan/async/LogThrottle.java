package im.hongyan.async;

import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/** A line in the log for what may happen to everything at once: one in ten seconds is enough. Thread-safe. */
public final class LogThrottle {
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);

    private long last = System.nanoTime() - PERIOD_NANOS;
    private int passed;

    /** @param line given how many were passed over since the last one */
    public void log(IntConsumer line) {
        int before;
        synchronized (this) {
            long now = System.nanoTime();
            if (now - last < PERIOD_NANOS) {
                passed++;
                return;
            }
            last = now;
            before = passed;
            passed = 0;
        }
        line.accept(before);
    }
}
