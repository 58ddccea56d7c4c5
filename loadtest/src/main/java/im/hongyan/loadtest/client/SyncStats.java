package im.hongyan.loadtest.client;

/**
 * What it cost a client to stay up to date.
 *
 * @param connects connections opened
 * @param losses connections that closed unexpectedly
 * @param retries requests sent again
 * @param repairs reads made because something was missing
 * @param maxResumeMs the longest time from a lost connection until the client had caught up
 */
public record SyncStats(long connects, long losses, long retries, long repairs, long maxResumeMs) {}
