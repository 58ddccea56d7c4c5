package im.hongyan.call;

import java.time.Instant;
import java.util.List;

/** Issues the ICE servers for one participant of a call. Thread-safe. */
final class IceServers {
    /** A server as browsers take it ({@code RTCIceServer}). */
    record Server(List<String> urls, String username, String credential) {}

    /** @param expiresAt when the participant needs new ones */
    record Issued(List<Server> servers, Instant expiresAt) {}

    /** Whether media must take the relay. */
    boolean relayOnly() {
        return false;
    }

    Issued issue() {
        return new Issued(List.of(), Instant.now().plusSeconds(3_600));
    }
}
