package im.hongyan.store;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Non-blocking access to PostgreSQL. Each of the {@link Connections} is a separate pool, so that costly statements of
 * one kind never delay those of another. A connection carries one statement at a time, so that none waits behind a slow
 * one while another connection is free. Every call has a deadline and all queues are bounded, so that a server that is
 * down or frozen costs bounded time and memory, and is used again as soon as it answers.
 *
 * <p>A call fails with {@link StoreUnavailable} if PostgreSQL is unavailable, overloaded or too slow, and with
 * {@code PgException} (and its SQLSTATE) if it rejects the statement, for example 23505 for a duplicate. All methods
 * may be called from any thread; results arrive on the caller's Vert.x context.
 */
public final class Postgres {
    /** The pools, by what depends on them. */
    public enum Connections {
        /** Lookups by key that the node and its users' access depend on: heartbeats, revocations, sign-in. */
        CRITICAL,
        /** Lookups for pushes: their recipients, and missed entries. */
        AUDIENCES,
        /** Reads for a user's request, the only ones whose cost depends on how much data the user has. */
        READS,
        /** Appends and other statements that may wait for a lock. */
        WRITES,
        TRANSACTIONS
    }

    private static final int STATEMENTS_CACHED = 512;
    private static final int MAX_STATEMENT_CACHED = 32 * 1024;

    private final Vertx vertx;
    private final PostgresAddress address;
    private final PostgresLimits limits;
    private final AvailabilityLog availability = new AvailabilityLog("PostgreSQL");
    private final Map<Connections, AtomicInteger> inFlight = new EnumMap<>(Connections.class);
    private volatile Clients clients;
    private volatile long lastAnswer = System.nanoTime();
    private volatile long lastRenewal = System.nanoTime();
    private volatile int renewals;
    private volatile boolean closed;

    private record Clients(Map<Connections, SqlClient> statements, Pool transactions) {

        Future<Void> begin(Transaction transaction) {
            return transactions.getConnection().compose(transaction::begin);
        }

        Future<Void> close() {
            List<Future<Void>> closing = new ArrayList<>();
            statements.values().forEach(client -> closing.add(client.close()));
            closing.add(transactions.close());
            return Future.join(closing).mapEmpty();
        }
    }

    private Postgres(Vertx vertx, PostgresAddress address, PostgresLimits limits) {
        this.vertx = vertx;
        this.address = address;
        this.limits = limits;
        for (Connections each : Connections.values()) {
            inFlight.put(each, new AtomicInteger());
        }
        this.clients = newClients();
    }

    /** Opens no connection yet: they are opened when they are first used, and reopened when they are lost. */
    public static Postgres open(Vertx vertx, PostgresAddress address, PostgresLimits limits) {
        return new Postgres(vertx, address, limits);
    }

    /** The same database over separate connections with other limits. The caller closes the result. */
    public Postgres withLimits(PostgresLimits others) {
        return new Postgres(vertx, address, others);
    }

    /**
     * Runs one statement on {@link Connections#READS}. It commits by itself. Arrays go in as Java arrays
     * ({@code UUID[]}, {@code String[]}, {@code Long[]}).
     */
    public Future<RowSet<Row>> query(String sql, Tuple arguments) {
        return query(Connections.READS, sql, arguments);
    }

    /** As {@link #query(String, Tuple)}, on {@link Connections#WRITES}. */
    public Future<RowSet<Row>> write(String sql, Tuple arguments) {
        return query(Connections.WRITES, sql, arguments);
    }

    /** As {@link #query(String, Tuple)}, on {@link Connections#CRITICAL}: only for lookups by key. */
    public Future<RowSet<Row>> critical(String sql, Tuple arguments) {
        return query(Connections.CRITICAL, sql, arguments);
    }

    /** As {@link #query(String, Tuple)}, on {@link Connections#AUDIENCES}. */
    public Future<RowSet<Row>> audience(String sql, Tuple arguments) {
        return query(Connections.AUDIENCES, sql, arguments);
    }

    private Future<RowSet<Row>> query(Connections pool, String sql, Tuple arguments) {
        return counted(pool, () -> statement(pool, sql, arguments));
    }

    /** As {@link #query(String, Tuple)}, without arguments. */
    public Future<RowSet<Row>> query(String sql) {
        return query(sql, Tuple.tuple());
    }

