package im.hongyan.loadtest.client;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;

/**
 * Pings a silent server and gives up if it stays silent. A server behind a dead network sends nothing, and TCP notices
 * only after many minutes. Every frame from the server counts as a sign of life. Used on the event loop only.
 */
final class ChatHeartbeat {
    private final ChatConnection connection;
    private final Vertx vertx;
    private final long timer;
    private boolean heard = true;
    private boolean asked;

    /** @param seconds of silence before a ping, and again before giving up; 0 disables the heartbeat */
    ChatHeartbeat(ChatConnection connection, Vertx vertx, long seconds) {
        this.connection = connection;
        this.vertx = vertx;
        this.timer = seconds < 1 ? -1 : vertx.setPeriodic(seconds * 1000, tick -> tick());
    }

    void heard() {
        heard = true;
        asked = false;
    }

    private void tick() {
        if (!heard && asked) {
            connection.cut();
        } else if (!heard) {
            asked = true;
            connection.socket().writePing(Buffer.buffer());
        }
        heard = false;
    }

    void stop() {
        if (timer >= 0) {
            vertx.cancelTimer(timer);
        }
    }
}
