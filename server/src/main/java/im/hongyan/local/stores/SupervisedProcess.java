package im.hongyan.local.stores;

import im.hongyan.store.StartFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A child on a port of 127.0.0.1 that is started again if it ends without having been told to. Methods block. */
final class SupervisedProcess {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisedProcess.class);
    private static final int ATTEMPTS = 20;
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration RESTART_DELAY = Duration.ofSeconds(1);
    private static final Duration MAX_RESTART_DELAY = Duration.ofSeconds(30);

    private final String name;
    private final Duration patience;
    private final Spawn spawn;
    private int port;
    private boolean portIsTold;
    private ChildProcess child;

    /** Starts the child on a port and waits until it can be used. */
    interface Spawn {
        ChildProcess on(int port) throws IOException, InterruptedException;
    }

    /** A start that failed for a reason that passes: the port was taken just now, a former child is not quite gone. */
    @SuppressWarnings("serial") // never serialised
    static final class TryAgain extends RuntimeException {
        final StartFailure failure;

        TryAgain(StartFailure failure) {
            super(failure.getMessage(), failure, false, false);
            this.failure = failure;
        }
    }

    SupervisedProcess(String name, Duration patience, Spawn spawn) {
        this.name = name;
        this.patience = patience;
        this.spawn = spawn;
    }

    synchronized int port() {
        return port;
    }

    synchronized long pid() {
        if (child == null) {
            throw new IllegalStateException(name + " is stopped");
        }
        return child.pid();
    }

    /** Starts it, unless it runs. */
    synchronized void start() {
        if (child != null && child.isAlive()) {
            return;
        }
        try {
            child = spawned();
            ChildProcess started = child;
            // Later starts take the same port: clients have its address.
            portIsTold = true;
            Thread watch = new Thread(() -> watch(started), name + "-watch");
            watch.setDaemon(true);
            watch.start();
        } catch (IOException e) {
            throw new StartFailure("The built-in " + name + " could not be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("The start of the built-in " + name + " was interrupted.", e);
        }
    }

    private ChildProcess spawned() throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            if (!portIsTold) {
                port = freePort();
            }
            try {
                return spawn.on(port);
            } catch (TryAgain e) {
                if (attempt == ATTEMPTS) {
                    throw e.failure;
                }
                Thread.sleep(PAUSE.toMillis());
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void watch(ChildProcess started) {
        try {
            int code = started.awaitExit();
            Duration delay = RESTART_DELAY;
            while (isCurrent(started)) {
                LOG.error(
                        "The built-in {} ended by itself with exit code {}; it is started again in {} s",
                        name,
                        code,
                        delay.toSeconds());
                Thread.sleep(delay.toMillis());
                if (restarted(started)) {
                    return;
                }
                delay = delay.multipliedBy(2);
                delay = delay.compareTo(MAX_RESTART_DELAY) < 0 ? delay : MAX_RESTART_DELAY;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean isCurrent(ChildProcess started) {
        return child == started;
    }

    /** Starts it again unless it was told to stop meanwhile; false if that failed. */
    private synchronized boolean restarted(ChildProcess ended) {
        if (child == ended) {
            try {
                start();
            } catch (StartFailure e) {
                LOG.error("{}", e.getMessage());
                return false;
            }
        }
        return true;
    }

    /** Stops it, in good order if it can be, within a bounded time. */
    void stop() {
        ChildProcess running;
        synchronized (this) {
            running = child;
            child = null;
        }
        if (running == null) {
            return;
        }
        try {
            running.stop(patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
