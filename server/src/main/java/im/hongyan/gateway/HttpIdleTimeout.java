package im.hongyan.gateway;

import im.hongyan.protocol.HttpChannel;
import io.vertx.core.http.HttpConnection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Closes HTTP connections that sent no request for too long. Unlike Vert.x's own timeout, it also closes connections
 * that send or read single bytes to stay open. Belongs to one event loop.
 */
final class HttpIdleTimeout {
    /** When a connection was opened or sent its last request, and whether it sent one. */
    private record Use(long at, boolean requested) {}

    /** The connections, the longest idle first. */
    private final Map<HttpConnection, Use> uses = new LinkedHashMap<>();

    private final long timeoutNanos;
    private final long firstRequestNanos;

    HttpIdleTimeout(Heartbeat heartbeat) {
        this.timeoutNanos = heartbeat.closeAfter().toNanos();
        this.firstRequestNanos = heartbeat.firstRequest().toNanos();
    }

    void opened(HttpConnection connection) {
        put(connection, false);
        connection.closeHandler(none -> remove(connection));
    }

    void touch(HttpConnection connection) {
        put(connection, true);
    }

    private void put(HttpConnection connection, boolean requested) {
        uses.remove(connection);
        uses.put(connection, new Use(System.nanoTime(), requested));
    }

    /** The connection has ended or become a WebSocket. */
    void remove(HttpConnection connection) {
        uses.remove(connection);
    }

    void closeIdle(long now) {
        List.copyOf(uses.entrySet()).forEach(entry -> {
            Use use = entry.getValue();
            if (HttpChannel.isHeld(entry.getKey())) {
                touch(entry.getKey());
            } else if (now - use.at() > (use.requested() ? timeoutNanos : firstRequestNanos)) {
                close(entry.getKey());
            }
        });
    }

    /**
     * Closes the connection that has been open the longest without a request; if all have sent one, the one that has
     * been idle the longest, unless it may still wait for its response.
     *
     * @return false if there is none
     */
    boolean closeIdlest() {
        long now = System.nanoTime();
        HttpConnection idlest = null;
        for (Map.Entry<HttpConnection, Use> entry : uses.entrySet()) {
            if (!entry.getValue().requested()) {
                idlest = entry.getKey();
                break;
            }
            if (idlest == null
                    && now - entry.getValue().at() > timeoutNanos / 2
                    && !HttpChannel.isHeld(entry.getKey())) {
                idlest = entry.getKey();
            }
        }
        if (idlest != null) {
            close(idlest);
        }
        return idlest != null;
    }

    private void close(HttpConnection connection) {
        remove(connection);
        HttpChannel.abort(connection);
    }
}
