package im.hongyan.loadtest.client;

import java.time.Duration;
import java.util.Random;

/**
 * How a {@link SyncingClient} behaves.
 *
 * @param repairAfter how long a gap may stay before the client reads it; a random time of up to as much is added
 * @param backoff the shortest wait before a reconnect, doubled at each failure up to {@code maxBackoff}
 * @param giveUpAfter how long a request is retried before its outcome counts as unknown
 * @param page entries per read
 * @param faults of the link
 */
public record SyncOptions(
        Duration repairAfter, Duration backoff, Duration maxBackoff, Duration giveUpAfter, int page, Faults faults) {

    public static SyncOptions defaults() {
        return new SyncOptions(
                Duration.ofMillis(500),
                Duration.ofMillis(100),
                Duration.ofSeconds(10),
                Duration.ofMinutes(2),
                100,
                Faults.NONE);
    }

    public SyncOptions withFaults(Faults bad) {
        return new SyncOptions(repairAfter, backoff, maxBackoff, giveUpAfter, page, bad);
    }

    public SyncOptions withRepairAfter(Duration wait) {
        return new SyncOptions(wait, backoff, maxBackoff, giveUpAfter, page, faults);
    }

    public SyncOptions withBackoff(Duration shortest, Duration longest) {
        return new SyncOptions(repairAfter, shortest, longest, giveUpAfter, page, faults);
    }

    public SyncOptions withGiveUpAfter(Duration wait) {
        return new SyncOptions(repairAfter, backoff, maxBackoff, wait, page, faults);
    }

    long repairDelayMs(Random random) {
        return jittered(repairAfter.toMillis(), random);
    }

    /**
     * The wait before attempt n, counted from 0. It has jitter, so that clients that were disconnected together
     * reconnect at different times.
     */
    long backoffMs(int attempt, Random random) {
        long longest = maxBackoff.toMillis();
        long wait = Math.min(longest, backoff.toMillis() << Math.min(attempt, 16));
        return Math.max(1, wait / 2 + (long) (random.nextDouble() * wait / 2));
    }

    /** Between {@code ms} and twice as much. */
    static long jittered(long ms, Random random) {
        return Math.max(1, ms + (long) (random.nextDouble() * ms));
    }
}
