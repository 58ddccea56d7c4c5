package im.hongyan.loadtest.experiment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A child process whose output goes to a file. It ends with this process, unless this process is killed. Methods
 * block.
 */
final class ServerProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(35);

    private final String name;
    private final Process process;
    private final Path log;

    private ServerProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /** @param log the process's output is appended to it */
    static ServerProcess start(String name, List<String> command, Map<String, String> environment, Path log) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(log.getParent().toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeIf(variable -> variable.startsWith("HONGYAN_"));
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
            return new ServerProcess(name, process, log);
        } catch (IOException e) {
            throw new ExperimentFailure(name + " could not be started: " + e.getMessage(), e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new ExperimentFailure("no log of " + name, e);
        }
    }

    Path logFile() {
        return log;
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly();
        exit(Duration.ofSeconds(10));
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** SIGSTOP. */
    void freeze() {
        Commands.run("kill", "-STOP", Long.toString(process.pid()));
    }

    /** SIGCONT. */
    void thaw() {
        Commands.run("kill", "-CONT", Long.toString(process.pid()));
    }

    /** @return the exit code, or -1 if it has not ended by then */
    int exit(Duration atMost) {
        try {
            return process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS) ? process.exitValue() : -1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExperimentFailure("interrupted", e);
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            // The process may end just now.
            Commands.succeeds("kill", "-CONT", Long.toString(process.pid()));
            terminate();
            if (exit(PATIENCE) < 0) {
                kill();
            }
        }
    }
}
