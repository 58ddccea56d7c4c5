package im.hongyan.loadtest.experiment;

import im.hongyan.loadtest.client.Credentials;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import java.time.Duration;

/**
 * A client that never checks whether its server is alive, like one on a machine that was suspended together with the
 * server.
 */
final class SuspendedClient implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final WebSocketClient client;
    private volatile boolean listening;
    private volatile String received = "nothing";

    private SuspendedClient(WebSocketClient client, WebSocket socket) {
        this.client = client;
        socket.textMessageHandler(text -> {
            if (text.contains("sync.required")) {
                tell("sync.required");
            }
        });
        socket.closeHandler(closed -> tell("close code " + socket.closeStatusCode()));
    }

    static SuspendedClient on(Cluster cluster, int node, Credentials who) {
        WebSocketClient client = cluster.vertx().createWebSocketClient();
        WebSocketConnectOptions handshake = cluster.client(node).handshake();
        handshake.putHeader("Authorization", "Bearer " + who.accessToken());
        WebSocket socket = Await.result(client.connect(handshake), PATIENCE, "a socket of a suspended client");
        return new SuspendedClient(client, socket);
    }

    private void tell(String what) {
        if (listening && received.equals("nothing")) {
            received = what;
        }
    }

    /** Starts to count what the server sends. */
    void listen() {
        listening = true;
    }

    boolean awaitTold(Duration atMost) {
        return Await.until(() -> !received.equals("nothing"), atMost);
    }

    String received() {
        return received;
    }

    @Override
    public void close() {
        Await.result(client.close().otherwiseEmpty(), PATIENCE, "closing");
    }
}
