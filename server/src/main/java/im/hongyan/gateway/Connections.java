package im.hongyan.gateway;

import im.hongyan.delivery.Presence;
import im.hongyan.delivery.Presence.Announcement;
import im.hongyan.protocol.Principal;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The connections of one event loop: opens them, registers them with presence, and removes them when they close. */
final class Connections {
    private final Presence presence;
    private final Admission admission;
    private final RequestDispatcher requests;
    private final WelcomeFrames welcomeFrames;
    private final GatewayOptions options;
    private final GatewayMetrics metrics;
    private final HttpIdleTimeout idleTimeout;
    private final Set<Connection> open = new LinkedHashSet<>();

    Connections(
            Presence presence,
            Admission admission,
            RequestDispatcher requests,
            WelcomeFrames welcomeFrames,
            GatewayOptions options,
            GatewayMetrics metrics,
            HttpIdleTimeout idleTimeout) {
        this.presence = presence;
        this.admission = admission;
        this.requests = requests;
        this.welcomeFrames = welcomeFrames;
        this.options = options;
        this.metrics = metrics;
        this.idleTimeout = idleTimeout;
    }

    /**
     * Upgrades a request to a WebSocket.
     *
     * @param address the client's address, which is released when the connection ends or does not open
     */
    void upgrade(Context context, HttpServerRequest request, Principal principal, String address) {
        presence.announce(principal).onSuccess(announcement -> {
            if (request.response().closed()) {
                // The client has given up, as many do in a storm of reconnects; Vert.x would throw an exception.
                abandon(principal, address);
                return;
            }
            request.toWebSocket()
                    .onSuccess(socket -> {
                        idleTimeout.remove(request.connection());
                        open(context, socket, principal, announcement, address);
                    })
                    .onFailure(failure -> abandon(principal, address));
        });
    }

    private void abandon(Principal principal, String address) {
        presence.withdraw(principal);
        admission.release(address);
    }

    private void open(
            Context context, ServerWebSocket socket, Principal principal, Announcement announcement, String address) {
        // The headers contain the token, and would live as long as the socket.
        socket.headers().clear();
        Connection connection =
                new Connection(socket, context, principal, new Registration(address), requests, options, metrics);
        try {
            connection.start();
        } catch (IllegalStateException alreadyClosed) {
            abandon(principal, address);
            return;
        }
        open.add(connection);
        String epoch = welcomeFrames.epoch();
        // Registered before the welcome is sent, so that the client gets every push from then on. No push precedes the
        // welcome, because each one is a later task of this event loop.
        presence.connected(connection, announcement);
        connection.offer(welcomeFrames.create(principal, epoch));
        presence.welcomed(connection);
        // Both may have changed while this connection was not registered yet.
        if (admission.isDraining() || !epoch.equals(welcomeFrames.epoch())) {
            connection.close(CloseCode.RESTART, "retry=100");
        }
    }

    /** Checks the heartbeats of all connections. */
    void tick(long now) {
        List.copyOf(open).forEach(connection -> connection.tick(now));
    }

    /** Removes a connection and releases its address when it ends. */
    private final class Registration implements Connection.Listener {
        private final String address;

        Registration(String address) {
            this.address = address;
        }

        @Override
        public void onClosed(Connection connection) {
            open.remove(connection);
            presence.disconnected(connection);
        }

        @Override
        public void onDisconnected(Connection connection) {
            admission.release(address);
        }
    }
}
