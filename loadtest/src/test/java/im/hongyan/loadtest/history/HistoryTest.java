package im.hongyan.loadtest.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.loadtest.history.Event.Gone;
import im.hongyan.loadtest.history.Event.Started;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
    @TempDir
    Path folder;

    @Test
    void read_ofSeveralFiles_givesBackWhatWasRecorded() throws IOException {
        List<Event> events = ModelServer.history(42);
        Path first = folder.resolve("first");
        Path second = folder.resolve("second");
        try (History a = History.appendingTo(first);
                History b = History.appendingTo(second)) {
            events.subList(0, 20).forEach(a::record);
            events.subList(20, events.size()).forEach(b::record);
        }

        assertThat(History.read(List.of(first, second)).events()).isEqualTo(events);
    }

    @Test
    void writeTo_thenRead_isTheSame() throws IOException {
        History history = new History();
        ModelServer.history(3).forEach(history::record);
        Path file = folder.resolve("all");
        history.writeTo(file);

        assertThat(History.read(List.of(file)).events()).isEqualTo(history.events());
    }

    @Test
    void read_ofAKilledProcess_forgivesTheHalfLine() throws IOException {
        Path file = folder.resolve("killed");
        try (History history = History.appendingTo(file)) {
            history.record(new Started("a/0", "a"));
        }
        Files.writeString(file, "{\"e\":\"gone\",\"cli", StandardOpenOption.APPEND);

        assertThat(History.read(List.of(file)).events()).containsExactly(new Started("a/0", "a"));
    }

    @Test
    void read_ofABadLineInTheMiddle_namesIt() throws IOException {
        Path file = folder.resolve("bad");
        Files.writeString(
                file, "{\"e\":\"gone\",\"client\":\"a\"}\n{\"e\":\"gone\"}\n{\"e\":\"gone\",\"client\":\"b\"}\n");

        assertThatThrownBy(() -> History.read(List.of(file)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file + ":2")
                .hasMessageContaining("client");
    }

    @Test
    void record_byManyThreads_keepsAll() throws InterruptedException {
        History history = new History();
        List<Thread> threads = java.util.stream.IntStream.range(0, 4)
                .mapToObj(t -> new Thread(() -> {
                    for (int i = 0; i < 1000; i++) {
                        history.record(new Gone("c" + t + "-" + i));
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(history.events()).hasSize(4000).doesNotHaveDuplicates();
    }
}
