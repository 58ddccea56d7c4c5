package im.hongyan.loadtest.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * The opening code alone, in a process of its own that waits between its turns. It runs server code, which this module
 * does not know.
 */
final class OpeningProcess implements AutoCloseable {
    private static final String MAIN = "im.hongyan.redenvelope.OpeningBenchmark";
    private static final String ANSWER = "result ";
    private static final long PATIENCE_SECONDS = 90;

    private final Process process;
    private final OutputStream commands;
    private final BufferedReader answers;
    private final Path folder;

    OpeningProcess(String classPath, Path data, String currency, Path folder) throws IOException {
        this.folder = folder;
        process = new ProcessBuilder("java", "-cp", classPath, MAIN, data.toString(), currency)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        commands = process.getOutputStream();
        answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Opens all envelopes, each by every user who wants it. */
    OpeningResults openAll(List<EnvelopeCrowd.Wish> wishes) {
        return open(wishes, false, Duration.ZERO, Duration.ZERO);
    }

    /** @param repeat whether users who have opened their last envelope open the first one again */
    OpeningResults open(List<EnvelopeCrowd.Wish> wishes, boolean repeat, Duration warmUp, Duration length) {
        List<String> lines = wishes.stream()
                .map(wish -> wish.opener().user() + " " + String.join(" ", wish.envelopes()))
                .toList();
        Map<String, String> said =
                ask("open " + file(lines) + " " + warmUp.toMillis() + " " + length.toMillis() + " " + repeat);
        return new OpeningResults(
                Double.parseDouble(said.get("rate")),
                Double.parseDouble(said.get("seconds")),
                Long.parseLong(said.get("opened")),
                Long.parseLong(said.get("empty")),
                Long.parseLong(said.get("already")) + Long.parseLong(said.get("other")),
                List.of(new Figure("batch", "", Double.parseDouble(said.get("batch")))));
    }

    private Path file(List<String> lines) {
        try {
            return Files.write(folder.resolve("wishes"), lines);
        } catch (IOException e) {
            throw new BenchFailure(e.getMessage(), e);
        }
    }

    private Map<String, String> ask(String command) {
        try {
            commands.write((command + "\n").getBytes(StandardCharsets.UTF_8));
            commands.flush();
            return CompletableFuture.supplyAsync(this::answer).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (IOException | ExecutionException | TimeoutException e) {
            throw new BenchFailure("the opening code: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchFailure("interrupted", e);
        }
    }

    private Map<String, String> answer() {
        try {
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.startsWith(ANSWER)) {
                    return Arrays.stream(line.substring(ANSWER.length()).split(" ", -1))
                            .map(pair -> pair.split("=", 2))
                            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
                }
                System.err.println(line);
            }
        } catch (IOException e) {
            throw new BenchFailure(e.getMessage(), e);
        }
        throw new BenchFailure("the process has ended");
    }

    @Override
    public void close() {
        process.destroy();
    }
}
