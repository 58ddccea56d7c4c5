package im.hongyan.store;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.logging.Level;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the database's schema up to this release. Each feature keeps its migrations in its own folder; their versions
 * are ordered across all of them, and one that is added later with a lower version is still applied.
 *
 * <p>The table {@code schema_release} has one row: the newest release that has migrated the database. Migrations expand
 * first and contract a release later, so a node also runs on the schema of the next release, without touching it, and
 * refuses the one after that. Several nodes may start at once: one migrates, the others wait for it.
 */
public final class Migrations {
    /** Raised by every release that changes the schema. */
    public static final int RELEASE = 2;

    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
    private static final int OLDEST_SERVER = 14;
    private static final Duration LOCK_WAIT = Duration.ofMinutes(10);
    private static final Duration RETRY = Duration.ofMillis(500);

    /** The key of the advisory lock: an arbitrary number that no other program uses. */
    private static final long LOCK = 0x686f_6e67_7961_6eL;

    /** SQLSTATEs of a server that is starting, shutting down, recovering, or out of connections. */
    private static final Set<String> TRANSIENT = Set.of("57P01", "57P02", "57P03", "53300");

    /** Kept in a field because a logger that is garbage-collected loses its level. */
    private static final java.util.logging.Logger DRIVER = java.util.logging.Logger.getLogger("org.postgresql");

    static {
        // The driver's exceptions contain everything that it logs.
        DRIVER.setLevel(Level.OFF);
    }

    private final int release;
    private final List<String> locations;

    /**
     * Runs the migrations in the given folders of the class path.
     *
     * @param locations such as {@code im/hongyan/timeline/migrations}, with files named like {@code V010__timeline.sql}
     */
    public Migrations(List<String> locations) {
        this(RELEASE, locations);
    }

    Migrations(int release, List<String> locations) {
        this.release = release;
        this.locations =
                locations.stream().map(location -> "classpath:" + location).toList();
    }

    /**
     * Migrates. Blocks: not for event loops.
     *
     * @param maxWait how long to wait for a server that is not up yet
     * @throws StartFailure if the database cannot be used
     */
    public void run(PostgresAddress address, Duration maxWait) {
        try (Connection connection = connect(address, maxWait)) {
            requireVersion(address, connection);
            lock(connection);
            int found = found(connection);
            if (found > release + 1) {
                throw new StartFailure("The database " + address + " has the schema of release " + found
                        + ", which this release (" + release + ") cannot use; start a newer release of Hongyan.");
            }
            if (found > release) {
                LOG.info("The database already has the schema of the next release ({}); it is not changed", found);
                return;
            }
            migrate(address);
            remember(connection);
        } catch (SQLException e) {
            throw new StartFailure("The database " + address + " could not be prepared: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("The start was interrupted.", e);
        }
    }

    private void migrate(PostgresAddress address) {
        try {
            int count = Flyway.configure()
                    .dataSource(url(address), address.user(), address.password())
                    .locations(locations.toArray(String[]::new))
                    .failOnMissingLocations(true)
                    .validateMigrationNaming(true)
                    .outOfOrder(true)
                    // The database already contains schema_release, and perhaps tables of extensions.
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .table("schema_migrations")
                    .load()
                    .migrate()
                    .migrationsExecuted;
            if (count > 0) {
                LOG.info("Applied {} database migrations", count);
            }
        } catch (FlywayException e) {
            throw new StartFailure("The database " + address + " could not be migrated: " + e.getMessage(), e);
        }
    }

    private static Connection connect(PostgresAddress address, Duration maxWait) throws InterruptedException {
        long end = System.nanoTime() + maxWait.toNanos();
        for (boolean logged = false; ; logged = true) {
            try {
                return primary(address);
            } catch (SQLException e) {
                String state = String.valueOf(e.getSQLState());
                boolean transientFailure = state.startsWith("08") || TRANSIENT.contains(state);
                if (!transientFailure || System.nanoTime() > end) {
                    throw refused(address, e, transientFailure);
                }
                if (!logged) {
                    LOG.info("Waiting for PostgreSQL at {}: {}", address, e.getMessage());
                }
            }
            Thread.sleep(RETRY.toMillis());
        }
    }

    private static Connection primary(PostgresAddress address) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", address.user());
        properties.setProperty("password", address.password());
        Connection connection = DriverManager.getConnection(url(address), properties);
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_is_in_recovery()")) {
            row.next();
            if (row.getBoolean(1)) {
                connection.close();
                throw new SQLException("it is a standby", "57P03");
            }
            return connection;
        }
    }

    private static StartFailure refused(PostgresAddress address, SQLException e, boolean transientFailure) {
        if ("3D000".equals(e.getSQLState())) {
            return new StartFailure(
                    "PostgreSQL has no database " + address + "; create it: CREATE DATABASE \"" + address.database()
                            + "\"",
                    e);
        }
        String why = e.getCause() == null
                ? e.getMessage()
                : e.getMessage() + " (" + e.getCause().getMessage() + ")";
        return new StartFailure(
                (transientFailure ? "PostgreSQL cannot be reached at " : "PostgreSQL refuses the connection at ")
                        + address + ": " + why,
                e);
    }

    private static void requireVersion(PostgresAddress address, Connection connection) throws SQLException {
        int major = connection.getMetaData().getDatabaseMajorVersion();
        if (major < OLDEST_SERVER) {
            throw new StartFailure("PostgreSQL at " + address + " is version " + major + "; Hongyan needs "
                    + OLDEST_SERVER + " or newer.");
        }
    }

    /** Takes the advisory lock, which PostgreSQL releases with the connection. */
    private static void lock(Connection connection) throws SQLException, InterruptedException {
        long end = System.nanoTime() + LOCK_WAIT.toNanos();
        for (boolean logged = false;
                !number(connection, "SELECT pg_try_advisory_lock(" + LOCK + ")::int")
                        .equals(1);
                logged = true) {
            if (System.nanoTime() > end) {
                throw new StartFailure("Another node has been migrating the database for " + LOCK_WAIT.toMinutes()
                        + " minutes; check that node, then start this one again.");
            }
            if (!logged) {
                LOG.info("Waiting for another node that is migrating the database");
            }
            Thread.sleep(RETRY.toMillis());
        }
    }

    private static int found(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS schema_release"
                    + " (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), release integer NOT NULL)");
        }
        Integer found = number(connection, "SELECT max(release) FROM schema_release");
        return found == null ? 0 : found;
    }

    private void remember(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("INSERT INTO schema_release (release) VALUES (" + release
                    + ") ON CONFLICT (only_row) DO UPDATE SET release = excluded.release");
        }
    }

    private static Integer number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getObject(1, Integer.class);
        }
    }

    private static String url(PostgresAddress address) {
        boolean defaultAuthorities =
                address.sslMode().startsWith("verify") && address.sslRootCert().isEmpty();
        return "jdbc:postgresql://" + (address.host().contains(":") ? "[" + address.host() + "]" : address.host()) + ":"
                + address.port() + "/" + encoded(address.database())
                + "?ApplicationName=hongyan-migrations&connectTimeout=5&loginTimeout=10&tcpKeepAlive=true&sslmode="
                + address.sslMode()
                + address.sslRootCert()
                        .map(file -> "&sslrootcert=" + encoded(file))
                        .orElse("")
                + (defaultAuthorities ? "&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory" : "");
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
