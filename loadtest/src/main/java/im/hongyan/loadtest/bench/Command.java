package im.hongyan.loadtest.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs other programs, each with a timeout. */
final class Command {
    private static final long MAX_SECONDS = 120;

    private Command() {}

    /**
     * Runs a program.
     *
     * @param input its standard input; null for none
     * @return its output
     * @throws BenchFailure with its output if it fails
     */
    static String run(List<String> command, Map<String, String> environment, Path input) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        if (input != null) {
            builder.redirectInput(input.toFile());
        }
        String name = command.get(0);
        Process process = null;
        try {
            process = builder.start();
            if (input == null) {
                process.getOutputStream().close();
            }
            Process started = process;
            String said = CompletableFuture.supplyAsync(() -> read(started)).get(MAX_SECONDS, TimeUnit.SECONDS);
            if (process.waitFor() != 0) {
                throw new BenchFailure(name + ": " + said.strip());
            }
            return said;
        } catch (IOException e) {
            throw new BenchFailure(name + ": " + e.getMessage(), e);
        } catch (TimeoutException e) {
            throw new BenchFailure(name + " takes more than " + MAX_SECONDS + " s", e);
        } catch (java.util.concurrent.ExecutionException e) {
            throw new BenchFailure(name + ": " + e.getCause().getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchFailure("interrupted", e);
        } finally {
            if (process != null) {
                process.destroy();
            }
        }
    }

    private static String read(Process process) {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
