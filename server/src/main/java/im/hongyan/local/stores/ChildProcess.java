package im.hongyan.local.stores;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * A server that runs as a child process. It has its own session, so that Ctrl-C in the terminal reaches only this
 * process, which then stops the child. If this process is killed, the child still stops: a watcher reads from a pipe
 * whose other end only this process holds, and signals the child when the pipe closes.
 */
public final class ChildProcess {
    /**
     * A shell script that starts the watcher and becomes the command. Its first argument is the signal that stops the
     * command. The watcher is a grandchild, so that the command has no child that it does not know. A line in the pipe
     * means that the command has ended by itself.
     */
    private static final String WATCHED =
            """
            exec 3<&0
            signal=$1
            shift
            ( ( IFS= read -r ended <&3 || kill -"$signal" $$ ) >/dev/null 2>&1 & )
            exec "$@" 3<&- </dev/null
            """;

    private static final String INTERRUPT = "INT";
    private static final String TERMINATE = "TERM";

    private static final int LINES_KEPT = 40;

    /** Unused by a command that exits by itself. */
    private static final String NO_READY_LINE = "\n";

    /** How long a command may take to stop if its partial work is discarded anyway. */
    private static final Duration ABORT_TIMEOUT = Duration.ofSeconds(2);

    private final Process process;
    private final String signal;
    private final CompletableFuture<Boolean> ready = new CompletableFuture<>();
    private final Deque<String> lastLines = new ArrayDeque<>();

    private ChildProcess(Process process, String signal) {
        this.process = process;
        this.signal = signal;
    }

    /** Starts a store, which SIGINT stops. See {@link #start(String, List, Map, String, Consumer)}. */
    static ChildProcess start(String name, List<String> command, String readyLine, Consumer<String> log)
            throws IOException {
        return start(name, INTERRUPT, command, Map.of(), readyLine, log);
    }

    /**
     * Runs a command that exits by itself. Sends SIGINT if it takes longer than {@code timeout} or if this thread is
     * interrupted.
     *
     * @return the command, which has exited
     */
    static ChildProcess run(String name, List<String> command, Duration timeout)
            throws IOException, InterruptedException {
        ChildProcess child = start(name, command, NO_READY_LINE, line -> {});
        try {
            child.process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } finally {
            if (child.isAlive()) {
                child.stop(ABORT_TIMEOUT);
            }
        }
        // Until all output has been read.
        child.awaitReady(ABORT_TIMEOUT);
        return child;
    }

    /**
     * Starts a command, which SIGTERM stops. Not SIGINT: a shell makes its background jobs ignore SIGINT, and Java and
     * HAProxy inherit that.
     *
     * @param environment variables in addition to this process's
     * @param readyLine part of the output line that says that the server is ready
     * @param log receives each line of the output on a separate thread
     */
    public static ChildProcess start(
            String name, List<String> command, Map<String, String> environment, String readyLine, Consumer<String> log)
            throws IOException {
        return start(name, TERMINATE, command, environment, readyLine, log);
    }

    private static ChildProcess start(
            String name,
            String signal,
            List<String> command,
            Map<String, String> environment,
            String readyLine,
            Consumer<String> log)
            throws IOException {
        List<String> all = new ArrayList<>(newSession());
        all.addAll(List.of("/bin/sh", "-c", WATCHED, name, signal));
        all.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        builder.environment().putAll(environment);
        ChildProcess child = new ChildProcess(builder.start(), signal);
        Thread reader = new Thread(() -> child.read(readyLine, log), name + "-output");
        reader.setDaemon(true);
        reader.start();
        return child;
    }

    private static List<String> newSession() {
        if (isCommand("setsid")) {
            return List.of("setsid");
        }
        // macOS has no setsid command, but it has Perl.
        return isCommand("perl") ? List.of("perl", "-MPOSIX", "-e", "POSIX::setsid(); exec @ARGV") : List.of();
    }

    /** Whether the PATH contains a command of this name. */
    public static boolean isCommand(String name) {
        return Arrays.stream(
                        System.getenv().getOrDefault("PATH", "/usr/bin:/bin").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    }

    private void read(String readyLine, Consumer<String> log) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                remember(line);
                log.accept(line);
                if (line.contains(readyLine)) {
                    ready.complete(true);
                }
            }
        } catch (IOException e) {
            remember(e.toString());
        }
        ready.complete(false);
        try {
            process.waitFor();
            dismissWatcher();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void remember(String line) {
        lastLines.addLast(line);
        if (lastLines.size() > LINES_KEPT) {
            lastLines.removeFirst();
        }
    }

    /** The last lines of the output. */
    public synchronized String output() {
        return String.join("\n", lastLines);
    }

    private void dismissWatcher() {
        try (OutputStream pipe = process.getOutputStream()) {
            pipe.write('\n');
        } catch (IOException e) {
            // The watcher has already ended.
        }
    }

    /** Waits until the server is ready; false if it ended, or was not ready in time. */
    public boolean awaitReady(Duration timeout) throws InterruptedException {
        try {
            return ready.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** @return the exit code; 128 plus the number of the signal if a signal ended the process */
    int awaitExit() throws InterruptedException {
        return process.waitFor();
    }

    /** Stops the process and waits until it has ended. After {@code timeout} it is stopped by force. */
    public void stop(Duration timeout) throws InterruptedException {
        Signals.stop(process.toHandle(), signal, timeout);
    }
}
