package im.hongyan.gateway;

import im.hongyan.protocol.SessionId;
import im.hongyan.protocol.UserId;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/**
 * The first frame on a socket.
 *
 * @param node the boot id of this node
 * @param epoch of the database: another one than before means that cursors are void
 * @param features the frame types that this node answers
 */
public record Welcome(
        UserId user,
        SessionId session,
        String node,
        String epoch,
        List<String> features,
        Instant serverTime,
        int heartbeatSeconds) {

    /** What a node says of itself to every client. */
    public record Node(String bootId, Supplier<String> epoch) {}

    record Ping() {}

    record Pong(Instant serverTime) {
        static Pong now() {
            return new Pong(Instant.now());
        }
    }

    record SyncRequired() {}
}
