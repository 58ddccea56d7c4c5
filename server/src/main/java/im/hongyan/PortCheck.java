package im.hongyan;

import im.hongyan.config.Settings;
import im.hongyan.store.StartFailure;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Looks at the ports before anything is started: a start that fails at its last step has wasted a minute. */
final class PortCheck {
    private PortCheck() {}

    /** @throws StartFailure with a sentence that names the port and its setting */
    static void requireFree(Settings.Http http) {
        requireFree(http.host(), http.port(), "HONGYAN_HTTP_PORT", "HONGYAN_HTTP_HOST");
        requireFree(http.adminHost(), http.adminPort(), "HONGYAN_ADMIN_PORT", "HONGYAN_ADMIN_HOST");
    }

    private static void requireFree(String host, int port, String portSetting, String hostSetting) {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new StartFailure("The address " + host + " is unknown; correct " + hostSetting + ".");
        }
        try (ServerSocket socket = new ServerSocket()) {
            // As the server itself will do: connections of an earlier server that are just ending are no obstacle.
            socket.setReuseAddress(true);
            socket.bind(address);
        } catch (BindException e) {
            throw refused(address, String.valueOf(e.getMessage()), portSetting, hostSetting);
        } catch (IOException e) {
            throw refused(address, e.toString(), portSetting, hostSetting);
        }
    }

    private static StartFailure refused(InetSocketAddress address, String why, String portSetting, String hostSetting) {
        String host = address.getHostString();
        if (why.startsWith("Address already in use")) {
            return new StartFailure("Port " + address.getPort() + " on " + host
                    + " is taken by another program; stop it, or set " + portSetting + " to a port that is free.");
        }
        if (why.startsWith("Permission denied")) {
            return new StartFailure(
                    "Port " + address.getPort() + " is for root only; set " + portSetting + " to one above 1023.");
        }
        if (why.startsWith("Cannot assign requested address") || why.startsWith("Can't assign requested address")) {
            return new StartFailure("The address " + host + " is not one of this machine's; correct " + hostSetting
                    + " (0.0.0.0 is all of them).");
        }
        return new StartFailure("Port " + address.getPort() + " on " + host + " cannot be opened: " + why + ".");
    }
}
