package im.hongyan.call;

import java.time.Instant;
import java.util.List;

/** The STUN and TURN servers for the participants of a call. */
final class IceServers {
    CallFrames.Ice issue() {
        return new CallFrames.Ice(List.of(), Instant.now().plusSeconds(3_600));
    }
}
