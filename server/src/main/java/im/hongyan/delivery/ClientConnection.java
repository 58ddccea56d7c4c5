package im.hongyan.delivery;

import im.hongyan.protocol.Frame;
import im.hongyan.protocol.Principal;
import io.vertx.core.Context;

/** Where frames for one signed-in device go: a socket of this node, seen without its socket. */
public interface ClientConnection {
    Principal caller();

    /** The event loop on which {@link #offer} is called. */
    Context context();

    /** Sends a frame, or drops it as its {@link Frame.DropPolicy} says if the peer reads too slowly. On {@link #context()} only. */
    void offer(Frame frame);

    /** Ends the connection: its session has opened too many. From any thread. */
    void replaced();

    /** As {@link #close}, but not before requests that are under way have been answered, if that takes no more than a moment. */
    void leave(int code, String reason);

    /** Ends the connection with a WebSocket close code. From any thread; closing twice does nothing. */
    void close(int code, String reason);
}
