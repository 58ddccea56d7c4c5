package im.hongyan.store;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;

/**
 * A database transaction, from {@link Postgres#transaction}. Statements are sent in the order of the calls, without
 * waiting for each other's results. After its end it refuses statements, because its connection may serve another
 * transaction.
 */
public final class Transaction {
    private enum State {
        WAITING,
        OPEN,
        COMMITTING,
        ENDED
    }

    private State state = State.WAITING;
    private SqlConnection connection;
    private io.vertx.sqlclient.Transaction begun;

    Transaction() {}

    /** As {@link Postgres#query(String, Tuple)}, inside the transaction. A failed statement fails the transaction. */
    public Future<RowSet<Row>> query(String sql, Tuple arguments) {
        SqlConnection current;
        synchronized (this) {
            if (state != State.OPEN) {
                return Future.failedFuture(new IllegalStateException("the transaction has ended"));
            }
            current = connection;
        }
        return current.preparedQuery(sql)
                .execute(arguments)
                .recover(failure -> Future.failedFuture(PostgresFailures.translate(failure, false)));
    }

    /** As {@link #query(String, Tuple)}, without arguments. */
    public Future<RowSet<Row>> query(String sql) {
        return query(sql, Tuple.tuple());
    }

    Future<Void> begin(SqlConnection leased) {
        synchronized (this) {
            if (state != State.WAITING) {
                // The deadline passed while this waited for the connection.
                return leased.close().compose(closed -> abandoned());
            }
            connection = leased;
        }
        return leased.begin().onFailure(lost -> leased.close()).compose(transaction -> {
            synchronized (this) {
                begun = transaction;
                if (state == State.WAITING) {
                    state = State.OPEN;
                    return Future.succeededFuture();
                }
            }
            return transaction.rollback().eventually(leased::close).compose(closed -> abandoned());
        });
    }

    Future<Void> commit() {
        synchronized (this) {
            if (state != State.OPEN) {
                return abandoned();
            }
            state = State.COMMITTING;
        }
        return begun.commit();
    }

    /** True from the moment at which the commit may have happened. */
    synchronized boolean mayBeCommitted() {
        return state == State.COMMITTING;
    }

    /** Rolls back unless it is committed, and returns the connection to the pool. Idempotent. */
    void end() {
        State before;
        synchronized (this) {
            before = state;
            state = State.ENDED;
            if (before == State.ENDED || before == State.WAITING) {
                // If a connection arrives later, begin() returns it.
                return;
            }
        }
        Future<Void> undone = before == State.OPEN ? begun.rollback() : Future.succeededFuture();
        undone.onComplete(done -> connection.close());
    }

    private static Future<Void> abandoned() {
        return Future.failedFuture(StoreUnavailable.refused("PostgreSQL did not answer in time", null));
    }
}
