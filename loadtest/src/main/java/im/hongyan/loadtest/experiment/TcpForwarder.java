package im.hongyan.loadtest.experiment;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.time.Duration;

/** Forwards connections of nodes in other networks to a store that listens on a local address only. */
final class TcpForwarder implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final NetServer server;
    private final NetClient client;

    private TcpForwarder(NetServer server, NetClient client) {
        this.server = server;
        this.client = client;
    }

    static TcpForwarder open(Vertx vertx, String host, int port) {
        NetClient client = vertx.createNetClient();
        NetServer server = vertx.createNetServer();
        server.connectHandler(from -> join(client, from, port));
        Await.result(server.listen(port, host), PATIENCE, "listening on " + host + ":" + port);
        return new TcpForwarder(server, client);
    }

    private static void join(NetClient client, NetSocket from, int port) {
        from.pause();
        client.connect(port, "127.0.0.1").onFailure(e -> from.close()).onSuccess(to -> {
            from.pipeTo(to);
            to.pipeTo(from);
            from.closeHandler(closed -> to.close());
            to.closeHandler(closed -> from.close());
        });
    }

    @Override
    public void close() {
        Await.result(server.close(), PATIENCE, "closing a forward");
        Await.result(client.close(), PATIENCE, "closing a forward");
    }
}
