package im.hongyan.local.stores;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Ends PostgreSQL, Redis and nodes. To both stores SIGINT means: stop now, in good order, whoever is connected. */
final class Signals {
    private Signals() {}

    static void stop(ProcessHandle process, Duration patience) throws InterruptedException {
        stop(process, "INT", patience);
    }

    /** That signal, SIGQUIT if it is not gone after {@code patience}, and SIGKILL after another five seconds. */
    static void stop(ProcessHandle process, String signal, Duration patience) throws InterruptedException {
        send(signal, process);
        if (awaitExit(process, patience)) {
            return;
        }
        // PostgreSQL ends without a checkpoint, and recovers from its log at the next start.
        send("QUIT", process);
        if (!awaitExit(process, Duration.ofSeconds(5))) {
            process.destroyForcibly();
            awaitExit(process, Duration.ofSeconds(5));
        }
    }

    private static void send(String signal, ProcessHandle process) throws InterruptedException {
        try {
            // Java itself knows only SIGTERM, on which PostgreSQL waits for its clients, and SIGKILL.
            new ProcessBuilder("/bin/sh", "-c", "kill -" + signal + " " + process.pid())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            process.destroy();
        }
    }

    static boolean awaitExit(ProcessHandle process, Duration atMost) throws InterruptedException {
        try {
            process.onExit().get(atMost.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return !process.isAlive();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
