package im.hongyan.loadtest.experiment;

import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Entry;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * Measures how long entries take from their commit (the server's time) to clients that were connected at the commit
 * and still have the same socket. Clients that lost their connection resume, which is another figure. Thread-safe.
 */
final class PushLatencies {
    private static final long HIGHEST_MICROS = 600_000_000L;

    private final Recorder recorder = new Recorder(HIGHEST_MICROS, 3);
    private final Histogram all = new Histogram(HIGHEST_MICROS, 3);
    private long slowest;
    private String slowestWas = "no entries";

    void seen(String client, Entry entry, ChatConnection on) {
        if (on == null || on.since() == 0 || on.since() > entry.at()) {
            return;
        }
        long lag = Math.max(0, ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()) - entry.at());
        recorder.recordValue(Math.min(lag, HIGHEST_MICROS));
        synchronized (this) {
            if (lag > slowest) {
                slowest = lag;
                slowestWas = client + " had entry " + entry.seq() + " of " + entry.conversation() + " after "
                        + lag / 1_000 + " ms";
            }
        }
    }

    /** The latencies since the last call. */
    synchronized Histogram interval() {
        Histogram since = recorder.getIntervalHistogram();
        all.add(since);
        return since;
    }

    synchronized Histogram all() {
        interval();
        return all;
    }

    synchronized double slowestSeconds() {
        return slowest / 1e6;
    }

    synchronized String slowestWas() {
        return slowestWas;
    }

    /** Excludes entries that have arrived so far from the slowest one. */
    synchronized void resetSlowest() {
        slowest = 0;
    }
}
