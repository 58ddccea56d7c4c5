package im.hongyan.browser;

import com.microsoft.playwright.WebSocketRoute;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/** A network that lets pages through, and WebSockets while the gate is open: some hotels have it. */
final class SocketGate {
    private final List<WebSocketRoute> passed = new ArrayList<>();
    private boolean open = true;
    /** The type of a request whose answer shall be lost. */
    private String lost;

    private SocketGate() {}

    /** Loads the page anew behind a gate, which is open. */
    static SocketGate before(Tab tab) {
        SocketGate gate = new SocketGate();
        tab.page().routeWebSocket(Pattern.compile(".*/ws$"), gate::pass);
        tab.page().reload();
        // What is opened while the page still starts may be closed again.
        tab.isOnline();
        return gate;
    }

    private void pass(WebSocketRoute socket) {
        if (open) {
            passed.add(socket);
            pass(socket, socket.connectToServer());
        } else {
            socket.close();
        }
    }

    private void pass(WebSocketRoute page, WebSocketRoute server) {
        Set<String> awaited = new HashSet<>();
        AtomicBoolean broken = new AtomicBoolean();
        page.onMessage(frame -> {
            JsonObject request = new JsonObject(frame.text());
            if (request.getString("type").equals(lost)) {
                awaited.add(request.getString("id"));
            }
            if (!broken.get()) {
                server.send(frame.text());
            }
        });
        server.onMessage(frame -> {
            if (awaited.contains(new JsonObject(frame.text()).getString("id"))) {
                lost = null;
                broken.set(true);
                page.close();
                server.close();
            } else if (!broken.get()) {
                page.send(frame.text());
            }
        });
    }

    /** The server gets the next request of this type and does it, and its connection breaks before the answer is there. */
    void loseAnswerTo(String type) {
        lost = type;
    }

    void open() {
        open = true;
    }

    /** Ends the sockets that there are, and those that are tried. */
    void shut() {
        open = false;
        passed.forEach(WebSocketRoute::close);
        passed.clear();
    }
}
