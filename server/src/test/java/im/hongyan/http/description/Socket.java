package im.hongyan.http.description;

import static im.hongyan.store.StoresExtension.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A socket that knows nothing of the protocol: it sends and receives the JSON of the examples. */
final class Socket {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final List<JsonNode> frames = new ArrayList<>();
    /** Kept, because Vert.x closes an unreferenced client with its sockets. */
    private final WebSocketClient client;

    private final ClientWebSocket socket;
    private final Consumer<JsonNode> observer;

    private Socket(WebSocketClient client, ClientWebSocket socket, Consumer<JsonNode> observer) {
        this.client = client;
        this.socket = socket;
        this.observer = observer;
    }

    /** @param observer sees each frame that comes */
    static Socket open(Vertx vertx, URI node, String token, Consumer<JsonNode> observer) throws Exception {
        // The handler is set before the connection opens, because the first frame can arrive at once.
        WebSocketClient client = vertx.createWebSocketClient();
        ClientWebSocket socket = client.webSocket();
        Socket open = new Socket(client, socket, observer);
        socket.textMessageHandler(open::received);
        WebSocketConnectOptions options = new WebSocketConnectOptions()
                .setHost(node.getHost())
                .setPort(node.getPort())
                .setURI("/ws")
                .addSubProtocol("hongyan.v1")
                .addSubProtocol("bearer." + token);
        await(socket.connect(options));
        open.take(frame -> frame.get("type").asText().equals("welcome"));
        return open;
    }

    private void received(String text) {
        JsonNode frame = Documents.tree(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        // First, so that a frame which a test waited for has been observed.
        observer.accept(frame);
        synchronized (frames) {
            frames.add(frame);
            frames.notifyAll();
        }
    }

    void send(JsonNode frame) {
        socket.writeTextMessage(frame.toString());
    }

    /** Removes and returns the first received or future frame that satisfies the condition. */
    JsonNode take(Predicate<JsonNode> condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        synchronized (frames) {
            while (true) {
                for (JsonNode frame : frames) {
                    if (condition.test(frame)) {
                        frames.remove(frame);
                        return frame;
                    }
                }
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    throw new AssertionError("it did not come; what came: " + frames);
                }
                frames.wait(left);
            }
        }
    }

    /** Stops reading, so that the server's output backs up. */
    void pause() {
        socket.pause();
    }

    void resume() {
        socket.resume();
    }

    void close() {
        socket.close();
        client.close();
    }
}