    private Future<RowSet<Row>> statement(Connections pool, String sql, Tuple arguments) {
        Clients used = clients;
        return execute(used.statements.get(pool), sql, arguments)
                .recover(failure -> retryIfClosed(failure, () -> execute(clients.statements.get(pool), sql, arguments)))
                .timeout(limits.deadlineMs(), TimeUnit.MILLISECONDS)
                .transform((rows, failure) -> outcome(used, rows, failure, true));
    }

    private static Future<RowSet<Row>> execute(SqlClient client, String sql, Tuple arguments) {
        return client.preparedQuery(sql).execute(arguments);
    }

    /**
     * Runs {@code body} in a transaction and commits if its future succeeds. If it fails, if any statement failed, or
     * if the deadline passes before the commit, everything is rolled back.
     *
     * @return the result of {@code body}, after the commit
     */
    public <T> Future<T> transaction(Function<Transaction, Future<T>> body) {
        return counted(Connections.TRANSACTIONS, () -> transact(body));
    }

    /** The number of busy connections. */
    public int used(Connections connections) {
        return Math.min(inFlight.get(connections).get(), max(connections));
    }

    /** The number of calls that wait for a connection. */
    public int waiting(Connections connections) {
        return Math.max(0, inFlight.get(connections).get() - max(connections));
    }

    private int max(Connections connections) {
        return connections == Connections.TRANSACTIONS ? limits.transactions() : limits.connections();
    }

    private <T> Future<T> counted(Connections connections, Supplier<Future<T>> call) {
        AtomicInteger count = inFlight.get(connections);
        count.incrementAndGet();
        return call.get().onComplete(done -> count.decrementAndGet());
    }

    private <T> Future<T> transact(Function<Transaction, Future<T>> body) {
        Transaction transaction = new Transaction();
        Clients used = clients;
        return used.begin(transaction)
                .recover(failure -> retryIfClosed(failure, () -> clients.begin(transaction)))
                .compose(begun -> body.apply(transaction))
                .compose(result -> transaction.commit().map(result))
                .timeout(limits.deadlineMs(), TimeUnit.MILLISECONDS)
                .transform((result, failure) -> {
                    boolean sent = transaction.mayBeCommitted();
                    transaction.end();
                    return outcome(used, result, failure, sent);
                });
    }

    /** False from the first call that fails because PostgreSQL is unavailable until the next one that succeeds. */
    public boolean isAvailable() {
        return !availability.isUnavailable();
    }

    /** Closes all connections; calls in flight may fail. Takes at most the deadline of a call. */
    public Future<Void> close() {
        closed = true;
        return clients.close()
                .timeout(limits.deadlineMs(), TimeUnit.MILLISECONDS)
                .otherwiseEmpty();
    }

    private static <T> Future<T> retryIfClosed(Throwable failure, Supplier<Future<T>> call) {
        return PostgresFailures.isClosedConnection(failure) ? call.get() : Future.failedFuture(failure);
    }

    private <T> Future<T> outcome(Clients used, T result, Throwable failure, boolean sent) {
        if (failure == null) {
            answered();
            return Future.succeededFuture(result);
        }
        if (PostgresFailures.isOutage(failure) && !isOverload(failure) && !closed) {
            availability.failed(failure);
        }
        if (PostgresFailures.requiresReconnect(failure) || isStalled(failure)) {
            renew(used);
        }
        return Future.failedFuture(PostgresFailures.translate(failure, sent));
    }

    private void answered() {
        lastAnswer = System.nanoTime();
        if (renewals != 0) {
            renewals = 0;
        }
        availability.answered();
    }

    /** Whether a call took too long while PostgreSQL answered others: only one pool is busy. */
    private boolean isOverload(Throwable failure) {
        return failure instanceof TimeoutException
                && System.nanoTime() - lastAnswer < TimeUnit.MILLISECONDS.toNanos(limits.deadlineMs()) / 2;
    }

    /**
     * Whether nothing was answered for as long as a call may take. The connections may then be dead without notice, as
     * when the server's host is lost. The driver cannot end them, because it sends a goodbye and waits for the server
     * to close, and the kernel gives up only after a quarter of an hour. So they are abandoned and new ones opened,
     * with exponential backoff.
     */
    private boolean isStalled(Throwable failure) {
        long patience = TimeUnit.MILLISECONDS.toNanos(limits.deadlineMs()) << Math.min(renewals, 6);
        long now = System.nanoTime();
        return failure instanceof TimeoutException && now - lastAnswer > patience && now - lastRenewal > patience;
    }

