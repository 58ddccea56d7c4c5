package im.hongyan;

import static org.assertj.core.api.Assertions.assertThat;

import im.hongyan.local.demo.Demo;
import im.hongyan.store.PostgresAddress;
import im.hongyan.store.StoresExtension;
import im.hongyan.store.redis.RedisAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The program in a process of its own, as users run it. */
@Tag("processes")
class MainTest {
    @RegisterExtension
    static final StoresExtension stores = StoresExtension.empty();

    @TempDir
    Path directory;

    private final Map<String, String> environment = new HashMap<>();
    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void shareTheBinaries() throws IOException {
        Path data = Files.createDirectory(directory.resolve("data"));
        // Unpacked once for all tests.
        Files.createDirectories(StoresExtension.runtime());
        Files.createSymbolicLink(data.resolve("runtime"), StoresExtension.runtime());
        environment.put("HONGYAN_HTTP_PORT", "0");
    }

    @AfterEach
    void end() throws IOException {
        started.forEach(Process::destroyForcibly);
        Files.delete(directory.resolve("data").resolve("runtime"));
    }

    @Test
    void checkConfig_exposedDeveloperServer_warns() throws Exception {
        environment.put("HONGYAN_HTTP_HOST", "0.0.0.0");
        environment.put("HONGYAN_HTTP_TRUSTED_PROXIES", "10.0.0.0/8");

        Result checked = run("--check-config");

        assertThat(checked.code).isZero();
        assertThat(checked.output).isEqualTo("The settings are valid.\n");
        assertThat(checked.errors)
                .contains("WARNING  HONGYAN_HTTP_HOST:", "HONGYAN_PRODUCTION=true")
                .contains("WARNING  HONGYAN_HTTP_TRUSTED_PROXIES: 10.0.0.0/8");
    }

