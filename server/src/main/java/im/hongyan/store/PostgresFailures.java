package im.hongyan.store;

import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.TransactionRollbackException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/** Separates outages, overload and timeouts from errors that the caller must handle. */
final class PostgresFailures {
    /** The former primary is read-only now. */
    private static final String READ_ONLY = "25006";

    /** The server ended the connection: statements in flight may have been committed just before. */
    private static final Set<String> TERMINATED = Set.of("57P01", "57P02", "57P05", "25P03", "25P04");

    /** Refused or rolled back, and worth a retry: busy, full, too slow, or in conflict with another transaction. */
    private static final Set<String> TRANSIENT = Set.of("57P03", "57014", "55P03", "40001", "40P01", READ_ONLY);

    /** Authentication, no such database, insufficient resources, system errors. */
    private static final Set<String> TRANSIENT_CLASSES = Set.of("28", "3D", "53", "58");

    /** The driver's messages for a server that fails authentication or does not support TLS. */
    private static final Set<String> TLS_FAILURES =
            Set.of("SSL handshake failed", "Postgres Server does not handle SSL connection");

    private PostgresFailures() {}

    /**
     * Translates a failure of the driver for the caller.
     *
     * @param sent whether the server may have received the statement
     */
    static Throwable translate(Throwable failure, boolean sent) {
        if (failure instanceof PgException error) {
            return translate(error, sent);
        }
        if (failure instanceof ConnectionPoolTooBusyException) {
            return StoreUnavailable.refused("PostgreSQL: too many calls wait for a connection", failure);
        }
        if (isConnectFailure(failure)) {
            return StoreUnavailable.refused("PostgreSQL cannot be reached", failure);
        }
        if (isNotSent(failure)) {
            return StoreUnavailable.refused("PostgreSQL: the connection was lost", failure);
        }
        if (failure instanceof TimeoutException) {
            return unavailable(sent, "PostgreSQL did not answer in time", failure);
        }
        if (failure instanceof TransactionRollbackException) {
            return StoreUnavailable.refused("PostgreSQL rolled the transaction back", failure);
        }
        if (isConnectionLoss(failure)) {
            return unavailable(sent, "PostgreSQL: the connection was lost", failure);
        }
        return failure;
    }

    private static Throwable translate(PgException error, boolean sent) {
        String state = error.getSqlState();
        if (state == null) {
            return error;
        }
        if (TERMINATED.contains(state) || state.startsWith("08")) {
            return unavailable(sent, "PostgreSQL closed the connection (" + state + ")", error);
        }
        if (TRANSIENT.contains(state) || TRANSIENT_CLASSES.contains(state.substring(0, 2)) || isStalePlan(error)) {
            return StoreUnavailable.refused("PostgreSQL refused the statement for now (" + state + ")", error);
        }
        return error;
    }

    /**
     * Whether the connections are useless: the primary has moved, or a migration changed a table under cached plans.
     */
    static boolean requiresReconnect(Throwable failure) {
        return failure instanceof PgException error && (READ_ONLY.equals(error.getSqlState()) || isStalePlan(error));
    }

    /** Whether the server is down or refuses all connections, as opposed to one statement that was slow or blocked. */
    static boolean isOutage(Throwable failure) {
        if (failure instanceof PgException error && error.getSqlState() != null) {
            String state = error.getSqlState();
            return TERMINATED.contains(state)
                    || state.equals("57P03")
                    || state.startsWith("28")
                    || state.startsWith("53");
        }
        return isConnectFailure(failure) || failure instanceof TimeoutException || isConnectionLoss(failure);
    }

    private static boolean isConnectFailure(Throwable failure) {
        return failure instanceof ConnectException
                || failure instanceof UnknownHostException
                || failure instanceof SSLException
                || TLS_FAILURES.contains(String.valueOf(failure.getMessage()));
    }

    private static boolean isStalePlan(PgException error) {
        return "0A000".equals(error.getSqlState())
                && "cached plan must not change result type".equals(error.getErrorMessage());
    }

    // The driver reports closed connections and pools as VertxExceptions that differ only in their text.

    /** Whether the connection or the pool had just been closed, so that the statement may be sent on another one. */
    static boolean isClosedConnection(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return message.startsWith("Connection is not active now") || message.equals("Pool closed");
    }

    private static boolean isNotSent(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return isClosedConnection(failure)
                || message.startsWith("Pending requests failed to be sent")
                || message.equals("Timeout")
                || message.equals("Timeout waiting for connection");
    }

    private static boolean isConnectionLoss(Throwable failure) {
        return failure instanceof ClosedConnectionException
                || failure instanceof IOException
                || "Connection was closed".equals(failure.getMessage())
                || isNotSent(failure);
    }

    private static StoreUnavailable unavailable(boolean sent, String message, Throwable cause) {
        return sent ? StoreUnavailable.unanswered(message, cause) : StoreUnavailable.refused(message, cause);
    }
}
