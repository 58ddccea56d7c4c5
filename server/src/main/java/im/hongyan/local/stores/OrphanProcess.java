package im.hongyan.local.stores;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A child process that outlived its server, found by its pid file. */
final class OrphanProcess {
    private static final Logger LOG = LoggerFactory.getLogger(OrphanProcess.class);

    private OrphanProcess() {}

    /** The process id in the first line of a file, if there is one. */
    static Optional<Long> pidIn(Path file) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(file)) {
            return lines.findFirst()
                    .map(String::strip)
                    .filter(line -> line.matches("\\d{1,18}"))
                    .map(Long::valueOf);
        }
    }

    /**
     * Stops the process that a pid file names, if its command line contains {@code mark}.
     *
     * @param mark text that only the expected process has on its command line, because the process id may have been
     *     reused
     * @return true if no process with that id is left
     */
    static boolean stop(Path pidFile, String mark, Duration timeout) throws IOException, InterruptedException {
        Optional<ProcessHandle> found = pidIn(pidFile).flatMap(ProcessHandle::of);
        if (found.isEmpty()) {
            return true;
        }
        ProcessHandle process = found.get();
        if (!process.info().commandLine().orElse("").contains(mark)) {
            return false;
        }
        LOG.info("Stopping process {}, which a killed server left behind", process.pid());
        Signals.stop(process, timeout);
        return !process.isAlive();
    }
}
