package im.hongyan.loadtest.xmpp;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.internal.VertxInternal;
import java.net.URI;
import java.util.function.Consumer;

/** Opens XMPP connections to one server. Thread-safe. */
public final class XmppClient {
    private static final int MAX_FRAME = 1 << 20;
    private static final int CONNECT_MS = 10_000;

    private final Vertx vertx;
    private final URI url;
    private final String domain;
    private final WebSocketClient sockets;

    /**
     * @param url such as {@code ws://127.0.0.1:5280/ws}
     * @param domain the XMPP host that the server serves
     */
    public XmppClient(Vertx vertx, URI url, String domain) {
        this.vertx = vertx;
        this.url = url;
        this.domain = domain;
        WebSocketClientOptions options = new WebSocketClientOptions();
        options.setConnectTimeout(CONNECT_MS);
        this.sockets = vertx.createWebSocketClient(options.setMaxConnections(Integer.MAX_VALUE)
                .setMaxFrameSize(MAX_FRAME)
                .setMaxMessageSize(MAX_FRAME)
                .setTryUsePerFrameCompression(false)
                .setTryUsePerMessageCompression(false));
    }

    /** Completes when the connection is signed in, bound and available for messages. */
    public Future<XmppConnection> connect(String username, String password, Consumer<byte[]> onStanza) {
        WebSocketConnectOptions handshake = new WebSocketConnectOptions();
        handshake
                .setHost(url.getHost())
                .setPort(url.getPort())
                .setURI(url.getPath())
                .setTimeout(CONNECT_MS);
        handshake.addSubProtocol("xmpp").setAllowOriginHeader(false);
        Context context = ((VertxInternal) vertx).createEventLoopContext();
        Promise<XmppConnection> connected = Promise.promise();
        context.runOnContext(go -> {
            XmppConnection connection = new XmppConnection(context, username, domain, onStanza);
            ClientWebSocket socket = sockets.webSocket();
            connection.listenTo(socket);
            socket.connect(handshake)
                    .compose(open -> connection.signIn(open, password))
                    .onComplete(connected);
        });
        return connected.future();
    }

    public String domain() {
        return domain;
    }

    public Future<Void> close() {
        return sockets.close();
    }
}
