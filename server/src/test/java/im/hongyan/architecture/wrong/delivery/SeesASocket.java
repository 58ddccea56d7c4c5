package im.hongyan.architecture.wrong.delivery;

import io.vertx.core.http.ServerWebSocket;

/** Sees what only the gateway may see. */
public final class SeesASocket {
    public boolean isClosed(ServerWebSocket socket) {
        return socket.isClosed();
    }
}
