package im.hongyan.loadtest.experiment;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Runs short system commands. */
final class Commands {
    private static final long SECONDS = 10;

    private Commands() {}

    /** @throws ExperimentFailure with the command's output if it fails */
    static String run(String... command) {
        String line = String.join(" ", command);
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new ExperimentFailure(line + " hangs");
            }
            if (process.exitValue() != 0) {
                throw new ExperimentFailure(line + ": " + said);
            }
            return said;
        } catch (IOException e) {
            throw new ExperimentFailure(line + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExperimentFailure("interrupted", e);
        }
    }

    static boolean succeeds(String... command) {
        try {
            run(command);
            return true;
        } catch (ExperimentFailure e) {
            return false;
        }
    }
}
