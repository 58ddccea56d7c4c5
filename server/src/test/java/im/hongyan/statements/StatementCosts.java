package im.hongyan.statements;

import im.hongyan.Features;
import im.hongyan.local.stores.DataFolder;
import im.hongyan.local.stores.EmbeddedPostgres;
import im.hongyan.statements.StatementList.Described;
import im.hongyan.statements.StatementList.RedisCommands;
import im.hongyan.statements.StatementList.Section;
import im.hongyan.store.Migrations;
import im.hongyan.store.PostgresAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Measures what each SQL statement costs on a large database, and writes {@code docs/statements.md}. Run it with
 * {@code scripts/statement-costs}.
 */
final class StatementCosts {
    /** The first run fills the caches of the connection. */
    private static final int RUNS = 4;

    private static final List<String> PLANS = List.of("force_custom_plan", "force_generic_plan");
    private static final Pattern TIME = Pattern.compile("(?:Planning|Execution) Time: ([0-9.]+) ms");

    /** Pages of the tables and indexes of the product that the transaction has accessed, cached or not. */
    private static final String BUFFERS =
            "SELECT sum(pg_stat_get_xact_blocks_fetched(oid))::bigint FROM pg_class WHERE oid >= 16384";

    /** @param plan as EXPLAIN shows it */
    private record Cost(long buffers, double ms, String plan) {}

    private final Connection connection;
    private final Path plans;
    private final Map<String, String> constants = SqlConstants.statements();
    private int measured;

    private StatementCosts(Connection connection, Path plans) {
        this.connection = connection;
        this.plans = plans;
    }

    /** @param arguments the folder for the database, which is filled unless it exists, and the page to write */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        boolean isNew = !EmbeddedPostgres.exists(folder);
        try (DataFolder data = DataFolder.open(folder);
                EmbeddedPostgres postgres = EmbeddedPostgres.start(data)) {
            if (isNew) {
                new Migrations(Features.migrations(Features.ALL)).run(postgres.address(), Duration.ZERO);
            }
            try (Connection connection = connect(postgres.administrator())) {
                if (isNew) {
                    load(connection);
                }
                vacuum(connection);
                connection.setAutoCommit(false);
                Path plans = Files.createDirectories(folder.resolve("plans"));
                Files.writeString(Path.of(arguments[1]), new StatementCosts(connection, plans).page());
            }
        }
    }

    private static Connection connect(PostgresAddress address) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://" + address.host() + ":" + address.port() + "/" + address.database(),
                address.user(),
                address.password());
    }

    private static void load(Connection connection) throws SQLException {
        long start = System.nanoTime();
        try (Statement statement = connection.createStatement()) {
            // Without the checks of foreign keys: with them, the load would take much longer.
            statement.execute("SET session_replication_role = replica");
            for (String script : StatementList.load()) {
                statement.execute(script);
            }
            statement.execute("SET session_replication_role = DEFAULT");
        }
        System.err.printf("Loaded the database in %d s.%n", (System.nanoTime() - start) / 1_000_000_000);
    }

    private static void vacuum(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("VACUUM ANALYZE");
        }
    }

    private String page() throws SQLException, IOException {
        String page = StatementList.resource("page.md")
                .replace("%s", connection.getMetaData().getDatabaseProductVersion());
        StringBuilder sections = new StringBuilder();
        StringBuilder redis = new StringBuilder();
        for (Section section : StatementList.read().values()) {
            if (!section.statements().isEmpty()) {
                sections.append("\n## ").append(section.title()).append("\n\n");
                sections.append("| statement | pool | bounded by | measured on | buffers | ms |\n");
                sections.append("|---|---|---|---|--:|--:|\n");
            }
            for (Described statement : section.statements()) {
                Cost cost = worst(statement);
                sections.append("| `%s` | %s | %s | %s | %s | %s |%n"
                        .formatted(
                                statement.name(),
                                statement.pool(),
                                statement.bound(),
                                statement.data(),
                                String.format(Locale.ROOT, "%,d", cost.buffers),
                                String.format(Locale.ROOT, cost.ms < 10 ? "%.1f" : "%,.0f", cost.ms)));
            }
            for (RedisCommands entry : section.redis()) {
                redis.append("| %s | `%s` | %s |%n".formatted(entry.commands(), entry.store(), entry.bound()));
            }
        }
        return page.replace("\n<statements>\n", sections).replace("<redis>\n", redis);
    }

    /** The worse of both plans: for each, the median of the runs. */
    private Cost worst(Described statement) throws SQLException, IOException {
        Cost worst = new Cost(-1, 0, "");
        StringBuilder text = new StringBuilder();
        for (String plan : PLANS) {
            List<Cost> costs = new ArrayList<>();
            for (int i = 0; i < RUNS; i++) {
                costs.add(run(statement, plan));
            }
            costs.remove(0);
            long buffers = costs.stream().mapToLong(Cost::buffers).sorted().toArray()[costs.size() / 2];
            double ms = costs.stream().mapToDouble(Cost::ms).sorted().toArray()[costs.size() / 2];
            worst = new Cost(Math.max(worst.buffers, buffers), Math.max(worst.ms, ms), plan);
            text.append("%s: %d buffers, %.1f ms%n%s%n%n".formatted(plan, buffers, ms, costs.get(0).plan));
        }
        System.err.printf("%-40s %,12d %,10.1f ms  %s%n", statement.name(), worst.buffers, worst.ms, statement.data());
        Files.writeString(plans.resolve("%03d %s".formatted(++measured, statement.name())), text);
        return worst;
    }

    private Cost run(Described described, String plan) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET LOCAL plan_cache_mode = " + plan);
            if (described.found() != null) {
                statement.execute("SET LOCAL max_parallel_workers_per_gather = 0");
            }
            if (described.before() != null) {
                statement.execute(described.before());
            }
            statement.execute("PREPARE measured AS " + described.sql(constants));
            String arguments = String.join(", ", described.arguments());
            long before = buffers(statement);
            StringBuilder text = new StringBuilder();
            try (ResultSet rows = statement.executeQuery("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) EXECUTE measured"
                    + (arguments.isEmpty() ? "" : "(" + arguments + ")"))) {
                while (rows.next()) {
                    text.append(rows.getString(1)).append('\n');
                }
            }
            long buffers = buffers(statement) - before;
            double ms = 0;
            for (Matcher time = TIME.matcher(text); time.find(); ) {
                ms += Double.parseDouble(time.group(1));
            }
            statement.execute("DEALLOCATE measured");
            return new Cost(buffers, ms, text.toString());
        } catch (SQLException e) {
            throw new SQLException(described.name() + ": " + e.getMessage(), e);
        } finally {
            connection.rollback();
        }
    }

    private static long buffers(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery(BUFFERS)) {
            row.next();
            return row.getLong(1);
        }
    }
}
