package im.hongyan.local.stores;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A child of a former server that outlived it, found by the process id that it wrote down. */
final class OrphanProcess {
    private static final Logger LOG = LoggerFactory.getLogger(OrphanProcess.class);

    private OrphanProcess() {}

    /** The number in the first line of a file, if there is one. */
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
     * Stops the process that a file names, if it is one of ours.
     *
     * @param mark only a process of ours has it on its command line: a process id alone may be anybody's by now
     * @return true if no process of that id is left
     */
    static boolean stop(Path pidFile, String mark, Duration patience) throws IOException, InterruptedException {
        Optional<ProcessHandle> found = pidIn(pidFile).flatMap(ProcessHandle::of);
        if (found.isEmpty()) {
            return true;
        }
        ProcessHandle process = found.get();
        if (!process.info().commandLine().orElse("").contains(mark)) {
            return false;
        }
        LOG.info("Stopping process {}, left over by a server that was killed", process.pid());
        Signals.stop(process, patience);
        return !process.isAlive();
    }
}
