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

/** The lines to one master, and what tells that it is another one than before, or has lost what it held. Thread-safe. */
final class RedisMaster implements RedisRouting {
    /** What a master has to find out from, and tell to, whoever uses it; from any thread. */
    interface Watch {
        /** Where the master is now. */
        Future<RedisAddress> address();

        /** Fails if this server is not what it should be. */
        Future<Void> check(RedisInfo info);

        Stream<Script> scripts();

        /** A key that this master has the slot of; null if none is found yet. */
        String keyFor(String suffix);

        /** It can be used, for the first time or again. */
        void connected(boolean perhapsEmpty);

        /** It can be used, but what it held is gone. */
        void emptied();

        void disconnected();
    }

    private static final long CANARY_MS = 1_000;

    /** It outlives us by this at the most. */
    private static final long CANARY_LIFE_MS = 60_000;

    private final Vertx vertx;
    private final RedisLimits limits;
    private final Watch watch;
    private final AvailabilityLog availability;
    private final List<PipelinedConnection> lines;
    private final List<Future<String>> deployments;
    private final Map<PipelinedConnection, String> runIds = new HashMap<>();
    private final String canaryId = UUID.randomUUID().toString();
    private final long canaryTimer;
    private String runId;

    /** Guarded by {@link #runIds}: the canary that was put where we are connected now; null if there is none yet. */
    private String canary;

    RedisMaster(Vertx vertx, String name, RedisLimits limits, Watch watch) {
        this.vertx = vertx;
        this.limits = limits;
        this.watch = watch;
        this.availability = new AvailabilityLog(name);
        this.lines = IntStream.range(0, limits.connections())
                .mapToObj(i -> new PipelinedConnection(this, limits))
                .toList();
        this.deployments = lines.stream().map(vertx::deployVerticle).toList();
        this.canaryTimer = vertx.setPeriodic(CANARY_MS, tick -> lookAtCanary());
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
    public Future<Void> everywhere(Request request) {
        return send(request).mapEmpty();
    }

    private interface Call<T> {
        Future<T> on(RedisConnection connection);
    }

    private <T> Future<T> call(Call<T> call) {
        PipelinedConnection line = line();
        RedisConnection connection = line.connection();
        if (connection == null) {
            return Future.failedFuture(StoreUnavailable.refused("Redis is away", null));
        }
        return call.on(connection)
                .timeout(limits.deadlineMs(), TimeUnit.MILLISECONDS)
                .recover(failure -> {
                    if (RedisFailures.wantsNewConnection(failure)) {
                        line.reconnect(connection);
                    }
                    return Future.failedFuture(RedisFailures.translate(failure));
                });
    }

    private PipelinedConnection line() {
        PipelinedConnection own = ownLine();
        if (own.connection() != null) {
            return own;
        }
        return lines.stream()
                .filter(line -> line.connection() != null)
                .findFirst()
                .orElse(own);
    }

    /** The same one for all calls of a thread, so that they keep their order. */
    private PipelinedConnection ownLine() {
        for (PipelinedConnection line : lines) {
            if (line.isOnItsLoop()) {
                return line;
            }
        }
        return lines.get((int) (Thread.currentThread().getId() % lines.size()));
    }

    @Override
    public boolean isAvailable() {
        return lines.stream().anyMatch(line -> line.connection() != null);
    }

    @Override
    public Future<Void> close() {
        vertx.cancelTimer(canaryTimer);
        return Future.join(deployments.stream()
                        .map(deployment -> deployment.compose(vertx::undeploy).otherwiseEmpty())
                        .toList())
                .mapEmpty();
    }

    /** Opens all connections again, for the master is somewhere else. */
    void moved() {
        lines.forEach(line -> line.reconnect(line.connection()));
    }

    Future<RedisAddress> address() {
        return watch.address();
    }

    Future<Void> check(RedisInfo info) {
        return watch.check(info);
    }

    Stream<Script> scripts() {
        return watch.scripts();
    }

    void connected(PipelinedConnection line, String foundRunId) {
        boolean back;
        boolean perhapsEmpty;
        List<PipelinedConnection> elsewhere;
        synchronized (runIds) {
            back = runIds.isEmpty();
            perhapsEmpty = runId != null && (back || !runId.equals(foundRunId));
            runIds.put(line, foundRunId);
            runId = foundRunId;
            canary = back || perhapsEmpty ? null : canary;
            elsewhere = runIds.entrySet().stream()
                    .filter(other -> !other.getValue().equals(foundRunId))
                    .map(Map.Entry::getKey)
                    .toList();
        }
        // What they are connected to is the master no more.
        elsewhere.forEach(other -> other.reconnect(other.connection()));
        availability.answered();
        if (back || perhapsEmpty) {
            watch.connected(perhapsEmpty);
            lookAtCanary();
        }
    }

    void disconnected(PipelinedConnection line, Throwable cause) {
        boolean last;
        synchronized (runIds) {
            runIds.remove(line);
            last = runIds.isEmpty();
        }
        if (last) {
            availability.lost(cause);
        }
        watch.disconnected();
    }

    /**
     * A key of our own that only a loss can remove: without it, a FLUSHALL on one of several masters would go unnoticed.
     */
    private void lookAtCanary() {
        String key = isAvailable() ? watch.keyFor(canaryId) : null;
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
                        watch.emptied();
                    }
                });
    }
}
