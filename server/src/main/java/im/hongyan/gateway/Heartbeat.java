package im.hongyan.gateway;

import java.time.Duration;

/**
 * When a connection counts as dead. A client is told after how many seconds of silence it is pinged: it should let no
 * longer pass without a frame.
 *
 * @param tick how often connections are looked at
 * @param ping after this silence we ask
 * @param silence after this one we close; an HTTP connection so long after its latest request
 * @param drain within this time a congested socket must have drained
 * @param goodbye what a peer has to take and answer our close frame
 */
public record Heartbeat(Duration tick, Duration ping, Duration silence, Duration drain, Duration goodbye) {
    public static final Heartbeat STANDARD = new Heartbeat(
            Duration.ofSeconds(5),
            Duration.ofSeconds(25),
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5));
}
