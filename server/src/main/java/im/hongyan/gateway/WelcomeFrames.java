package im.hongyan.gateway;

import im.hongyan.protocol.Frame;
import im.hongyan.protocol.FrameRoutes;
import im.hongyan.protocol.Principal;
import java.time.Instant;
import java.util.ArrayList;

/** Creates the first frame for each socket. Thread-safe. */
final class WelcomeFrames {
    private final FrameRoutes routes;
    private final Welcome.Node node;
    private final int heartbeatSeconds;

    WelcomeFrames(FrameRoutes routes, Welcome.Node node, Heartbeat heartbeat) {
        this.routes = routes;
        this.node = node;
        this.heartbeatSeconds = (int) heartbeat.pingAfter().toSeconds();
    }

    /** The current epoch of the database. */
    String epoch() {
        return node.epoch().get();
    }

    Frame create(Principal principal, String epoch) {
        Welcome welcome = new Welcome(
                principal.user(),
                principal.session(),
                node.bootId(),
                epoch,
                new ArrayList<>(routes.table().keySet()),
                Instant.now(),
                heartbeatSeconds);
        return routes.codec().push("welcome", welcome, Frame.DropPolicy.NEVER);
    }
}
