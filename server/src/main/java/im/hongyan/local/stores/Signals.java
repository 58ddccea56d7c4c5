package im.hongyan.local.stores;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Stops processes by signals. PostgreSQL and Redis stop in order on SIGINT, even if clients are connected. */
final class Signals {
    private Signals() {}

    static void stop(ProcessHandle process, Duration timeout) throws InterruptedException {
        stop(process, "INT", timeout);
    }

    /** Sends {@code signal}; SIGQUIT if the process is alive after {@code timeout}; SIGKILL after five more seconds. */
    static void stop(ProcessHandle process, String signal, Duration timeout) throws InterruptedException {
        send(signal, process);
        if (awaitExit(process, timeout)) {
            return;
        }
        // On SIGQUIT PostgreSQL ends without a checkpoint and recovers from its log at the next start.
        send("QUIT", process);
        if (!awaitExit(process, Duration.ofSeconds(5))) {
            process.destroyForcibly();
            awaitExit(process, Duration.ofSeconds(5));
        }
    }

    private static void send(String signal, ProcessHandle process) throws InterruptedException {
        try {
            // Java can send only SIGKILL and SIGTERM, on which PostgreSQL waits for its clients.
            new ProcessBuilder("/bin/sh", "-c", "kill -" + signal + " " + process.pid())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            process.destroy();
        }
    }

    static boolean awaitExit(ProcessHandle process, Duration timeout) throws InterruptedException {
        try {
            process.onExit().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return !process.isAlive();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
