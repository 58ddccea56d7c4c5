package im.hongyan.loadtest.xmpp;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketFrame;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** One signed-in XMPP connection. Thread-safe. Stanzas arrive in order on the connection's event loop. */
public final class XmppConnection {
    private static final String OPEN = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='%s' version='1.0'/>";
    private static final String AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>";
    private static final String BIND = "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
    private static final String JOIN = "<presence to='%s/%s'><x xmlns='http://jabber.org/protocol/muc'>"
            + "<history maxstanzas='0'/></x></presence>";
    private static final String CLOSE = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>";
    private static final long STEP_MS = 30_000;

    /** A stanza that the client waits for: one that contains all of these texts. */
    private record Awaited(String one, String other, Promise<String> found) {}

    private final Context context;
    private final String username;
    private final String domain;
    private final Consumer<byte[]> onStanza;
    private final Queue<Awaited> awaited = new ArrayDeque<>();
    private final Promise<Void> closed = Promise.promise();
    private WebSocket socket;

    XmppConnection(Context context, String username, String domain, Consumer<byte[]> onStanza) {
        this.context = context;
        this.username = username;
        this.domain = domain;
        this.onStanza = onStanza;
    }

    void listenTo(ClientWebSocket opening) {
        opening.frameHandler(this::onFrame);
        opening.exceptionHandler(e -> {});
        opening.closeHandler(ended -> {
            String why = "the server closed the connection"
                    + (opening.closeStatusCode() == null ? "" : " with " + opening.closeStatusCode());
            awaited.forEach(step -> step.found.tryFail(why + " before " + step.one));
            closed.tryComplete();
        });
    }

    Future<XmppConnection> signIn(WebSocket open, String password) {
        socket = open;
        String plain = '\0' + username + '\0' + password;
        String credentials = Base64.getEncoder().encodeToString(plain.getBytes(StandardCharsets.UTF_8));
        return ask(OPEN.formatted(domain), "mechanism", "PLAIN")
                .compose(features -> ask(AUTH.formatted(credentials), "<success", ""))
                .compose(success -> ask(OPEN.formatted(domain), "features", "xmpp-bind"))
                .compose(features -> ask(BIND, "result", "<jid>"))
                .compose(bound -> write("<presence/>"))
                .map(this);
    }

    /** Joins a room and creates it if necessary. Completes when all current members have been shown. */
    public Future<Void> join(String room) {
        Promise<Void> joined = Promise.promise();
        run(() -> ask(JOIN.formatted(room, username), room, "code='110'")
                .<Void>mapEmpty()
                .onComplete(joined));
        return joined.future();
    }

    /** Writes a stanza without checking it. */
    public Future<Void> send(String stanza) {
        Promise<Void> written = Promise.promise();
        run(() -> write(stanza).onComplete(written));
        return written.future();
    }

    /** The address without its resource. */
    public String address() {
        return username + "@" + domain;
    }

    public Future<Void> close() {
        run(() -> write(CLOSE).onComplete(said -> socket.close()));
        return closed.future();
    }

    private Future<String> ask(String stanza, String one, String other) {
        Awaited step = new Awaited(one, other, Promise.promise());
        awaited.add(step);
        write(stanza).onFailure(step.found::tryFail);
        return step.found.future().timeout(STEP_MS, TimeUnit.MILLISECONDS).recover(e -> {
            awaited.remove(step);
            return e instanceof TimeoutException
                    ? Future.failedFuture("no " + one + " in time")
                    : Future.failedFuture(e);
        });
    }

    private Future<Void> write(String stanza) {
        return socket.isClosed() ? Future.failedFuture("closed") : socket.writeTextMessage(stanza);
    }

    private void onFrame(WebSocketFrame frame) {
        if (!frame.isText()) {
            return;
        }
        byte[] bytes = frame.binaryData().getBytes();
        onStanza.accept(bytes);
        if (!awaited.isEmpty()) {
            String stanza = new String(bytes, StandardCharsets.UTF_8);
            Awaited step = awaited.peek();
            if (stanza.contains(step.one) && stanza.contains(step.other)) {
                awaited.remove();
                step.found.tryComplete(stanza);
            } else if (stanza.contains("<failure") || stanza.contains("type='error'")) {
                awaited.remove();
                step.found.tryFail("refused: " + stanza);
            }
        }
    }

    private void run(Runnable task) {
        if (Vertx.currentContext() == context) {
            task.run();
        } else {
            context.runOnContext(go -> task.run());
        }
    }
}
