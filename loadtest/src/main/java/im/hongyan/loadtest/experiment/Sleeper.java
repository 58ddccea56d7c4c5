package im.hongyan.loadtest.experiment;

import im.hongyan.loadtest.client.Credentials;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import java.time.Duration;

/** A client that never asks whether its server is still there, as one on a machine that sleeps as long as the server. */
final class Sleeper implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final WebSocketClient client;
    private volatile boolean listening;
    private volatile String told = "nothing";

    private Sleeper(WebSocketClient client, WebSocket socket) {
        this.client = client;
        socket.textMessageHandler(text -> {
            if (text.contains("sync.required")) {
                tell("to sync");
            }
        });
        socket.closeHandler(closed -> tell("to go elsewhere (" + socket.closeStatusCode() + ")"));
    }

    static Sleeper on(Cluster cluster, int node, Credentials who) {
        WebSocketClient client = cluster.vertx().createWebSocketClient();
        WebSocketConnectOptions handshake = cluster.client(node).handshake();
        handshake.putHeader("Authorization", "Bearer " + who.accessToken());
        WebSocket socket = Await.result(client.connect(handshake), PATIENCE, "a socket that sleeps");
        return new Sleeper(client, socket);
    }

    private void tell(String what) {
        if (listening && told.equals("nothing")) {
            told = what;
        }
    }

    /** What it is told counts from now on. */
    void listen() {
        listening = true;
    }

    boolean awaitTold(Duration atMost) {
        return Await.until(() -> !told.equals("nothing"), atMost);
    }

    String told() {
        return told;
    }

    @Override
    public void close() {
        Await.result(client.close().otherwiseEmpty(), PATIENCE, "closing");
    }
}
