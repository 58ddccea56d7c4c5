package im.hongyan.gateway;

import im.hongyan.protocol.HttpChannel;
import io.vertx.core.http.HttpConnection;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Ends HTTP connections whose latest request, or whose opening, is too long ago: nobody uses them, or somebody sends or
 * reads a byte now and then to keep them. One event loop's.
 */
final class HttpIdleTimeout {
    private final Map<HttpConnection, Long> since = new HashMap<>();
    private final long nanos;

    HttpIdleTimeout(Duration deadline) {
        this.nanos = deadline.toNanos();
    }

    void opened(HttpConnection connection) {
        used(connection);
        connection.closeHandler(none -> forget(connection));
    }

    void used(HttpConnection connection) {
        since.put(connection, System.nanoTime());
    }

    /** It has ended, or has become a WebSocket. */
    void forget(HttpConnection connection) {
        since.remove(connection);
    }

    void tick(long now) {
        List.copyOf(since.entrySet()).forEach(one -> {
            if (HttpChannel.isHeld(one.getKey())) {
                used(one.getKey());
            } else if (now - one.getValue() > nanos) {
                forget(one.getKey());
                HttpChannel.abort(one.getKey());
            }
        });
    }
}
