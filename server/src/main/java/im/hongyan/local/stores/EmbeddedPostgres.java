package im.hongyan.local.stores;

import im.hongyan.store.PostgresAddress;
import im.hongyan.store.StartFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server in the data folder, with durable settings. It starts again by itself, on the same port, if it ends
 * without having been told to. All methods block: not for event loops.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final String NAME = "hongyan";
    private static final String READY = "database system is ready to accept connections";
    private static final Duration START = Duration.ofMinutes(5);
    private static final Duration STOP = Duration.ofSeconds(20);

    /** An address that no process has: beyond the largest that a kernel gives out. */
    private static final String NOBODYS_PID = "4194305";

    private static final int MB_TO_INSTALL = 400;
    private static final int MB_TO_RUN = 64;

    private final DataFolder folder;
    private final Path data;
    private final Path home;
    private final String password;
    private final List<String> options;
    private final SupervisedProcess server;

    private EmbeddedPostgres(DataFolder folder, Path runtime, List<String> options)
            throws IOException, InterruptedException {
        this.folder = folder;
        this.data = folder.path().resolve("postgres");
        this.options = List.copyOf(options);
        folder.requireFree(Files.exists(data) ? MB_TO_RUN : MB_TO_INSTALL);
        this.home = new Binaries(runtime).postgres(Platform.here());
        this.password = folder.password("postgres");
        initialise();
        endOrphan();
        this.server = new SupervisedProcess("PostgreSQL", STOP, this::spawn);
    }

    /** Whether a folder has a database of its own, running or not. */
    public static boolean exists(Path folder) {
        return Files.exists(folder.resolve("postgres").resolve("PG_VERSION"));
    }

    /** Starts it, with its data in {@code postgres} of the folder; makes the data the first time. */
    public static EmbeddedPostgres start(DataFolder folder) {
        return start(folder, folder.path().resolve("runtime"), List.of());
    }

    /**
     * As {@link #start(DataFolder)}.
     *
     * @param runtime where the binaries are unpacked, once
     * @param options as for the postgres command, for example {@code -c}, {@code fsync=off}
     */
    public static EmbeddedPostgres start(DataFolder folder, Path runtime, List<String> options) {
        try {
            EmbeddedPostgres postgres = new EmbeddedPostgres(folder, runtime, options);
            try {
                postgres.server.start();
                postgres.createDatabase(NAME);
                return postgres;
            } catch (StartFailure e) {
                postgres.close();
                throw e;
            }
        } catch (IOException e) {
            throw folder.failure(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("The start was interrupted.", e);
        }
    }

    /** Where it is, for as long as this object lives. */
    public PostgresAddress address() {
        return address(server.port(), password);
    }

    private static PostgresAddress address(int port, String password) {
        return new PostgresAddress("127.0.0.1", port, NAME, password, NAME, "disable", Optional.empty());
    }

    /** Where the server of a running {@code DataFolder} is, for a command beside it; empty if none can be used. */
    public static Optional<PostgresAddress> running(Path folder) {
        try {
            // The lines are PostgreSQL's: process id, data, start time, port, socket folder, address, memory, state.
            List<String> lines = Files.readAllLines(folder.resolve("postgres").resolve("postmaster.pid"));
            String password = Files.readString(DataFolder.passwordFile(folder, "postgres"))
                    .strip();
            return lines.size() > 7 && lines.get(7).startsWith("ready")
                    ? Optional.of(address(Integer.parseInt(lines.get(3)), password))
                    : Optional.empty();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** The postmaster's process id; it changes when it starts again. */
    public long pid() {
        return server.pid();
    }

    /** Makes a database unless it is there. */
    public PostgresAddress createDatabase(String name) {
        String url = "jdbc:postgresql://127.0.0.1:" + server.port() + "/postgres?sslmode=disable";
        try (Connection connection = DriverManager.getConnection(url, NAME, password);
                Statement statement = connection.createStatement()) {
            try (ResultSet found = statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + name + "'")) {
                if (found.next()) {
                    return address().withDatabase(name);
                }
            }
            statement.execute("CREATE DATABASE \"" + name + "\"");
            return address().withDatabase(name);
        } catch (SQLException e) {
            throw DataFolder.isFull(String.valueOf(e.getMessage()))
                    ? folder.full(e)
                    : new StartFailure("The built-in PostgreSQL in " + data + " refused us: " + e.getMessage(), e);
        }
    }

    /** Stops it: ends its sessions, writes everything out. Does nothing if it is stopped. */
    public void stop() {
        server.stop();
    }

    /** Starts it again after {@link #stop}, on the same port. */
    public void start() {
        server.start();
    }

    @Override
    public void close() {
        stop();
    }

    private void initialise() throws IOException, InterruptedException {
        Path versionFile = data.resolve("PG_VERSION");
        if (Files.exists(versionFile)) {
            requireOurVersion(Files.readString(versionFile).strip());
            return;
        }
        if (Files.exists(data)) {
            throw new StartFailure("The folder " + data + " is there but holds no PostgreSQL data; move it away, or set"
                    + " HONGYAN_DATA to another folder.");
        }
        Path draft = folder.path().resolve("postgres.new");
        Binaries.deleteTree(draft);
        LOG.info("Making a new PostgreSQL in {}", data);
        List<String> prefix = UnprivilegedRun.prefix(draft);
        Files.createDirectories(draft);
        initdb(prefix, draft);
        Files.move(draft, data, StandardCopyOption.ATOMIC_MOVE);
    }

    private void requireOurVersion(String found) {
        if (!found.equals(Integer.toString(Binaries.POSTGRES_MAJOR))) {
            throw new StartFailure("The data in " + data + " was made by PostgreSQL " + found
                    + ", and this release brings PostgreSQL " + Binaries.POSTGRES_MAJOR
                    + "; start the release of Hongyan that made it, or set HONGYAN_DATA to another folder.");
        }
    }

    private void initdb(List<String> prefix, Path draft) throws IOException, InterruptedException {
        Path passwordFile = folder.path().resolve("postgres.new.password");
        DataFolder.writePrivately(passwordFile, password);
        // Whoever runs initdb has to read it.
        Files.setOwner(passwordFile, Files.getOwner(draft));
        try {
            initdb(prefix, draft, passwordFile);
        } finally {
            Files.delete(passwordFile);
        }
    }

    private void initdb(List<String> prefix, Path draft, Path passwordFile) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                home.resolve("bin/initdb").toString(),
                "--pgdata=" + draft,
                "--username=" + NAME,
                "--pwfile=" + passwordFile,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                // Of PostgreSQL itself, so that no upgrade of the system's libraries changes the order in an index.
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-instructions"));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
            Binaries.deleteTree(draft);
            throw failed("could not make its data", output);
        }
    }

    /** A postmaster that outlived its server is stopped; a process id that is somebody else's by now is no obstacle. */
    private void endOrphan() throws IOException, InterruptedException {
        Path pidFile = data.resolve("postmaster.pid");
        if (OrphanProcess.stop(pidFile, "-D " + data, STOP) || !Files.exists(pidFile)) {
            return;
        }
        // PostgreSQL would take the other process for a postmaster and refuse. The rest of the file stays: by it
        // PostgreSQL notices backends that still use the data.
        List<String> lines = new ArrayList<>(Files.readAllLines(pidFile));
        lines.set(0, NOBODYS_PID);
        Files.write(pidFile, lines);
    }

    private ChildProcess spawn(int port) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(UnprivilegedRun.prefix(data));
        command.addAll(List.of(home.resolve("bin/postgres").toString(), "-D", data.toString()));
        setting(command, "listen_addresses", "127.0.0.1");
        setting(command, "port", Integer.toString(port));
        setting(command, "unix_socket_directories", "");
        setting(command, "max_connections", "100");
        setting(command, "shared_buffers", "128MB");
        setting(command, "huge_pages", "off");
        setting(command, "jit", "off");
        setting(command, "log_destination", "stderr");
        setting(command, "logging_collector", "off");
        setting(command, "log_checkpoints", "off");
        setting(command, "log_line_prefix", "");
        // What a statement or a row holds is people's messages: errors go to us, who sent it, and not into a log.
        setting(command, "log_min_messages", "log");
        setting(command, "log_min_error_statement", "panic");
        setting(command, "log_error_verbosity", "terse");
        command.addAll(options);
        ChildProcess child = ChildProcess.start("postgres", command, READY, EmbeddedPostgres::log);
        if (child.awaitReady(START)) {
            return child;
        }
        child.stop(Duration.ofSeconds(5));
        String output = child.output();
        if (output.contains("Address already in use") || output.contains("pre-existing shared memory block")) {
            throw new SupervisedProcess.TryAgain(failed("did not start", output));
        }
        throw failed("did not start", output);
    }

    private static void setting(List<String> command, String name, String value) {
        command.add("-c");
        command.add(name + "=" + value);
    }

    private static void log(String line) {
        if (line.startsWith("PANIC")) {
            LOG.error("PostgreSQL: {}", line);
        } else {
            LOG.debug("PostgreSQL: {}", line);
        }
    }

    private StartFailure failed(String what, String output) {
        if (DataFolder.isFull(output)) {
            return folder.full(null);
        }
        String reason = output.lines()
                .filter(line -> line.contains("FATAL") || line.contains("error:") || line.contains("PANIC"))
                .reduce((first, last) -> last)
                .orElse(output.lines().reduce((first, last) -> last).orElse("it said nothing"));
        return new StartFailure("The built-in PostgreSQL " + what + " in " + data + ": " + reason);
    }
}
