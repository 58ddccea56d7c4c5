package im.hongyan.redenvelope;

import im.hongyan.store.PostgresAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A connection of its own, in a transaction that a test begins, holds open and ends: two of them show an interleaving. */
final class SqlSession implements AutoCloseable {
    private static final long PATIENCE_S = 15;

    private final Connection connection;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final int pid;

    SqlSession(PostgresAddress address) throws SQLException {
        connection = DriverManager.getConnection(
                "jdbc:postgresql://%s:%d/%s".formatted(address.host(), address.port(), address.database()),
                address.user(),
                address.password());
        connection.setAutoCommit(false);
        pid = Integer.parseInt(run("SELECT pg_backend_pid()").get(0));
        commit();
    }

    /** The first column of each row; of a statement without rows, nothing. */
    List<String> run(String sql, Object... arguments) throws SQLException {
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
     * As {@link #run}, on another thread; what PostgreSQL refuses it with is an answer, {@code error <SQLSTATE>}, and ends the
     * transaction.
     */
    CompletableFuture<List<String>> start(String sql, Object... arguments) {
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

    /** What becomes of a claim: the outcome as {@code envelope_claim} gives it. */
    CompletableFuture<List<String>> claim(UUID envelope, UUID user, Integer idx) {
        return start(
                "SELECT outcome FROM envelope_claim(ARRAY[?]::uuid[], ARRAY[?]::uuid[], ARRAY[?]::int[], 'points')",
                envelope,
                user,
                idx);
    }

    CompletableFuture<List<String>> settle() {
        return start("SELECT refund FROM envelope_settle(100, 'points')");
    }

    static List<String> answer(CompletableFuture<List<String>> future) throws Exception {
        return future.get(PATIENCE_S, TimeUnit.SECONDS);
    }

    /** Until what this session was given is through, or waits for somebody's lock. True if it waits. */
    boolean waits(CompletableFuture<?> given, SqlSession observer) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (System.nanoTime() < end) {
            if (given.isDone()) {
                return false;
            }
            boolean waiting = !observer.run("SELECT 1 FROM pg_locks WHERE pid = ? AND NOT granted", pid)
                    .isEmpty();
            observer.commit();
            if (waiting) {
                return true;
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("neither done nor waiting");
    }

    /** Until somebody in this database waits for a lock. */
    void awaitAnyWaiting() throws SQLException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        boolean waiting = false;
        while (!waiting) {
            if (System.nanoTime() > end) {
                throw new AssertionError("nobody waits");
            }
            waiting =
                    !run("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                            .isEmpty();
            commit();
        }
    }

    void commit() throws SQLException {
        connection.commit();
    }

    void rollback() throws SQLException {
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
    public void close() throws SQLException {
        thread.shutdown();
        connection.close();
    }
}
