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
 * A server that runs as our child. It is in a session of its own, so that Ctrl-C in the terminal reaches us alone and
 * we stop it when we are done with it. If we are killed, it is told to stop all the same: a watcher beside it reads from
 * a pipe whose other end only we hold.
 */
public final class ChildProcess {
    /**
     * Becomes the command that follows the name of the signal to end it with. The watcher is a grandchild, for the command must not find a child that it
     * does not know of; a line that it reads means that the command has ended by itself.
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

    private final Process process;
    private final String signal;
    private final CompletableFuture<Boolean> ready = new CompletableFuture<>();
    private final Deque<String> lastLines = new ArrayDeque<>();

    private ChildProcess(Process process, String signal) {
        this.process = process;
        this.signal = signal;
    }

    /** Starts a store, as {@link #start(String, List, Map, String, Consumer)}, that SIGINT ends. */
    static ChildProcess start(String name, List<String> command, String readyLine, Consumer<String> log)
            throws IOException {
        return start(name, INTERRUPT, command, Map.of(), readyLine, log);
    }

    /**
     * Starts a command. SIGTERM ends it: Java and HAProxy do not obey SIGINT if whoever started us ignores that, as a shell
     * has what runs in its background do.
     *
     * @param environment added to ours
     * @param readyLine the output has it in a line as soon as the server can be used
     * @param log gets each line of the output, on a thread of its own
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
        // macOS has no setsid command, but Perl.
        return isCommand("perl") ? List.of("perl", "-MPOSIX", "-e", "POSIX::setsid(); exec @ARGV") : List.of();
    }

    /** Whether a command of that name is on the path. */
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

    /** The end of its output. */
    public synchronized String output() {
        return String.join("\n", lastLines);
    }

    private void dismissWatcher() {
        try (OutputStream pipe = process.getOutputStream()) {
            pipe.write('\n');
        } catch (IOException e) {
            // The watcher has ended first.
        }
    }

    /** Waits until it can be used; false if it ended instead, or did not get there in time. */
    public boolean awaitReady(Duration atMost) throws InterruptedException {
        try {
            return ready.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
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

    /** @return its exit code; 128 and the number of the signal if one ended it */
    int awaitExit() throws InterruptedException {
        return process.waitFor();
    }

    /** Stops it: asks, insists after {@code patience}, and does not come back before it has ended. */
    public void stop(Duration patience) throws InterruptedException {
        Signals.stop(process.toHandle(), signal, patience);
    }
}
