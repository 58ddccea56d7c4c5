package im.hongyan.loadtest.client;

/**
 * What it cost a client to stay up to date.
 *
 * @param connects connections opened
 * @param losses connections that ended without being asked to
 * @param retries requests sent again
 * @param repairs reads made because something was missing
 * @param maxResumeMs from a loss until everything was caught up again
 */
public record SyncStats(long connects, long losses, long retries, long repairs, long maxResumeMs) {}
