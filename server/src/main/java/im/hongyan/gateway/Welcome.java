package im.hongyan.gateway;

import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/**
 * The first frame on a socket.
 *
 * @param node this node's boot id
 * @param epoch the epoch of the database; if it changes, the client's cursors are invalid
 * @param features the request types that this node supports
 */
public record Welcome(
        UserId user,
        SessionId session,
        String node,
        String epoch,
        List<String> features,
        Instant serverTime,
        int heartbeatSeconds) {

    /** The type of the frame that checks whether a connection is alive. */
    static final String PING = "ping";

    /** What every client learns about its node. */
    public record Node(String bootId, Supplier<String> epoch) {}

    record Ping() {}

    record Pong(Instant serverTime) {
        static Pong now() {
            return new Pong(Instant.now());
        }
    }

    record SyncRequired() {}
}
