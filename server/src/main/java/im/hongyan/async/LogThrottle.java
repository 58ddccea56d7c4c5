package im.hongyan.async;

import java.time.Duration;
import java.util.function.IntConsumer;

/** Limits a log line to one per period, for failures that may hit everything at once. Thread-safe. */
public final class LogThrottle {
    private final long periodNanos;
    private long last;
    private int suppressed;

    /** One line in ten seconds. */
    public LogThrottle() {
        this(Duration.ofSeconds(10));
    }

    public LogThrottle(Duration period) {
        this.periodNanos = period.toNanos();
        this.last = System.nanoTime() - periodNanos;
    }

    /** @param line writes the line; receives how many lines were suppressed since the last one */
    public void log(IntConsumer line) {
        int before;
        synchronized (this) {
            long now = System.nanoTime();
            if (now - last < periodNanos) {
                suppressed++;
                return;
            }
            last = now;
            before = suppressed;
            suppressed = 0;
        }
        line.accept(before);
    }
}
