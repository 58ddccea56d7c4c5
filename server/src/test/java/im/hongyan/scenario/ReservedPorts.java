package im.hongyan.scenario;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports below the ephemeral range, so that no other socket takes one while its server is stopped, and no connection
 * attempt connects to itself. Each process that runs tests has its own range.
 */
public final class ReservedPorts {
    private static final int COUNT = 100;

    private ReservedPorts() {}

    /** A port of 127.0.0.1 that is free now. */
    public static int next() throws IOException {
        int first = 18_700 + COUNT * Integer.getInteger("tests.fork", 1);
        for (int attempt = 0; attempt < COUNT; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(first, first + COUNT);
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (IOException e) {
                // The port is taken: try another one.
            }
        }
        throw new IOException("no port between " + first + " and " + (first + COUNT - 1) + " is free");
    }
}
