package im.hongyan.gateway;

import java.time.Duration;

/**
 * When a connection counts as dead. The client is told {@link #seconds}: it should let no longer pass without a frame.
 *
 * @param pingAfterNanos of silence, we ask
 * @param silentAfterNanos of silence, we close
 * @param drainWithinNanos a congested socket must have drained
 */
record Heartbeat(int seconds, long pingAfterNanos, long silentAfterNanos, long drainWithinNanos) {
    static final Heartbeat STANDARD = new Heartbeat(
            25,
            Duration.ofSeconds(25).toNanos(),
            Duration.ofSeconds(60).toNanos(),
            Duration.ofSeconds(30).toNanos());
}
