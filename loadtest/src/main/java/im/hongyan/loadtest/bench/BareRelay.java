package im.hongyan.loadtest.bench;

import io.vertx.core.Vertx;
import io.vertx.core.http.ServerWebSocket;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The least that a relay can do, as a process of its own: each text goes unread to the other sockets with the same
 * path, and its sender gets a short answer.
 */
final class BareRelay {
    private static final String ANSWER = "{\"type\":\"ok\",\"id\":\"7\",\"data\":{}}";

    private BareRelay() {}

    /** Prints its port. Ends when its standard input does. */
    public static void main(String[] args) throws Exception {
        Map<String, List<ServerWebSocket>> rooms = new ConcurrentHashMap<>();
        Vertx vertx = Vertx.vertx();
        vertx.createHttpServer()
                .webSocketHandler(socket -> {
                    List<ServerWebSocket> room =
                            rooms.computeIfAbsent(socket.path(), path -> new CopyOnWriteArrayList<>());
                    room.add(socket);
                    socket.closeHandler(closed -> room.remove(socket));
                    socket.textMessageHandler(text -> {
                        for (ServerWebSocket other : room) {
                            if (other != socket) {
                                other.writeTextMessage(text);
                            }
                        }
                        socket.writeTextMessage(ANSWER);
                    });
                })
                .listen(0, "127.0.0.1")
                .onSuccess(server -> System.out.println(server.actualPort()))
                .onFailure(e -> System.exit(1));
        System.in.transferTo(OutputStream.nullOutputStream());
        System.exit(0);
    }
}
