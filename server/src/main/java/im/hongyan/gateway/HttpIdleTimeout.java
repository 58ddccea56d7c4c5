package im.hongyan.gateway;

import im.hongyan.protocol.HttpChannel;
import io.vertx.core.http.HttpConnection;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Closes HTTP connections that sent no request for too long. Unlike Vert.x's own timeout, it also closes connections
 * that send or read single bytes to stay open. Belongs to one event loop.
 */
final class HttpIdleTimeout {
    private final Map<HttpConnection, Long> lastUsed = new HashMap<>();
    private final long timeoutNanos;

    HttpIdleTimeout(Duration timeout) {
        this.timeoutNanos = timeout.toNanos();
    }

    void opened(HttpConnection connection) {
        touch(connection);
        connection.closeHandler(none -> remove(connection));
    }

    void touch(HttpConnection connection) {
        lastUsed.put(connection, System.nanoTime());
    }

    /** The connection has ended or become a WebSocket. */
    void remove(HttpConnection connection) {
        lastUsed.remove(connection);
    }

    void closeIdle(long now) {
        List.copyOf(lastUsed.entrySet()).forEach(entry -> {
            if (HttpChannel.isHeld(entry.getKey())) {
                touch(entry.getKey());
            } else if (now - entry.getValue() > timeoutNanos) {
                remove(entry.getKey());
                HttpChannel.abort(entry.getKey());
            }
        });
    }
}
