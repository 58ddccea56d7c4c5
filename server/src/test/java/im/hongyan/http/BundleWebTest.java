package im.hongyan.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The build of the web client on platforms for which there is no esbuild. */
class BundleWebTest {
    private static final Path WEB = Path.of("src/main/resources/web");

    @TempDir
    Path folder;

    private Path library;

    @BeforeEach
    void putLibrary() throws Exception {
        library = folder.resolve("vendor/features/map/vendor/library.js");
        Files.createDirectories(library.getParent());
        Files.writeString(library, "export const answer = 42;");
    }

    @Test
    void withoutEsbuild_servesTheSources_andWarns() throws Exception {
        assertThat(build(folder.resolve("missing")))
                .isEqualTo("0: [WARNING] There is no esbuild for this platform, so the web client is served unbundled"
                        + " and loads more slowly.");

        List<String> sources;
        try (Stream<Path> files = Files.walk(WEB)) {
            sources = files.filter(Files::isRegularFile)
                    .map(file -> WEB.relativize(file).toString())
                    .sorted()
                    .toList();
        }
        List<String> served = new ArrayList<>(sources);
        served.add("features/map/vendor/library.js");
        assertThat(Files.readAllLines(folder.resolve("classes/web-files.txt")))
                .containsExactlyInAnyOrderElementsOf(
                        served.stream().map(name -> name + " no-cache").toList());
        for (String name : sources) {
            assertThat(folder.resolve("classes/web").resolve(name)).hasSameBinaryContentAs(WEB.resolve(name));
        }
        assertThat(folder.resolve("classes/web/features/map/vendor/library.js")).hasSameBinaryContentAs(library);
    }

    /** An archive with another layout is a mistake, not a missing platform. */
    @Test
    void folderWithoutTheProgram_failsTheBuild() throws Exception {
        Path empty = Files.createDirectory(folder.resolve("esbuild"));

        assertThat(build(empty)).startsWith("1: ").contains("no bin/esbuild in " + empty);
    }

    /** Returns the exit code and the output. */
    private String build(Path esbuild) throws Exception {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "src/main/build/BundleWeb.java",
                        WEB.toString(),
                        Files.createDirectories(folder.resolve("classes")).toString(),
                        folder.resolve("work").toString(),
                        esbuild.toString(),
                        folder.resolve("vendor").toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return process.exitValue() + ": "
                + Files.readString(output, StandardCharsets.UTF_8).strip();
    }
}
