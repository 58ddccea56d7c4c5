package im.hongyan.local.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.hongyan.Java;
import im.hongyan.scenario.Logged;
import im.hongyan.store.PostgresAddress;
import im.hongyan.store.Processes;
import im.hongyan.store.StartFailure;
import im.hongyan.store.StoresExtension;
import im.hongyan.store.redis.RedisAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("processes")
class EmbeddedServersTest {
    @TempDir
    Path directory;

    private Path data;
    private DataFolder folder;

    @BeforeEach
    void open() {
        data = directory.resolve("data");
        folder = DataFolder.open(data);
    }

    @AfterEach
    void close() throws Exception {
        folder.close();
    }

    @Test
    void postgres_restarted_keepsDataAndDurableSettings() throws Exception {
        try (EmbeddedPostgres postgres = postgres()) {
            assertThat(ask(postgres.address(), "SHOW fsync")).isEqualTo("on");
            assertThat(ask(postgres.address(), "SHOW synchronous_commit")).isEqualTo("on");
            assertThat(ask(postgres.address(), "SHOW full_page_writes")).isEqualTo("on");
            assertThat(ask(postgres.address(), "SHOW listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(ask(postgres.address(), "SHOW server_encoding")).isEqualTo("UTF8");
            run(postgres.address(), "CREATE TABLE kept AS SELECT '大雁' AS text");
        }
        try (EmbeddedPostgres postgres = postgres()) {
            assertThat(ask(postgres.address(), "SELECT text FROM kept")).isEqualTo("大雁");
        }
    }

    @Test
    void postgres_application_ownsDatabaseAndIsNoSuperuser() throws Exception {
        try (EmbeddedPostgres postgres = postgres()) {
            assertThat(ask(
                            postgres.address(),
                            "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication"
                                    + " FROM pg_roles WHERE rolname = current_user"))
                    .isEqualTo("f");
            assertThatThrownBy(() -> run(postgres.address(), "COPY (SELECT 1) TO PROGRAM 'true'"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("permission denied");
            run(postgres.address(), "CREATE SCHEMA own");
            assertThat(EmbeddedPostgres.running(data)).contains(postgres.address());
        }
    }

    /** Earlier releases connected as the superuser, who therefore owns the tables of their data folders. */
    @Test
    void postgres_dataOfSuperuser_isReassignedToApplication() throws Exception {
        try (EmbeddedPostgres postgres = postgres()) {
            PostgresAddress before = postgres.administrator();
            run(before, "ALTER DATABASE hongyan OWNER TO " + before.user());
            run(before, "CREATE SCHEMA \"Odd schema\"");
            run(before, "CREATE TYPE mood AS ENUM ('calm')");
            run(before, "CREATE TABLE \"Odd schema\".kept (id serial, other bigint GENERATED ALWAYS AS IDENTITY)");
            run(before, "CREATE TABLE parts (id int) PARTITION BY RANGE (id)");
            run(before, "CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (9)");
            run(before, "CREATE SEQUENCE numbers");
            run(before, "CREATE VIEW seen AS SELECT 1 AS one");
            run(before, "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n'");
            run(before, "INSERT INTO \"Odd schema\".kept DEFAULT VALUES");
        }
        Files.delete(data.resolve("postgres-app.password"));
        for (int start = 1; start <= 2; start++) {
            try (EmbeddedPostgres postgres = postgres()) {
                assertThat(ask(postgres.address(), "SELECT id FROM \"Odd schema\".kept"))
                        .isEqualTo("1");
                run(postgres.address(), "ALTER TABLE \"Odd schema\".kept ADD COLUMN c" + start + " int");
                run(postgres.address(), "ALTER TABLE part ADD CHECK (id > " + -start + ")");
                run(postgres.address(), "ALTER TYPE mood ADD VALUE 'v" + start + "'");
                run(postgres.address(), "ALTER SEQUENCE numbers INCREMENT BY " + start);
                run(postgres.address(), "ALTER VIEW seen ALTER COLUMN one SET DEFAULT " + start);
                run(postgres.address(), "ALTER FUNCTION twice(int) COST " + start);
                run(postgres.address(), "CREATE TABLE fresh" + start + " (id int)");
            }
        }
    }

    @Test
    void postgres_wrongPassword_isRejected() throws Exception {
        try (EmbeddedPostgres postgres = postgres()) {
            PostgresAddress right = postgres.address();
            for (String password : List.of("", "postgres", "hongyan")) {
                PostgresAddress wrong = new PostgresAddress(
                        right.host(),
                        right.port(),
                        right.user(),
                        password,
                        right.database(),
                        "disable",
                        right.sslRootCert());
                assertThatThrownBy(() -> ask(wrong, "SELECT 1")).isInstanceOf(SQLException.class);
            }
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("postgres.password"))))
                    .isEqualTo("rw-------");
            // All users of the machine can read a command line.
            assertThat(commandLine(postgres.pid())).contains("bin/postgres").doesNotContain(right.password());
        }
    }

    @Test
    void redis_noPassword_isRejectedAndNothingIsPersisted() throws Exception {
        try (EmbeddedRedis redis = redis()) {
            RedisAddress address = redis.address();
            assertThat(redisSays(address, "SET k v\r\n")).startsWith("-NOAUTH");
            String auth = "AUTH " + address.password().orElseThrow() + "\r\n";
            assertThat(redisSays(address, auth + "CONFIG GET save\r\nCONFIG GET appendonly\r\n"))
                    .contains("save\r\n$0\r\n")
                    .contains("appendonly\r\n$2\r\nno");
            assertThat(commandLine(redis.pid()))
                    .contains("redis.conf")
                    .doesNotContain(address.password().orElseThrow());
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(data.resolve("redis").resolve("redis.conf"))))
                    .isEqualTo("rw-------");
        }
        assertThat(data.resolve("redis").resolve("dump.rdb")).doesNotExist();
    }

    @Test
    void child_killed_restartsAndLogsExitCode() throws Exception {
        try (Logged logged = new Logged(SupervisedProcess.class.getName());
                EmbeddedRedis redis = EmbeddedRedis.start(folder, StoresExtension.runtime())) {
            assertThat(ProcessHandle.of(redis.pid()).orElseThrow().destroyForcibly())
                    .isTrue();
            assertThat(logged.next()).contains("Redis").contains("exit code 137");
        }
    }

    @Test
    void stop_endsProcessesInOrder() throws Exception {
        EmbeddedPostgres postgres = postgres();
        EmbeddedRedis redis = redis();
        long postmaster = postgres.pid();
        long redisServer = redis.pid();
        // An open session does not delay the stop.
        try (Connection idle = connect(postgres.address())) {
            assertThat(idle.isValid(1)).isTrue();
            postgres.close();
        }
        redis.close();
        assertThat(ProcessHandle.of(postmaster)).isEmpty();
        assertThat(ProcessHandle.of(redisServer)).isEmpty();
        assertThat(data.resolve("postgres").resolve("postmaster.pid")).doesNotExist();
        assertThat(data.resolve("redis").resolve("redis.pid")).doesNotExist();
    }

    @Test
    void children_serverKilled_stopAndKeepData() throws Exception {
        folder.close();
        List<String> command = Java.command(KilledServer.class.getName());
        command.add(data.toString());
        Process server = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = server.inputReader();
        long postmaster = Long.parseLong(output.readLine());
        long redisServer = Long.parseLong(output.readLine());
        server.destroyForcibly();
        assertThat(Processes.awaitExit(postmaster, Duration.ofSeconds(60))).isTrue();
        assertThat(Processes.awaitExit(redisServer, Duration.ofSeconds(60))).isTrue();
        folder = DataFolder.open(data);
        try (EmbeddedPostgres postgres = postgres()) {
            assertThat(ask(postgres.address(), "SELECT count(*) FROM kept")).isEqualTo("1000");
        }
    }

    @Test
    void start_orphansLeft_stopsThem() throws Exception {
        postgres().close();
        redis().close();
        Process postmaster = orphan(postmasterCommand());
        Process redisServer = orphan(List.of(
                new Binaries(StoresExtension.runtime())
                        .redis(Platform.here().redis)
                        .toString(),
                data.resolve("redis").resolve("redis.conf").toString()));
        awaitFile(data.resolve("postgres").resolve("postmaster.pid"));
        awaitFile(data.resolve("redis").resolve("redis.pid"));
        try (EmbeddedPostgres postgres = postgres();
                EmbeddedRedis redis = redis()) {
            assertThat(postmaster.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(redisServer.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(ask(postgres.address(), "SELECT 1")).isEqualTo("1");
            assertThat(redis.pid()).isNotEqualTo(redisServer.pid());
        }
    }

    @Test
    void start_pidFileOfAnotherProcess_isIgnored() throws Exception {
        postgres().close();
        redis().close();
        // As if everything was killed with kill -9 and the process id was reused by another program.
        Process other = new ProcessBuilder("sleep", "600").start();
        try {
            Files.writeString(
                    data.resolve("postgres").resolve("postmaster.pid"),
                    other.pid() + "\n" + data.resolve("postgres") + "\n1\n1\n\n127.0.0.1\n   1         1\nready\n");
            Files.writeString(data.resolve("redis").resolve("redis.pid"), other.pid() + "\n");
            try (EmbeddedPostgres postgres = postgres();
                    EmbeddedRedis redis = redis()) {
                assertThat(ask(postgres.address(), "SELECT 1")).isEqualTo("1");
                assertThat(redis.pid()).isNotEqualTo(other.pid());
            }
            assertThat(other.isAlive()).isTrue();
        } finally {
            other.destroyForcibly();
        }
    }

    @Test
    void postgres_initializationInterrupted_startsOver() throws Exception {
        Files.createDirectories(data.resolve("postgres.new").resolve("base"));
        Files.writeString(data.resolve("postgres.new").resolve("PG_VERSION"), "17\n");
        try (EmbeddedPostgres postgres = postgres()) {
            assertThat(ask(postgres.address(), "SELECT 1")).isEqualTo("1");
        }
        assertThat(data.resolve("postgres.new")).doesNotExist();
    }

    @Test
    void postgres_dataOfAnotherVersion_failsWithMessage() throws Exception {
        Files.createDirectories(data.resolve("postgres"));
        Files.writeString(data.resolve("postgres").resolve("PG_VERSION"), "18\n");
        assertThatThrownBy(this::postgres)
                .isInstanceOf(StartFailure.class)
                .hasMessage("The data in " + data.resolve("postgres")
                        + " was created by PostgreSQL 18, and this release contains"
                        + " PostgreSQL 17; start the release of Hongyan that created it, or set HONGYAN_DATA to another"
                        + " folder.");
        assertThat(data.resolve("postgres").resolve("PG_VERSION")).hasContent("18");
    }

    @Test
    void postgres_folderWithOtherFiles_failsAndKeepsThem() throws Exception {
        Files.createDirectories(data.resolve("postgres"));
        Files.writeString(data.resolve("postgres").resolve("diary.txt"), "mine");
        assertThatThrownBy(this::postgres)
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("holds no PostgreSQL data");
        assertThat(data.resolve("postgres").resolve("diary.txt")).hasContent("mine");
    }

    @Test
    void postgres_damagedData_failsWithMessage() throws Exception {
        postgres().close();
        Files.delete(data.resolve("postgres").resolve("global").resolve("pg_control"));
        assertThatThrownBy(this::postgres)
                .isInstanceOf(StartFailure.class)
                .hasMessageStartingWith("The built-in PostgreSQL did not start in " + data.resolve("postgres") + ": ")
                .hasMessageContaining("pg_control");
    }

    @Test
    void dataFolder_openTwice_failsWithMessage() {
        assertThatThrownBy(() -> DataFolder.open(data))
                .isInstanceOf(StartFailure.class)
                .hasMessage("The data folder " + data + " is in use by another Hongyan server (process "
                        + ProcessHandle.current().pid() + "); stop it, or set HONGYAN_DATA to another folder.");
    }

    @Test
    void dataFolder_isAFile_failsWithMessage() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(() -> DataFolder.open(file))
                .isInstanceOf(StartFailure.class)
                .hasMessage("The data folder " + file + " is not a folder; set HONGYAN_DATA to another folder.");
        assertThatThrownBy(() -> DataFolder.open(file.resolve("below")))
                .isInstanceOf(StartFailure.class)
                .hasMessageStartingWith("The data folder " + file.resolve("below") + " cannot be written by user ");
    }

    @Test
    void dataFolder_diskFull_failsWithMessage() {
        assertThatThrownBy(() -> folder.requireFree(Long.MAX_VALUE))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("The disk that holds " + data + " is full: ")
                .hasMessageContaining(" MB are needed");
        assertThat(folder.failure(new IOException("x: No space left on device")))
                .hasMessage("The disk that holds " + data
                        + " is full; make room, or set HONGYAN_DATA to a folder on another disk.");
    }

    private EmbeddedPostgres postgres() {
        return EmbeddedPostgres.start(folder, StoresExtension.runtime(), List.of());
    }

    private EmbeddedRedis redis() {
        return EmbeddedRedis.start(folder, StoresExtension.runtime());
    }

    private List<String> postmasterCommand() throws Exception {
        Path home = new Binaries(StoresExtension.runtime()).postgres(Platform.here());
        List<String> command = new ArrayList<>(UnprivilegedRun.prefix(data.resolve("postgres")));
        command.addAll(List.of(
                home.resolve("bin/postgres").toString(),
                "-D",
                data.resolve("postgres").toString()));
        // Redis needs at least one listener.
        command.addAll(List.of("-c", "listen_addresses=", "-c", "unix_socket_directories=" + data.resolve("postgres")));
        return command;
    }

    private static Process orphan(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static void awaitFile(Path file) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!Files.exists(file)) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(20);
        }
    }

    private static String commandLine(long pid) {
        return ProcessHandle.of(pid).orElseThrow().info().commandLine().orElseThrow();
    }

    private static Connection connect(PostgresAddress address) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + address.port() + "/" + address.database() + "?sslmode=disable",
                address.user(),
                address.password());
    }

    private static String ask(PostgresAddress address, String sql) throws SQLException {
        try (Connection connection = connect(address);
                ResultSet row = connection.createStatement().executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static void run(PostgresAddress address, String sql) throws SQLException {
        try (Connection connection = connect(address)) {
            connection.createStatement().execute(sql);
        }
    }

    private static String redisSays(RedisAddress address, String commands) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), address.port())) {
            OutputStream out = socket.getOutputStream();
            out.write((commands + "QUIT\r\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Starts both servers, prints their process ids, and waits to be killed. */
    static final class KilledServer {
        private KilledServer() {}

        public static void main(String[] args) throws Exception {
            DataFolder folder = DataFolder.open(Path.of(args[0]));
            EmbeddedPostgres postgres = EmbeddedPostgres.start(folder, StoresExtension.runtime(), List.of());
            EmbeddedRedis redis = EmbeddedRedis.start(folder, StoresExtension.runtime());
            run(postgres.address(), "CREATE TABLE kept AS SELECT * FROM generate_series(1, 1000)");
            System.out.println(postgres.pid() + "\n" + redis.pid());
            Thread.sleep(60_000);
        }
    }
}
