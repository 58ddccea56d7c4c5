package im.hongyan;

import im.hongyan.config.Settings;
import im.hongyan.store.StartFailure;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Checks that the ports are free before the start, which otherwise fails only at its last step, a minute later. */
final class PortCheck {
    private PortCheck() {}

    /** @throws StartFailure that names the port and its setting */
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
            // As the server does, so that closing connections of an earlier server do not block the port.
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
                    + " is in use by another program; stop it, or set " + portSetting + " to a free port.");
        }
        if (why.startsWith("Permission denied")) {
            return new StartFailure("Port " + address.getPort() + " requires root privileges; set " + portSetting
                    + " to a port above 1023.");
        }
        if (why.startsWith("Cannot assign requested address") || why.startsWith("Can't assign requested address")) {
            return new StartFailure("The address " + host + " does not belong to this machine; correct " + hostSetting
                    + " (0.0.0.0 stands for all addresses).");
        }
        return new StartFailure("Port " + address.getPort() + " on " + host + " cannot be opened: " + why + ".");
    }
}
