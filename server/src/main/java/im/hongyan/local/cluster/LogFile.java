package im.hongyan.local.cluster;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process's output in a file that each start overwrites. Thread-safe; if the disk is full, lines are lost. */
final class LogFile implements AutoCloseable {
    private final Path file;
    private final PrintWriter writer;

    private LogFile(Path file, PrintWriter writer) {
        this.file = file;
        this.writer = writer;
    }

    static LogFile open(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        return new LogFile(file, new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.UTF_8), true));
    }

    Path file() {
        return file;
    }

    void line(String line) {
        writer.println(line);
    }

    @Override
    public void close() {
        writer.close();
    }
}
