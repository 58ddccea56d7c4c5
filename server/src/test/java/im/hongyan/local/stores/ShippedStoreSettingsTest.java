package im.hongyan.local.stores;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.store.StoresExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PostgreSQL and Redis accept the settings in {@code cluster-config/}. */
class ShippedStoreSettingsTest {
    private static final Path SHIPPED =
            Path.of("..", "cluster-config").toAbsolutePath().normalize();

    @TempDir
    Path folder;

    private record Said(int code, String text) {}

    @Test
    void postgres_shippedFile_isAccepted() throws Exception {
        assertThat(postgres(SHIPPED.resolve("postgresql.conf"), "synchronous_standby_names"))
                .isEqualTo(new Said(0, "ANY 1 (standby1, standby2)"));
        assertThat(postgres(SHIPPED.resolve("postgresql.conf"), "idle_in_transaction_session_timeout").text)
                .isEqualTo("30000");
    }

    @Test
    void postgres_unknownSetting_isRefused() throws Exception {
        Path wrong = Files.writeString(
                folder.resolve("wrong.conf"),
                Files.readString(SHIPPED.resolve("postgresql.conf")).replace("jit =", "jitter ="));
        assertThat(postgres(wrong, "max_connections").code).isNotZero();
    }

    private Said postgres(Path file, String setting) throws Exception {
        Path home = new Binaries(StoresExtension.runtime()).postgres(Platform.here());
        // Reads and checks the whole file and prints one setting, without starting a server.
        Process process = new ProcessBuilder(
                        home.resolve("bin/postgres").toString(),
                        "-C",
                        setting,
                        "-D",
                        folder.toString(),
                        "-c",
                        "config_file=" + file)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return new Said(process.waitFor(), text);
    }

    @ParameterizedTest
    @CsvSource({"redis.conf, Ready to accept connections", "redis-sentinel.conf, +monitor master hongyan"})
    void redis_shippedFile_starts(String name, String ready) throws Exception {
        // Sentinel writes to its file.
        Path file = Files.copy(SHIPPED.resolve(name), folder.resolve(name));
        List<String> command = new ArrayList<>(List.of(redis(), file.toString(), "--dir", folder.toString()));
        command.addAll(List.of("--port", Integer.toString(freePort())));
        if (name.contains("sentinel")) {
            command.add("--sentinel");
        }
        ChildProcess redis = ChildProcess.start("redis", command, Map.of(), ready, line -> {});
        try {
            assertThat(redis.awaitReady(Duration.ofSeconds(60)))
                    .as(redis::output)
                    .isTrue();
        } finally {
            redis.stop(Duration.ofSeconds(5));
        }
    }

    private static String redis() throws IOException {
        return new Binaries(StoresExtension.runtime())
                .redis(Platform.here().redis)
                .toString();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
