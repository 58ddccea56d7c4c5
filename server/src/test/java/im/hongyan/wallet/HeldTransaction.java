package im.hongyan.wallet;

import im.hongyan.store.PostgresAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A transaction on a connection of its own, which a test holds open to produce an interleaving with others. */
public class HeldTransaction implements AutoCloseable {
    private static final long PATIENCE_S = 60;
    private static final String WAITING =
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

    private final Connection connection;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final int pid;

    public HeldTransaction(PostgresAddress address) throws SQLException {
        connection = DriverManager.getConnection(
                "jdbc:postgresql://%s:%d/%s".formatted(address.host(), address.port(), address.database()),
                address.user(),
                address.password());
        connection.setAutoCommit(false);
        pid = Integer.parseInt(run("SELECT pg_backend_pid()").get(0));
        commit();
    }

    /** The first column of each row; empty for a statement without rows. */
    public final List<String> run(String sql, Object... arguments) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setObject(i + 1, arguments[i]);
            }
            List<String> rows = new ArrayList<>();
            if (statement.execute()) {
                try (ResultSet set = statement.getResultSet()) {
                    while (set.next()) {
                        rows.add(set.getString(1));
                    }
                }
            }
            return rows;
        }
    }

    /**
     * As {@link #run}, on another thread. An error of PostgreSQL is returned as {@code error <SQLSTATE>} and ends the
     * transaction.
     */
    public final CompletableFuture<List<String>> start(String sql, Object... arguments) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return run(sql, arguments);
                    } catch (SQLException e) {
                        rolledBack();
                        return List.of("error " + e.getSQLState());
                    }
                },
                thread);
    }

    public static List<String> answer(CompletableFuture<List<String>> future) throws Exception {
        return future.get(PATIENCE_S, TimeUnit.SECONDS);
    }

    /** Waits until the statement has ended or waits for a lock. Returns whether it waits for a lock. */
    public final boolean waits(Future<?> given, HeldTransaction observer) throws SQLException {
        return observer.sees(1, given, "SELECT 1 FROM pg_locks WHERE NOT granted AND pid = " + pid);
    }

    /**
     * Waits until this number of connections wait for a lock, or {@code given} has ended. Returns whether they wait.
     */
    public final boolean seesWaiting(int count, Future<?> given) throws SQLException {
        return sees(count, given, WAITING);
    }

    /** The number of connections to this database that wait for a lock. */
    public final int waiting() throws SQLException {
        int waiting = run(WAITING).size();
        commit();
        return waiting;
    }

    /** Waits until this number of connections wait for a lock. */
    public final void awaitWaiting(int count) throws SQLException {
        seesWaiting(count, new CompletableFuture<>());
    }

    /** Waits until a connection waits for a lock. */
    public final void awaitAnyWaiting() throws SQLException {
        awaitWaiting(1);
    }

    private boolean sees(int count, Future<?> given, String sql) throws SQLException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (System.nanoTime() < end) {
            if (given.isDone()) {
                return false;
            }
            int seen = run(sql).size();
            commit();
            if (seen >= count) {
                return true;
            }
        }
        throw new AssertionError("not " + count + " wait, and what was to be done is not through");
    }

    public final void commit() throws SQLException {
        connection.commit();
    }

    public final void rollback() throws SQLException {
        connection.rollback();
    }

    private void rolledBack() {
        try {
            connection.rollback();
        } catch (SQLException e) {
            throw new AssertionError("could not roll back", e);
        }
    }

    @Override
    public final void close() throws SQLException {
        thread.shutdown();
        connection.close();
    }
}