    private synchronized void renew(Clients old) {
        if (!clients.equals(old)) {
            // Another call has renewed them already.
            return;
        }
        renewals++;
        lastRenewal = System.nanoTime();
        clients = newClients();
        // Calls on the old connections may finish within their deadline.
        vertx.setTimer(limits.deadlineMs(), late -> old.close());
    }

    private Clients newClients() {
        NetClientOptions network = network();
        Map<Connections, SqlClient> statements = new EnumMap<>(Connections.class);
        for (Connections each : EnumSet.complementOf(EnumSet.of(Connections.TRANSACTIONS))) {
            statements.put(
                    each,
                    PgBuilder.client()
                            .using(vertx)
                            .connectingTo(connectOptions(each).setPipeliningLimit(1))
                            .with(network)
                            .with(pool(each.name().toLowerCase(Locale.ROOT), limits.connections()))
                            .build());
        }
        return new Clients(
                statements,
                PgBuilder.pool()
                        .using(vertx)
                        .connectingTo(connectOptions(Connections.TRANSACTIONS))
                        .with(network)
                        .with(pool("transactions", limits.transactions()))
                        .build());
    }

    private PoolOptions pool(String name, int size) {
        return new PoolOptions()
                .setName(name)
                .setMaxSize(size)
                .setMaxWaitQueueSize(limits.queue())
                // A statement whose caller has given up must not run.
                .setConnectionTimeout(limits.deadlineMs())
                .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS)
                .setMaxLifetime(30)
                .setMaxLifetimeUnit(TimeUnit.MINUTES)
                .setPoolCleanerPeriod(10_000);
    }

    private NetClientOptions network() {
        return new NetClientOptions()
                .setConnectTimeout(limits.connectTimeoutMs())
                // The driver cannot close a connection whose host is gone: it sends a goodbye and waits for the server.
                // With this option the kernel ends it (on Linux, with the native transport).
                .setTcpUserTimeout(limits.deadlineMs())
                .setTcpKeepAlive(true)
                .setTcpNoDelay(true);
    }

    private PgConnectOptions connectOptions(Connections pool) {
        int timeoutMs = pool == Connections.READS ? limits.readTimeoutMs() : limits.statementTimeoutMs();
        return new PgConnectOptions()
                .setHost(address.host())
                .setPort(address.port())
                .setUser(address.user())
                .setPassword(address.password())
                .setDatabase(address.database())
                .setSslMode(SslMode.of(address.sslMode()))
                .setSslOptions(ssl())
                .setCachePreparedStatements(true)
                .setPreparedStatementCacheMaxSize(STATEMENTS_CACHED)
                .setPreparedStatementCacheSqlLimit(MAX_STATEMENT_CACHED)
                .addProperty("application_name", "hongyan")
                .addProperty("TimeZone", "UTC")
                .addProperty("statement_timeout", Integer.toString(timeoutMs))
                .addProperty("lock_timeout", Integer.toString(limits.lockTimeoutMs()))
                // A backstop: transactions are rolled back at the deadline.
                .addProperty("idle_in_transaction_session_timeout", Integer.toString(limits.deadlineMs() + 2_000));
    }

    private ClientSSLOptions ssl() {
        ClientSSLOptions options = new ClientSSLOptions();
        if (address.sslMode().startsWith("verify")) {
            options.setTrustOptions(address.sslRootCert()
                    .<TrustOptions>map(file -> new PemTrustOptions().addCertPath(file))
                    .orElseGet(Postgres::defaultAuthorities));
        } else {
            // As in libpq: encrypted, but without authenticating the server.
            options.setTrustAll(true);
        }
        return options.setHostnameVerificationAlgorithm(address.sslMode().equals("verify-full") ? "HTTPS" : "");
    }

    private static TrustOptions defaultAuthorities() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            return TrustOptions.wrap(Arrays.stream(factory.getTrustManagers())
                    .filter(X509TrustManager.class::isInstance)
                    .findFirst()
                    .orElseThrow());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java installation has no certificate authorities", e);
        }
    }
}
