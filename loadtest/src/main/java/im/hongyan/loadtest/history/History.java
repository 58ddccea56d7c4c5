package im.hongyan.loadtest.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * An append-only list of {@link Event}s, in memory or in a file with one JSON object per line, so that several
 * processes can contribute one each. Thread-safe; the order is that of the calls.
 */
public final class History implements Closeable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectWriter WRITER = JSON.writerFor(Event.class);
    private static final ObjectReader READER = JSON.readerFor(Event.class);

    private final List<Event> events = new ArrayList<>();
    private final BufferedWriter file;

    /** A history in memory. */
    public History() {
        this.file = null;
    }

    private History(BufferedWriter file) {
        this.file = file;
    }

    /**
     * A history that is appended to the file {@code path} and not kept in memory. {@link #flush} and {@link #close}
     * flush it. A process that is killed loses the tail, so it must not have claimed anything based on it.
     */
    public static History appendingTo(Path path) throws IOException {
        return new History(Files.newBufferedWriter(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    }

    /**
     * Reads what one or several processes wrote. Half a line is accepted only at the very end of a file, where a
     * killed process leaves one.
     *
     * @throws IOException that names the file and line that is not an event
     */
    public static History read(List<Path> paths) throws IOException {
        History history = new History();
        for (Path path : paths) {
            history.addAll(path, Files.readAllLines(path));
        }
        return history;
    }

    private void addAll(Path path, List<String> lines) throws IOException {
        for (int i = 0; i < lines.size(); i++) {
            try {
                events.add(READER.readValue(lines.get(i)));
            } catch (JsonProcessingException e) {
                if (i < lines.size() - 1) {
                    throw new IOException(path + ":" + (i + 1) + ": not an event: " + e.getOriginalMessage(), e);
                }
            }
        }
    }

    /** Appends an event. Blocks only on the disk. */
    public void record(Event event) {
        if (file == null) {
            synchronized (events) {
                events.add(event);
            }
            return;
        }
        try {
            String line = WRITER.writeValueAsString(event) + "\n";
            synchronized (events) {
                file.write(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot record the history", e);
        }
    }

    /** A copy of the events in memory, in order. */
    public List<Event> events() {
        if (file != null) {
            throw new IllegalStateException("this history is being written to a file: close it and read that");
        }
        synchronized (events) {
            return List.copyOf(events);
        }
    }

    /** Writes a history in memory to {@code path}, replacing the file. */
    public void writeTo(Path path) throws IOException {
        Files.deleteIfExists(path);
        try (History copy = appendingTo(path)) {
            events().forEach(copy::record);
        }
    }

    public void flush() throws IOException {
        if (file != null) {
            synchronized (events) {
                file.flush();
            }
        }
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            synchronized (events) {
                file.close();
            }
        }
    }
}
