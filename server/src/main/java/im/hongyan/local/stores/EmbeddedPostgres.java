package im.hongyan.local.stores;

import im.hongyan.store.PostgresAddress;
import im.hongyan.store.StartFailure;
import java.io.IOException;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server in the data folder, with durable settings. If it crashes, it is restarted on the same port. All
 * methods block: not for event loops.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final String NAME = "hongyan";

    /** The superuser that initdb created. It prepares the database; the application never connects as it. */
    private static final String ADMINISTRATOR = "hongyan";

    /** The role of the application: it owns the database and has no other rights. */
    private static final String OWNER = "hongyan_app";

    /**
     * Gives the application what the administrator owns in a database, because earlier releases connected as that.
     * {@code REASSIGN OWNED} refuses to, because the administrator also owns the system catalogs. Sequences of a
     * column and the types of tables follow their table.
     */
    private static final String HAND_OVER =
            """
            DO $$
            DECLARE
                command text;
            BEGIN
                FOR command IN
                    SELECT format('ALTER SCHEMA %%I OWNER TO %1$s', nspname) FROM pg_namespace
                    WHERE nspowner = current_user::regrole AND nspname !~ '^pg_' AND nspname <> 'information_schema'
                    UNION ALL
                    SELECT format('ALTER TABLE %%s OWNER TO %1$s', c.oid::regclass) FROM pg_class c
                    WHERE c.relowner = current_user::regrole AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
                        AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
                        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                            AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND c.relkind = 'S')
                    UNION ALL
                    SELECT format('ALTER ROUTINE %%s OWNER TO %1$s', p.oid::regprocedure) FROM pg_proc p
                    WHERE p.proowner = current_user::regrole
                        AND p.pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
                    UNION ALL
                    SELECT format('ALTER TYPE %%s OWNER TO %1$s', t.oid::regtype) FROM pg_type t
                    LEFT JOIN pg_class c ON c.oid = t.typrelid
                    WHERE t.typowner = current_user::regrole
                        AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')
                        AND t.typnamespace::regnamespace::text !~ '^(pg_|information_schema)'
                LOOP
                    EXECUTE command;
                END LOOP;
            END $$
            """
                    .formatted(OWNER);

    private static final String OWNER_PASSWORD = "postgres-app";
    private static final String READY = "database system is ready to accept connections";
    private static final Duration START_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

    /** A process id that no process has: it is above the largest id of a Linux kernel. */
    private static final String UNUSED_PID = "4194305";

    private static final int MB_TO_INSTALL = 400;
    private static final int MB_TO_RUN = 64;

    private final DataFolder folder;
    private final Path data;
    private final Path home;
    private final String password;
    private final String administratorPassword;
    private final List<String> options;
    private final SupervisedProcess server;

    private EmbeddedPostgres(DataFolder folder, Path runtime, List<String> options)
            throws IOException, InterruptedException {
        this.folder = folder;
        this.data = folder.path().resolve("postgres");
        this.options = List.copyOf(options);
        folder.requireFree(Files.exists(data) ? MB_TO_RUN : MB_TO_INSTALL);
        this.home = new Binaries(runtime).postgres(Platform.here());
        this.password = folder.password(OWNER_PASSWORD);
        this.administratorPassword = folder.password("postgres");
        initialise();
        stopOrphan();
        this.server = new SupervisedProcess("PostgreSQL", STOP_TIMEOUT, this::spawn);
    }

    /** Whether the folder contains a database, running or not. */
    public static boolean exists(Path folder) {
        return Files.exists(folder.resolve("postgres").resolve("PG_VERSION"));
    }

    /** Starts the server, with its data in the subfolder {@code postgres}, which the first start creates. */
    public static EmbeddedPostgres start(DataFolder folder) {
        return start(folder, folder.path().resolve("runtime"), List.of());
    }

    /**
     * As {@link #start(DataFolder)}.
     *
     * @param runtime the folder for the unpacked binaries
     * @param options for the postgres command, such as {@code -c}, {@code fsync=off}
     */
    public static EmbeddedPostgres start(DataFolder folder, Path runtime, List<String> options) {
        try {
            EmbeddedPostgres postgres = new EmbeddedPostgres(folder, runtime, options);
            try {
                postgres.server.start();
                postgres.createOwner();
                postgres.createDatabase(NAME);
                postgres.handOver();
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

    /** The server's address, which does not change. */
    public PostgresAddress address() {
        return address(server.port(), password);
    }

    /** The address for the superuser, for maintenance that {@link #address} has no rights to. */
    public PostgresAddress administrator() {
        return new PostgresAddress(
                "127.0.0.1", server.port(), ADMINISTRATOR, administratorPassword, NAME, "disable", Optional.empty());
    }

    private static PostgresAddress address(int port, String password) {
        return new PostgresAddress("127.0.0.1", port, OWNER, password, NAME, "disable", Optional.empty());
    }

    /** The address of the server that another process runs in the folder; empty if there is none or it is not ready. */
    public static Optional<PostgresAddress> running(Path folder) {
        try {
            // The lines, by PostgreSQL: process id, data, start time, port, socket folder, address, memory, state.
            List<String> lines = Files.readAllLines(folder.resolve("postgres").resolve("postmaster.pid"));
            String password = Files.readString(DataFolder.passwordFile(folder, OWNER_PASSWORD))
                    .strip();
            return lines.size() > 7 && lines.get(7).startsWith("ready")
                    ? Optional.of(address(Integer.parseInt(lines.get(3)), password))
                    : Optional.empty();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** The postmaster's process id, which changes with a restart. */
    public long pid() {
        return server.pid();
    }

    /** Creates a database unless it exists. The application's role owns it. */
    public PostgresAddress createDatabase(String name) {
        asAdministrator("postgres", statement -> {
            try (ResultSet found = statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + name + "'")) {
                if (found.next()) {
                    return;
                }
            }
            statement.execute("CREATE DATABASE \"" + name + "\" OWNER " + OWNER);
        });
        return address().withDatabase(name);
    }

    /** Creates the application's role, or gives it the password of the folder. */
    private void createOwner() {
        asAdministrator("postgres", statement -> {
            boolean exists;
            try (ResultSet found = statement.executeQuery("SELECT 1 FROM pg_roles WHERE rolname = '" + OWNER + "'")) {
                exists = found.next();
            }
            // Generated passwords consist of letters, digits, - and _, so they need no escaping.
            statement.execute((exists ? "ALTER" : "CREATE") + " ROLE " + OWNER
                    + " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '" + password
                    + "'");
        });
    }

    private void handOver() {
        asAdministrator(NAME, statement -> {
            statement.execute("ALTER DATABASE " + NAME + " OWNER TO " + OWNER);
            statement.execute(HAND_OVER);
        });
    }

    private interface Work {
        void run(Statement statement) throws SQLException;
    }

    private void asAdministrator(String database, Work work) {
        String url = "jdbc:postgresql://127.0.0.1:" + server.port() + "/" + database + "?sslmode=disable";
        try (Connection connection = DriverManager.getConnection(url, ADMINISTRATOR, administratorPassword);
                Statement statement = connection.createStatement()) {
            work.run(statement);
        } catch (SQLException e) {
            throw DataFolder.isFull(String.valueOf(e.getMessage()))
                    ? folder.full(e)
                    : new StartFailure(
                            "The built-in PostgreSQL in " + data + " refused the connection: " + e.getMessage(), e);
        }
    }

    /** Stops the server in order: ends its sessions and writes a checkpoint. Idempotent. */
    public void stop() {
        server.stop();
    }

    /** Restarts the server after {@link #stop}, on the same port. */
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
            requireVersion(Files.readString(versionFile).strip());
            return;
        }
        if (Files.exists(data)) {
            throw new StartFailure("The folder " + data + " exists but holds no PostgreSQL data; move it away, or set"
                    + " HONGYAN_DATA to another folder.");
        }
        Path temporary = folder.path().resolve("postgres.new");
        Binaries.deleteTree(temporary);
        LOG.info("Creating a PostgreSQL database in {}", data);
        List<String> prefix = UnprivilegedRun.prefix(temporary);
        Files.createDirectories(temporary);
        initdb(prefix, temporary);
        Files.move(temporary, data, StandardCopyOption.ATOMIC_MOVE);
    }

    private void requireVersion(String found) {
        if (!found.equals(Integer.toString(Binaries.POSTGRES_MAJOR))) {
            throw new StartFailure("The data in " + data + " was created by PostgreSQL " + found
                    + ", and this release contains PostgreSQL " + Binaries.POSTGRES_MAJOR
                    + "; start the release of Hongyan that created it, or set HONGYAN_DATA to another folder.");
        }
    }

    private void initdb(List<String> prefix, Path temporary) throws IOException, InterruptedException {
        Path passwordFile = folder.path().resolve("postgres.new.password");
        DataFolder.writePrivately(passwordFile, administratorPassword);
        // The user that runs initdb must be able to read it.
        Files.setOwner(passwordFile, Files.getOwner(temporary));
        try {
            initdb(prefix, temporary, passwordFile);
        } finally {
            Files.delete(passwordFile);
        }
    }

    private void initdb(List<String> prefix, Path temporary, Path passwordFile)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                home.resolve("bin/initdb").toString(),
                "--pgdata=" + temporary,
                "--username=" + ADMINISTRATOR,
                "--pwfile=" + passwordFile,
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                // Built into PostgreSQL, so that an upgrade of the system's libraries does not change the sort order.
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-instructions"));
        // It must not outlive this process, because the next start creates the same data again.
        ChildProcess initdb = ChildProcess.run("initdb", command, START_TIMEOUT);
        if (initdb.awaitExit() != 0) {
            Binaries.deleteTree(temporary);
            throw failed("could not create its data directory", initdb.output());
        }
    }

    /** Stops a postmaster that outlived its server. A pid file whose process id was reused does not block the start. */
    private void stopOrphan() throws IOException, InterruptedException {
        Path pidFile = data.resolve("postmaster.pid");
        if (OrphanProcess.stop(pidFile, "-D " + data, STOP_TIMEOUT) || !Files.exists(pidFile)) {
            return;
        }
        // PostgreSQL would take the other process for a postmaster and refuse to start. The rest of the file stays,
        // because PostgreSQL uses it to detect backends that still use the data.
        List<String> lines = new ArrayList<>(Files.readAllLines(pidFile));
        lines.set(0, UNUSED_PID);
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
        // Statements and rows contain users' messages, so errors go only to the client and not into a log.
        setting(command, "log_min_messages", "log");
        setting(command, "log_min_error_statement", "panic");
        setting(command, "log_error_verbosity", "terse");
        command.addAll(options);
        ChildProcess child = ChildProcess.start("postgres", command, READY, EmbeddedPostgres::log);
        if (child.awaitReady(START_TIMEOUT)) {
            return child;
        }
        child.stop(Duration.ofSeconds(5));
        String output = child.output();
        if (output.contains("Address already in use") || output.contains("pre-existing shared memory block")) {
            throw new SupervisedProcess.TransientFailure(failed("did not start", output));
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
                .orElse(output.lines().reduce((first, last) -> last).orElse("no output"));
        return new StartFailure("The built-in PostgreSQL " + what + " in " + data + ": " + reason);
    }
}
