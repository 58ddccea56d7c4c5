package im.hongyan.browser;

import com.microsoft.playwright.WebSocketRoute;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/** A network that can block WebSockets while it lets HTTP through, like that of some hotels. */
final class SocketProxy {
    private final Tab tab;
    private final List<WebSocketRoute> passed = new ArrayList<>();
    private boolean blocked;
    /** The type of the request whose answer will be dropped, or null. */
    private String dropped;

    private SocketProxy(Tab tab) {
        this.tab = tab;
    }

    /** Reloads the page behind a proxy that does not block. */
    static SocketProxy install(Tab tab) {
        SocketProxy proxy = new SocketProxy(tab);
        tab.page().routeWebSocket(Pattern.compile(".*/ws$"), proxy::pass);
        tab.page().reload();
        // A socket that is opened while the page starts may be closed again.
        tab.assertOnline();
        return proxy;
    }

    private void pass(WebSocketRoute socket) {
        if (blocked) {
            socket.close();
        } else {
            passed.add(socket);
            pass(socket, socket.connectToServer());
        }
    }

    private void pass(WebSocketRoute page, WebSocketRoute server) {
        Set<String> awaited = new HashSet<>();
        AtomicBoolean broken = new AtomicBoolean();
        page.onMessage(frame -> {
            JsonObject request = new JsonObject(frame.text());
            if (request.getString("type").equals(dropped)) {
                awaited.add(request.getString("id"));
            }
            if (!broken.get()) {
                server.send(frame.text());
            }
        });
        server.onMessage(frame -> {
            if (awaited.contains(new JsonObject(frame.text()).getString("id"))) {
                dropped = null;
                broken.set(true);
                page.close();
                server.close();
            } else if (!broken.get()) {
                page.send(frame.text());
            }
        });
    }

    /** Passes the next request of this type to the server, and closes the connection instead of passing the answer. */
    void dropAnswerTo(String type) {
        dropped = type;
    }

    void unblock() {
        blocked = false;
    }

    /** Closes all sockets, and new ones until {@link #unblock}. Waits until the page has noticed. */
    void block() {
        blocked = true;
        passed.forEach(WebSocketRoute::close);
        passed.clear();
        tab.assertReconnecting();
    }
}
