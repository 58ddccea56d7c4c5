package im.hongyan.browser;

import com.microsoft.playwright.WebSocketRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A network that lets pages through, and WebSockets while the gate is open: some hotels have it. */
final class SocketGate {
    private final List<WebSocketRoute> passed = new ArrayList<>();
    private boolean open = true;

    private SocketGate() {}

    /** Loads the page anew behind a gate, which is open. */
    static SocketGate before(Tab tab) {
        SocketGate gate = new SocketGate();
        tab.page().routeWebSocket(Pattern.compile(".*/ws$"), gate::pass);
        tab.page().reload();
        return gate;
    }

    private void pass(WebSocketRoute socket) {
        if (open) {
            passed.add(socket);
            socket.connectToServer();
        } else {
            socket.close();
        }
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
