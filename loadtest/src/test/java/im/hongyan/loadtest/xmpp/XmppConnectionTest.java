package im.hongyan.loadtest.xmpp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against a server that knows the steps of RFC 7395 and one room. */
class XmppConnectionTest {
    private static final String FEATURES =
            "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>%s</stream:features>";

    private final Vertx vertx = Vertx.vertx();
    private final LinkedBlockingQueue<String> stanzas = new LinkedBlockingQueue<>();
    private final HttpServer server = get(vertx.createHttpServer(
                    new HttpServerOptions().setHost("127.0.0.1").setPort(0).setWebSocketSubProtocols(List.of("xmpp")))
            .webSocketHandler(this::accept)
            .listen());
    private final XmppClient client =
            new XmppClient(vertx, URI.create("ws://127.0.0.1:" + server.actualPort() + "/ws"), "example.org");

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("nothing after 60 s", e);
        }
    }

    private void accept(ServerWebSocket socket) {
        boolean[] signedIn = {false};
        socket.textMessageHandler(stanza -> {
            if (stanza.startsWith("<open")) {
                socket.writeTextMessage("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='example.org'/>");
                socket.writeTextMessage(FEATURES.formatted(
                        signedIn[0]
                                ? "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
                                : "<mechanisms><mechanism>PLAIN</mechanism></mechanisms>"));
            } else if (stanza.startsWith("<auth")) {
                String plain = stanza.substring(stanza.indexOf('>') + 1, stanza.indexOf("</auth>"));
                signedIn[0] =
                        new String(Base64.getDecoder().decode(plain), StandardCharsets.UTF_8).equals("\0u1\0secret");
                socket.writeTextMessage(signedIn[0] ? "<success/>" : "<failure><not-authorized/></failure>");
            } else if (stanza.startsWith("<iq")) {
                socket.writeTextMessage("<iq type='result' id='bind'><bind><jid>u1@example.org/x</jid></bind></iq>");
            } else if (stanza.startsWith("<presence to='room@")) {
                socket.writeTextMessage("<presence from='room@conference.example.org/u7'/>");
                socket.writeTextMessage(
                        "<presence from='room@conference.example.org/u1'><status code='110'/></presence>");
            } else if (stanza.startsWith("<message")) {
                socket.writeTextMessage(stanza);
            }
        });
    }

    private XmppConnection connect(String password) {
        return get(client.connect("u1", password, bytes -> stanzas.add(new String(bytes, StandardCharsets.UTF_8))));
    }

    @Test
    void connect_signsInAndBinds() {
        assertThat(connect("secret").address()).isEqualTo("u1@example.org");
    }

    @Test
    void connect_withAWrongPassword_isRefused() {
        assertThatThrownBy(() -> connect("guess")).hasMessageContaining("not-authorized");
    }

    @Test
    void join_waitsForItself() {
        get(connect("secret").join("room@conference.example.org"));

        assertThat(stanzas).anyMatch(stanza -> stanza.contains("code='110'"));
    }

    @Test
    void send_arrives() throws InterruptedException {
        XmppConnection connection = connect("secret");
        stanzas.clear();
        get(connection.send("<message to='u1@example.org'><body>hi</body></message>"));

        assertThat(stanzas.poll(10, TimeUnit.SECONDS)).contains("<body>hi</body>");
    }

    @Test
    void close_ends() {
        XmppConnection connection = connect("secret");
        get(connection.close());

        assertThatThrownBy(() -> get(connection.send("<presence/>"))).hasMessageContaining("closed");
    }
}
