package im.hongyan.loadtest.client;

import java.time.Duration;
import java.util.Objects;

/**
 * Options of a {@link ChatClient}.
 *
 * @param connectTimeout for the TCP connection, and again for the upgrade and the welcome
 * @param requestTimeout for each answer, over HTTP and on sockets
 * @param maxMessageBytes the largest frame or message that the client accepts
 * @param localAddress the address to connect from, or null; ten thousand sockets may need several
 */
public record ClientOptions(
        Duration connectTimeout, Duration requestTimeout, int maxMessageBytes, String localAddress) {
    public ClientOptions {
        positive(connectTimeout, "connectTimeout");
        positive(requestTimeout, "requestTimeout");
        if (maxMessageBytes < 1024) {
            throw new IllegalArgumentException("maxMessageBytes must be at least 1024, not " + maxMessageBytes);
        }
    }

    public static ClientOptions defaults() {
        return new ClientOptions(Duration.ofSeconds(10), Duration.ofSeconds(10), 1 << 20, null);
    }

    public ClientOptions withRequestTimeout(Duration timeout) {
        return new ClientOptions(connectTimeout, timeout, maxMessageBytes, localAddress);
    }

    public ClientOptions withConnectTimeout(Duration timeout) {
        return new ClientOptions(timeout, requestTimeout, maxMessageBytes, localAddress);
    }

    public ClientOptions withLocalAddress(String address) {
        return new ClientOptions(connectTimeout, requestTimeout, maxMessageBytes, Objects.requireNonNull(address));
    }

    private static void positive(Duration value, String name) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " must be positive, not " + value);
        }
    }
}
