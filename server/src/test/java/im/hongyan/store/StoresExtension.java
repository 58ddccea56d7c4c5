package im.hongyan.store;

import im.hongyan.local.stores.DataFolder;
import im.hongyan.local.stores.EmbeddedPostgres;
import im.hongyan.local.stores.EmbeddedRedis;
import im.hongyan.store.redis.Redis;
import im.hongyan.store.redis.RedisAddress;
import im.hongyan.store.redis.RedisLimits;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Real stores for a test class: a new, migrated database and an empty Redis, on servers that all classes share and that
 * end with the JVM.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final StoresExtension stores = StoresExtension.migrated("im/hongyan/timeline/migrations");
 *
 * stores.postgres().query(…)
 * }</pre>
 *
 * A test that stops, kills or freezes a store starts its own with {@link EmbeddedPostgres} instead.
 */
public final class StoresExtension implements BeforeAllCallback, AfterAllCallback {
    /** These tests do not depend on durability, so PostgreSQL does not wait for the disk. */
    private static final List<String> QUICK =
            List.of("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off");

    private static final long PATIENCE_S = 60;
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private final List<String> migrations;
    private Vertx vertx;
    private PostgresAddress postgresAddress;
    private RedisAddress redisAddress;
    private Postgres postgres;
    private Redis redis;

    private StoresExtension(List<String> migrations) {
        this.migrations = migrations;
    }

    /** A database without tables. */
    public static StoresExtension empty() {
        return migrated();
    }

    /** A database with the migrations in the given folders of the class path. */
    public static StoresExtension migrated(String... folders) {
        return new StoresExtension(Arrays.asList(folders));
    }

    /** The binaries, unpacked once for all test runs. */
    public static Path runtime() {
        return Path.of("target", "embedded-runtime").toAbsolutePath();
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        open();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        close();
    }

    /** For jqwik tests: to be called before the first test of a class. */
    public void open() throws Exception {
        Servers servers = Servers.shared();
        postgresAddress = servers.postgres.createDatabase("test" + DATABASES.incrementAndGet());
        redisAddress = servers.redis.address();
        if (!migrations.isEmpty()) {
            new Migrations(migrations).run(postgresAddress, Duration.ZERO);
        }
        vertx = Vertx.vertx();
        postgres = Postgres.open(vertx, postgresAddress, PostgresLimits.DEFAULTS);
        redis = await(Redis.open(vertx, redisAddress, RedisLimits.DEFAULTS));
        await(redis.send(Request.cmd(Command.FLUSHALL)));
    }

    /** For jqwik tests: to be called after the last test of a class. */
    public void close() throws Exception {
        if (redis != null) {
            await(postgres.close());
            await(redis.close());
        }
        if (vertx != null) {
            await(vertx.close());
        }
    }

    public Vertx vertx() {
        return vertx;
    }

    public Postgres postgres() {
        return postgres;
    }

    public Redis redis() {
        return redis;
    }

    /** The address of this class's database, for separate clients and nodes. */
    public PostgresAddress postgresAddress() {
        return postgresAddress;
    }

    /** Runs a statement as PostgreSQL's superuser, which the product itself never does. */
    public void asAdministrator(String sql) throws SQLException, IOException {
        PostgresAddress admin = Servers.shared().postgres.administrator();
        String url = "jdbc:postgresql://127.0.0.1:" + admin.port() + "/" + admin.database() + "?sslmode=disable";
        try (Connection connection = DriverManager.getConnection(url, admin.user(), admin.password());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    public RedisAddress redisAddress() {
        return redisAddress;
    }

    /**
     * Returns the result of a future, or throws its failure. Times out after longer than any slow machine needs.
     */
    public static <T> T await(Future<T> future) throws InterruptedException, TimeoutException {
        try {
            return future.await(PATIENCE_S, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            if (future.isComplete()) {
                throw e; // it is the result
            }
            StackTraceElement asked = new Throwable().getStackTrace()[1];
            throw (TimeoutException)
                    new TimeoutException("no result within " + PATIENCE_S + " s, asked for at " + asked).initCause(e);
        }
    }

    private static final class Servers implements AutoCloseable {
        private static Servers shared;

        final Path directory;
        final DataFolder folder;
        final EmbeddedPostgres postgres;
        final EmbeddedRedis redis;

        private Servers(Path directory) {
            this.directory = directory;
            this.folder = DataFolder.open(directory);
            this.postgres = EmbeddedPostgres.start(folder, runtime(), QUICK);
            this.redis = EmbeddedRedis.start(folder, runtime());
        }

        static synchronized Servers shared() throws IOException {
            if (shared == null) {
                shared = new Servers(Files.createTempDirectory("hongyan-stores"));
                Runtime.getRuntime().addShutdownHook(new Thread(shared::end, "stores-end"));
            }
            return shared;
        }

        private void end() {
            try {
                close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            redis.close();
            postgres.close();
            folder.close();
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path path : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
                    Files.delete(path);
                }
            }
        }
    }
}
