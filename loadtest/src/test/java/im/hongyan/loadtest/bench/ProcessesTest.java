package im.hongyan.loadtest.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessesTest {
    @TempDir
    Path folder;

    @Test
    void cpuMicros_countsChildrenThatEnded() throws IOException, InterruptedException {
        Process shell = new ProcessBuilder(
                        "sh", "-c", "(i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done); echo done; exec sleep 30")
                .start();
        try {
            Processes processes = new Processes(Map.of("shell", shell.pid()));
            assertThat(shell.inputReader().readLine()).isEqualTo("done");

            assertThat(processes.cpuMicros().get("shell"))
                    .as("the loop ran in a subshell that has ended")
                    .isGreaterThanOrEqualTo(50_000);
            assertThat(processes.rssKib("shell")).isPositive();
            assertThat(processes.pssKib("shell")).isPositive();
        } finally {
            shell.destroy();
        }
    }

    @Test
    void compilerMicros_isOfJavaOnly_andLessThanAll() throws IOException {
        Process sleep = new ProcessBuilder("sleep", "30").start();
        try {
            // The JIT compilers of this process have compiled at least the test's own code.
            assertThat(Processes.self().compilerMicros())
                    .isPositive()
                    .isLessThanOrEqualTo(Processes.self().cpuMicros().get("bench"));
            assertThat(new Processes(Map.of("sleep", sleep.pid())).compilerMicros())
                    .isZero();
        } finally {
            sleep.destroy();
        }
    }

    @Test
    void pidIn_findsTheFile() throws IOException {
        Path database = Files.createDirectories(folder.resolve("postgres/17"));
        Files.writeString(database.resolve("postmaster.pid"), "4711\n/data\n");

        assertThat(Processes.pidIn(folder, "postmaster.pid")).isEqualTo(4711);
    }
}
