package im.hongyan.delivery;

import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Principal;
import io.vertx.core.Context;

/** A client's connection to this node, as delivery sees it: a destination for frames, without its WebSocket. */
public interface ClientConnection {
    Principal principal();

    /** The event loop on which {@link #offer} must be called. */
    Context context();

    /**
     * Sends a frame. If the client reads too slowly, drops it as its {@link Frame.DropPolicy} says. Only on {@link
     * #context()}.
     *
     * @return false if the connection is closed. This call closes it if it cannot take a frame that must not be dropped
     */
    boolean offer(Frame frame);

    /** Closes the connection because its session has opened too many. From any thread. */
    void closeAsReplaced();

    /** As {@link #close}, but first waits a moment for the answers to pending requests. From any thread. */
    void closeGracefully(int code, String reason);

    /** Closes the connection with a WebSocket close code. From any thread; closing twice has no effect. */
    void close(int code, String reason);
}
