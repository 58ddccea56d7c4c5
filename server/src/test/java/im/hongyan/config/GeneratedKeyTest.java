package im.hongyan.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeneratedKeyTest {
    @TempDir
    Path directory;

    @Test
    void in_secondCall_returnsSameKeyReadableByOwnerOnly() throws Exception {
        Path data = directory.resolve("data");
        SigningKey first = GeneratedKey.in(data);
        assertThat(GeneratedKey.in(data)).isEqualTo(first);
        assertThat(GeneratedKey.in(directory.resolve("other"))).isNotEqualTo(first);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("auth.key"))))
                .isEqualTo("rw-------");
        try (var files = Files.list(data)) {
            assertThat(files).containsExactly(data.resolve("auth.key"));
        }
    }

    @Test
    void in_severalThreads_returnOneKey() {
        assertThat(IntStream.range(0, 16).parallel().mapToObj(i -> generated()).distinct())
                .hasSize(1);
    }

    @Test
    void in_damagedFile_isNotReplaced() throws Exception {
        Files.writeString(directory.resolve("auth.key"), "half");
        assertThatThrownBy(() -> GeneratedKey.in(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is damaged; delete it");
        assertThat(directory.resolve("auth.key")).hasContent("half");
    }

    private SigningKey generated() {
        try {
            return GeneratedKey.in(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
