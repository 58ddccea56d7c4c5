package im.hongyan.store.redis;

import im.hongyan.store.AvailabilityLog;
import im.hongyan.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The connections to one master. Detects that it was replaced or has lost its data. Thread-safe. */
final class RedisMaster implements RedisRequestSender, PipelinedConnection.Owner {
    /** The routing that owns the master. Called from any thread. */
    interface Owner {
        /** Where the master is now. */
        Future<RedisAddress> address();

        /** Fails if the server is not the expected one. */
        Future<Void> check(RedisInfo info);

        Stream<Script> scripts();

        /** A key in a slot of this master; null if none is found yet. */
        String keyFor(String suffix);

        /** The master can be used, for the first time or again. */
        void connected(boolean perhapsEmpty);

        /** The master can be used, but has lost its data. */
        void emptied();

        void disconnected();
    }

    private static final long CANARY_MS = 1_000;

    /** The key outlives this node by at most this time. */
    private static final long CANARY_LIFE_MS = 60_000;

    private final Vertx vertx;
    private final RedisLimits limits;
    private final Owner owner;
    private final AvailabilityLog availability;
    private final List<PipelinedConnection> connections;
    private final List<Future<String>> deployments;
    private final Map<PipelinedConnection, String> runIds = new HashMap<>();
    private final String canaryId = UUID.randomUUID().toString();
    private final long canaryTimer;
    private String runId;

    /** The canary that was written to the current server; null if there is none yet. Guarded by {@link #runIds}. */
    private String canary;

    RedisMaster(Vertx vertx, String name, RedisLimits limits, Owner owner) {
        this.vertx = vertx;
        this.limits = limits;
        this.owner = owner;
        this.availability = new AvailabilityLog(name);
        this.connections = IntStream.range(0, limits.connections())
                .mapToObj(i -> new PipelinedConnection(this, limits))
                .toList();
        this.deployments = connections.stream().map(vertx::deployVerticle).toList();
        this.canaryTimer = vertx.setPeriodic(CANARY_MS, tick -> checkCanary());
    }

    @Override
    public Future<Void> opened() {
        return Future.join(deployments).mapEmpty();
    }

    @Override
    public Future<Response> send(Request request) {
        return call(connection -> connection.send(request));
    }

    @Override
    public Future<List<Response>> batch(List<Request> requests) {
        return call(connection -> connection.batch(requests));
    }

    @Override
    public Future<Void> broadcast(Request request) {
        return send(request).mapEmpty();
    }

    private interface Call<T> {
        Future<T> on(RedisConnection connection);
    }

    private <T> Future<T> call(Call<T> call) {
        PipelinedConnection pipeline = pipeline();
        RedisConnection connection = pipeline.connection();
        if (connection == null) {
            return Future.failedFuture(StoreUnavailable.refused("Redis is unavailable", null));
        }
        return call.on(connection)
                .timeout(limits.deadlineMs(), TimeUnit.MILLISECONDS)
                .recover(failure -> {
                    if (RedisFailures.requiresReconnect(failure) && pipeline.connection() == connection) {
                        // The other connections lead to the same server.
                        moved();
                    }
                    return Future.failedFuture(RedisFailures.translate(failure));
                });
    }

    private PipelinedConnection pipeline() {
        PipelinedConnection own = connectionOfThread();
        if (own.connection() != null) {
            return own;
        }
        return connections.stream()
                .filter(pipeline -> pipeline.connection() != null)
                .findFirst()
                .orElse(own);
    }

    /** The same connection for all calls of a thread, so that they keep their order. */
    private PipelinedConnection connectionOfThread() {
        for (PipelinedConnection pipeline : connections) {
            if (pipeline.isOnItsLoop()) {
                return pipeline;
            }
        }
        return connections.get((int) (Thread.currentThread().getId() % connections.size()));
    }

    @Override
    public boolean isAvailable() {
        return connections.stream().anyMatch(pipeline -> pipeline.connection() != null);
    }

    @Override
    public Future<Void> close() {
        vertx.cancelTimer(canaryTimer);
        return Future.join(deployments.stream()
                        .map(deployment -> deployment.compose(vertx::undeploy).otherwiseEmpty())
                        .toList())
                .mapEmpty();
    }

    /** Reopens all connections because the master has moved to another server. */
    void moved() {
        connections.forEach(pipeline -> pipeline.reconnect(pipeline.connection()));
    }

    @Override
    public Future<RedisAddress> address() {
        return owner.address();
    }

    @Override
    public Future<Void> check(RedisInfo info) {
        return owner.check(info);
    }

    @Override
    public Stream<Script> scripts() {
        return owner.scripts();
    }

    @Override
    public void connected(PipelinedConnection pipeline, String foundRunId) {
        boolean back;
        boolean perhapsEmpty;
        List<PipelinedConnection> elsewhere;
        synchronized (runIds) {
            back = runIds.isEmpty();
            perhapsEmpty = runId != null && (back || !runId.equals(foundRunId));
            runIds.put(pipeline, foundRunId);
            runId = foundRunId;
            canary = back || perhapsEmpty ? null : canary;
            elsewhere = runIds.entrySet().stream()
                    .filter(other -> !other.getValue().equals(foundRunId))
                    .map(Map.Entry::getKey)
                    .toList();
        }
        // They lead to the former master.
        elsewhere.forEach(other -> other.reconnect(other.connection()));
        availability.answered();
        if (back || perhapsEmpty) {
            owner.connected(perhapsEmpty);
            checkCanary();
        }
    }

    @Override
    public void disconnected(PipelinedConnection pipeline, Throwable cause) {
        boolean last;
        synchronized (runIds) {
            runIds.remove(pipeline);
            last = runIds.isEmpty();
        }
        if (last) {
            availability.failed(cause);
        }
        owner.disconnected();
    }

    /**
     * Renews a key that disappears only if the master loses its data. Without it, a FLUSHALL on one of several masters
     * would go unnoticed.
     */
    private void checkCanary() {
        String key = isAvailable() ? owner.keyFor(canaryId) : null;
        if (key == null) {
            return;
        }
        String known;
        synchronized (runIds) {
            known = canary;
        }
        send(Request.cmd(Command.SET)
                        .arg(key)
                        .arg("1")
                        .arg("PX")
                        .arg(CANARY_LIFE_MS)
                        .arg("GET"))
                .onSuccess(before -> {
                    boolean emptied;
                    synchronized (runIds) {
                        emptied = before == null && key.equals(known) && key.equals(canary);
                        canary = key;
                    }
                    if (emptied) {
                        owner.emptied();
                    }
                });
    }
}
