package im.hongyan.local.stores;

import im.hongyan.store.StartFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A child process with a port on 127.0.0.1 that is restarted if it crashes. Methods block. */
final class SupervisedProcess {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisedProcess.class);
    private static final int ATTEMPTS = 20;
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration RESTART_DELAY = Duration.ofSeconds(1);
    private static final Duration MAX_RESTART_DELAY = Duration.ofSeconds(30);

    private final String name;
    private final Duration stopTimeout;
    private final Spawner spawner;
    private int port;
    private boolean portIsFixed;
    private ChildProcess child;

    /** Starts the child on a port and waits until it is ready. */
    interface Spawner {
        ChildProcess spawn(int port) throws IOException, InterruptedException;
    }

    /** A start failed for a transient reason: the port was just taken, or a former child has not quite ended. */
    @SuppressWarnings("serial") // never serialised
    static final class TransientFailure extends RuntimeException {
        final StartFailure failure;

        TransientFailure(StartFailure failure) {
            super(failure.getMessage(), failure, false, false);
            this.failure = failure;
        }
    }

    SupervisedProcess(String name, Duration stopTimeout, Spawner spawner) {
        this.name = name;
        this.stopTimeout = stopTimeout;
        this.spawner = spawner;
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

    /** Starts the child unless it runs. */
    synchronized void start() {
        if (child != null && child.isAlive()) {
            return;
        }
        try {
            child = spawned();
            ChildProcess started = child;
            // Restarts use the same port, because clients have its address.
            portIsFixed = true;
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
            if (!portIsFixed) {
                port = freePort();
            }
            try {
                return spawner.spawn(port);
            } catch (TransientFailure e) {
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
                        "The built-in {} ended unexpectedly with exit code {}; restarting it in {} s",
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

    /** Restarts the child unless it was stopped meanwhile; false if the restart failed. */
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

    /** Stops the child within a bounded time, in order if possible. */
    void stop() {
        ChildProcess running;
        synchronized (this) {
            running = child;
            child = null;
        }
        if (running == null) {
            return;
        }
        // A start that was interrupted must still stop what it started, in order.
        boolean interrupted = Thread.interrupted();
        try {
            running.stop(stopTimeout);
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