    @Test
    void serve_noSettings_runsDemoAndStopsInOrder() throws Exception {
        Process server = start("--demo");
        String site = awaitGreeting(server);

        assertThat(get(site + "health/ready")).contains("true");
        HttpRequest signIn = HttpRequest.newBuilder(URI.create(site + "api/v1/sessions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"username\":\"lin\",\"password\":\"" + Demo.PASSWORD + "\"}"))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(signIn, BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(201);

        Result second = run();
        assertThat(second.code).isEqualTo(1);
        assertThat(second.errors)
                .isEqualTo("The data folder " + directory.toRealPath().resolve("data")
                        + " is in use by another Hongyan server" + " (process " + server.pid()
                        + "); stop it, or set HONGYAN_DATA to another folder.\n");

        Result created = run("users", "create", "--count", "3", "--prefix", "goose");
        assertThat(created.code).as(created.errors).isZero();
        assertThat(created.output.lines()).hasSize(3).allMatch(line -> line.contains("\"accessToken\":\"ey"));

        Result ledger = run("reconcile");
        assertThat(ledger.code).as(ledger.output).isZero();
        assertThat(ledger.output).contains("balances").endsWith("The ledger adds up.\n");
        Result patterns = run("wallet", "anomalies");
        assertThat(patterns.code).as(patterns.output).isZero();
        assertThat(patterns.output).contains("circles: ");

        server.destroy();
        assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(server.exitValue()).isZero();
        assertThat(directory.resolve("data").resolve("postgres").resolve("postmaster.pid"))
                .doesNotExist();

        // Without a running server, on its data.
        Result more = run("users", "create", "--count", "1", "--prefix", "goose", "--no-tokens");
        assertThat(more.code).as(more.errors).isZero();
        assertThat(more.output).contains("\"username\":\"goose000004\"").doesNotContain("Token");
    }

    /** Otherwise an operator who names the wrong folder would get a good result. */
    @Test
    void reconcile_noDatabase_failsAndCreatesNone() throws Exception {
        for (List<String> command :
                List.of(List.of("reconcile"), List.of("wallet", "anomalies"), List.of("epoch", "renew"))) {
            Result result = run(command.toArray(String[]::new));
            assertThat(result.code).isEqualTo(1);
            assertThat(result.errors)
                    .isEqualTo(
                            "There is no database in " + directory.toRealPath().resolve("data")
                                    + ": name the server's data folder with HONGYAN_DATA or --config.\n");
            assertThat(directory.resolve("data").resolve("postgres")).doesNotExist();
        }
    }

    @Test
    void serve_invalidSettings_reportsAllAndStartsNothing() throws Exception {
        environment.put("HONGYAN_HTTP_PORT", "eighty");
        environment.put("HONGYAN_REDIS_ULR", "redis://:hunter2@redis");
        Result result = run();
        assertThat(result.code).isEqualTo(1);
        assertThat(result.errors)
                .isEqualTo(
                        """
                        The settings are invalid; nothing was started:
                          HONGYAN_HTTP_PORT: needs a whole number from 0 to 65535, not 'eighty'
                          HONGYAN_REDIS_ULR: unknown setting; did you mean 'HONGYAN_REDIS_URL'?
                        """);
        assertThat(directory.resolve("data").resolve("hongyan.lock")).doesNotExist();
        assertThat(run("--check-config").code).isEqualTo(1);
    }

    @Test
    void checkConfig_problemNamedByKey_saysHowTheVariableIsCalled() throws Exception {
        environment.put("HONGYAN_PRODUCTION", "true");
        assertThat(run("--check-config").errors)
                .contains("  auth.keys: production mode needs your own signing key")
                .endsWith("As an environment variable, http.port is HONGYAN_HTTP_PORT, and so on.\n");
    }

    @Test
    void serve_portTaken_failsBeforeStartingAnything() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            environment.put("HONGYAN_HTTP_PORT", port);
            environment.put("HONGYAN_ADMIN_PORT", "0");
            Result result = run();
            assertThat(result.code).isEqualTo(1);
            assertThat(result.errors)
                    .isEqualTo("Port " + port + " on 127.0.0.1 is in use by another program; stop it, or set"
                            + " HONGYAN_HTTP_PORT to a free port.\n");
            environment.put("HONGYAN_HTTP_PORT", "0");
            environment.put("HONGYAN_ADMIN_PORT", port);
            assertThat(run().errors).contains("Port " + port).contains("HONGYAN_ADMIN_PORT");
        }
        assertThat(directory.resolve("data").resolve("hongyan.lock")).doesNotExist();
    }

    @Test
    void serve_storeUnreachable_failsWithMessage() throws Exception {
        environment.put("HONGYAN_POSTGRES_URL", "postgresql://u:hunter2@127.0.0.1:1/d");
        environment.put("HONGYAN_POSTGRES_STARTUP_TIMEOUT_SECONDS", "0");
        environment.put("HONGYAN_REDIS_URL", "redis://127.0.0.1:1");
        Result result = run();
        assertThat(result.code).isEqualTo(1);
        assertThat(result.errors)
                .contains("PostgreSQL cannot be reached at postgresql://u@127.0.0.1:1/d: ")
                .doesNotContain("hunter2")
                .doesNotContain("\tat ");
    }

    @Test
    void serve_demoInProduction_fails() throws Exception {
        production();
        Result result = run("--demo");
        assertThat(result.code).isEqualTo(1);
        assertThat(result.errors).contains("--demo creates users with a well-known password");
        Result users = run("users", "create", "--count", "1");
        assertThat(users.code).isNotZero();
        assertThat(users.errors).contains("requires --in-production");
    }

    @Test
    void printConfig_showsOriginsWithoutSecrets() throws Exception {
        Files.writeString(directory.resolve("hongyan.properties"), "auth.issuer=geese\n");
        environment.put("HONGYAN_REDIS_URL", "redis://:hunter2@redis");
        Result result = run("--print-config");
        assertThat(result.code).isZero();
        assertThat(result.output)
                .contains("[environment HONGYAN_REDIS_URL]")
                .contains("redis.url=redis://:[redacted]@redis:6379")
                .contains("auth.issuer=geese")
                .doesNotContain("hunter2");
        assertThat(run("--check-config").output).isEqualTo("The settings are valid.\n");
        assertThat(run("--config", "none.properties").errors).contains("there is no such file");
    }

    @Test
    void serve_sigtermDuringStart_exitsWithoutStackTrace() throws Exception {
        for (String store : List.of("POSTGRES", "REDIS")) {
            try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
                silent.setSoTimeout(60_000);
                String scheme = store.equals("REDIS") ? "redis://:p" : "postgresql://u:p";
                String rest = store.equals("REDIS") ? "/0" : "/x?sslmode=disable";
                environment.put("HONGYAN_" + store + "_URL", scheme + "@127.0.0.1:" + silent.getLocalPort() + rest);
                Path errors = directory.resolve(store);
                Process server = builder()
                        .redirectErrorStream(true)
                        .redirectOutput(errors.toFile())
                        .start();
                started.add(server);
                // The start waits for an answer that never comes.
                silent.accept();
                server.destroy();
                assertThat(server.waitFor(25, TimeUnit.SECONDS)).as(store).isTrue();
                assertThat(Files.readString(errors))
                        .as(store)
                        .contains("Stopped")
                        .doesNotContain("\tat ", "Exception", "too long");
                assertThat(server.exitValue()).as(store).isZero();
                environment.remove("HONGYAN_" + store + "_URL");
            }
        }
    }

    /** As if the disk hung. */
    @Test
    void serve_sigtermDuringInitdb_exitsSoonAndLeavesNoProcess() throws Exception {
        Path output = directory.resolve("output");
        Process server = serveInto(output);
        ProcessHandle initdb = awaitInitdb(server);
        signal("STOP", initdb);
        server.destroy();
        assertStopped(server, output);
        assertNoProcessOfData();

        Process second = start();
        assertThat(awaitGreeting(second)).isNotNull();
        second.destroy();
        assertThat(second.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertNoProcessOfData();
    }

    @Test
    void serve_sigtermDuringClusterJoin_exitsWithoutStackTrace() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            silent.setSoTimeout(60_000);
            PostgresAddress postgres = stores.postgresAddress();
            RedisAddress redis = stores.redisAddress();
            environment.put(
                    "HONGYAN_POSTGRES_URL",
                    "postgresql://%s:%s@%s:%d/%s?sslmode=disable"
                            .formatted(
                                    postgres.user(),
                                    postgres.password(),
                                    postgres.host(),
                                    postgres.port(),
                                    postgres.database()));
            environment.put(
                    "HONGYAN_REDIS_URL",
                    "redis://:%s@%s:%d/0".formatted(redis.password().orElseThrow(), redis.host(), redis.port()));
            environment.put("HONGYAN_CLUSTER_ENABLED", "true");
            environment.put("HONGYAN_CLUSTER_PORT", Integer.toString(freePort()));
            environment.put("HONGYAN_CLUSTER_BUS_PORT", Integer.toString(freePort()));
            environment.put("HONGYAN_CLUSTER_MEMBERS", "127.0.0.1:" + silent.getLocalPort());
            Path output = directory.resolve("output");
            Process server = serveInto(output);
            // The node that it asks to join never answers.
            try (Socket joining = silent.accept()) {
                assertThat(joining.isConnected()).isTrue();
                server.destroy();
                assertStopped(server, output);
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private Process serveInto(Path output) throws IOException {
        Process server = builder()
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        started.add(server);
        return server;
    }

    /** The exit that the manual promises for a signal, in time, and without a stack trace. */
    private static void assertStopped(Process server, Path output) throws Exception {
        assertThat(server.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(output)).contains("Stopped").doesNotContain("\tat ", "Exception", "too long");
        assertThat(server.exitValue()).isZero();
    }

    /** The initdb of the server, as soon as it has begun to write. */
    private ProcessHandle awaitInitdb(Process server) throws Exception {
        awaitFile(directory.resolve("data").resolve("postgres.new"));
        awaitFile(directory.resolve("data").resolve("postgres.new").resolve("PG_VERSION"));
        return server.descendants()
                .filter(process -> process.info().command().orElse("").endsWith("bin/initdb"))
                .findFirst()
                .orElseThrow();
    }

    private static void awaitFile(Path file) throws Exception {
        try (WatchService created = file.getFileSystem().newWatchService()) {
            file.getParent().register(created, StandardWatchEventKinds.ENTRY_CREATE);
            while (!Files.exists(file)) {
                WatchKey key = created.poll(30, TimeUnit.SECONDS);
                assertThat(key).as("%s", file).isNotNull();
                key.pollEvents();
                key.reset();
            }
        }
    }

    private static void signal(String name, ProcessHandle process) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** Waits until no process has the data folder in its command line. */
    private void assertNoProcessOfData() throws Exception {
        String data = directory.resolve("data").toString();
        List<ProcessHandle> left = ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(data))
                .toList();
        for (ProcessHandle process : left) {
            assertThat(process.onExit())
                    .as("process %s", process.info().commandLine())
                    .succeedsWithin(Duration.ofSeconds(10));
        }
    }

    private void production() {
        environment.put("HONGYAN_PRODUCTION", "true");
        environment.put("HONGYAN_AUTH_KEYS", "a:zkj2lf0OAxdL5HjXvZ0Vd2wT7EwbW4Hq1uEw0VnQ9yqJtUuVZf4Qm3sKp8rY6cGx");
        environment.put("HONGYAN_POSTGRES_URL", "embedded");
        environment.put("HONGYAN_REDIS_URL", "embedded");
    }

    private record Result(int code, String output, String errors) {}

    private Result run(String... arguments) throws Exception {
        Path output = Files.createTempFile(directory, "output", "");
        Path errors = Files.createTempFile(directory, "errors", "");
        Process process = builder(arguments)
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        started.add(process);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), Files.readString(output), Files.readString(errors));
    }

    private Process start(String... arguments) throws IOException {
        Process process = builder(arguments)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        started.add(process);
        return process;
    }

    private ProcessBuilder builder(String... arguments) {
        List<String> command = Java.server();
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("HONGYAN_"));
        builder.environment().putAll(environment);
        return builder;
    }

    /** The address of the web client, as soon as the server prints it. */
    private static String awaitGreeting(Process server) throws IOException {
        String site = null;
        for (String line : (Iterable<String>) server.inputReader().lines()::iterator) {
            if (line.strip().startsWith("Open ")) {
                site = line.strip().substring("Open ".length()).strip();
            }
            if (line.contains("Ctrl-C stops it.")) {
                return site;
            }
        }
        throw new AssertionError("the server exited");
    }

    private static String get(String address) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString())
                .body();
    }
}
