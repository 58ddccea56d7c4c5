package im.hongyan.loadtest.experiment;

import im.hongyan.loadtest.client.ChatConnection;
import im.hongyan.loadtest.client.Entry;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * How long entries take from their commit (the server's time) to those who were connected then, and still are on the same
 * socket: whoever has lost the connection resumes, which is another figure. Thread-safe.
 */
final class Lags {
    private static final long HIGHEST_MICROS = 600_000_000L;

    private final Recorder recorder = new Recorder(HIGHEST_MICROS, 3);
    private final Histogram all = new Histogram(HIGHEST_MICROS, 3);
    private long slowest;
    private String slowestWas = "nothing came";

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

    /** Those since the last time that this was asked. */
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

    /** What came so far is not counted as the slowest. */
    synchronized void forgetSlowest() {
        slowest = 0;
    }
}
