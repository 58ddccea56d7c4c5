package im.hongyan.gateway;

import java.time.Duration;

/**
 * When a connection counts as dead. Clients learn {@code pingAfter} from the welcome frame, and should send something
 * at least that often.
 *
 * @param checkInterval how often connections are checked
 * @param pingAfter the silence after which the server pings
 * @param closeAfter the silence after which the server closes a socket; for plain HTTP, the time since the last request
 * @param firstRequest how long a new connection may take to send the head of its first request
 * @param drainTimeout how long a congested socket may take to drain
 * @param closeTimeout how long a peer may take to answer a close frame
 */
public record Heartbeat(
        Duration checkInterval,
        Duration pingAfter,
        Duration closeAfter,
        Duration firstRequest,
        Duration drainTimeout,
        Duration closeTimeout) {
    public static final Heartbeat STANDARD = new Heartbeat(
            Duration.ofSeconds(5),
            Duration.ofSeconds(25),
            Duration.ofSeconds(60),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(5));
}
